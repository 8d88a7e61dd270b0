// Checks, in the browser, that a row is in the archive as it was sealed: the row's
// hash, the tree of its object's rows, the log's tree (RFC 6962) and the signature
// of the log's checkpoint (C2SP signed note, Ed25519). The server gives the proof
// and the key; nothing it says of them is believed.

const text = new TextEncoder();
const hex = (b) => [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
const unhex = (s) => Uint8Array.from(s.match(/../g) || [], (x) => parseInt(x, 16));
const base64 = (s) => Uint8Array.from(atob(s), (c) => c.charCodeAt(0));

async function sha256(...parts) {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  parts.reduce((at, p) => (all.set(p, at), at + p.length), 0);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", all));
}

function little(n) {
  const b = new Uint8Array(8);
  new DataView(b.buffer).setBigUint64(0, BigInt(n), true);
  return b;
}

const rowGroup = 256;

// fail is an Error that says what is wrong with a proof.
const fail = (why) => { throw new Error(why); };
const same = (got, want, why) => hex(got) === want || fail(why);

// row checks the proof's row against the one on the page and against its object.
async function row(p, shown, object) {
  const native = p.row.bytes !== undefined ? base64(p.row.bytes) : text.encode(p.row.native ?? "");
  if (p.row.record !== shown.record_no || (shown.native ?? "") !== (p.row.native ?? "") && p.row.bytes === undefined) fail("the proof is of another record");
  const at = p.row.record - object.start;
  const inGroup = at % rowGroup, group = (at - inGroup) / rowGroup;
  same(await sha256(new Uint8Array([0]), little(p.row.record), new Uint8Array([p.row.row_kind]), little(p.row.event_time), native), p.group[inGroup], "the record is not the one that was archived");
  same(await sha256(new Uint8Array([1]), ...p.group.map(unhex)), p.groups[group], "the record's group is not of the object");
  same(await sha256(new Uint8Array([2]), little(object.rows), ...p.groups.map(unhex)), object.rows_root, "the rows are not those of the sealed object");
}

// climb computes a tree's root from a leaf's hash and its inclusion path, RFC 9162 2.1.3.2.
async function climb(leaf, index, size, path) {
  let fn = BigInt(index), sn = BigInt(size) - 1n, hash = leaf;
  for (const next of path) {
    if (sn === 0n) fail("the log's proof is too long");
    if (fn & 1n || fn === sn) {
      hash = await sha256(new Uint8Array([1]), next, hash);
      while (!(fn & 1n) && fn !== 0n) { fn >>= 1n; sn >>= 1n; }
    } else {
      hash = await sha256(new Uint8Array([1]), hash, next);
    }
    fn >>= 1n; sn >>= 1n;
  }
  if (sn !== 0n) fail("the log's proof is too short");
  return hash;
}

// signed says whether a note, its text and its signatures, is signed by the key.
async function signed(note, signatures, key) {
  const [name, id, ...rest] = key.split("+");
  const public_ = base64(rest.join("+")); // base64 may hold a +
  if (public_[0] !== 1) fail("the key is of a kind that this page does not know");
  const own = signatures.split("\n").map((l) => l.split(" ")).find((l) => l[0] === "—" && l[1] === name && hex(base64(l[2]).slice(0, 4)) === id);
  if (!own) return false;
  const k = await crypto.subtle.importKey("raw", public_.slice(1), "Ed25519", false, ["verify"]);
  return crypto.subtle.verify("Ed25519", k, base64(own[2]).slice(4), text.encode(note));
}

// check checks a proof step by step; step is told of each that held. It throws an
// Error at the first that does not.
export async function check(p, shown, key, step) {
  const leaf = JSON.parse(p.leaf);
  if (!leaf.object || leaf.object.start > shown.record_no || leaf.object.end <= shown.record_no) fail("the proof's object does not have the record");
  await row(p, shown, leaf.object);
  step(`the record is row ${shown.record_no - leaf.object.start + 1} of ${leaf.object.rows} of object ${leaf.object.key}`);
  const [head, note, signatures] = p.log.split("\n\n");
  const [, index, ...path] = head.split("\n");
  const at = Number(index.replace("index ", ""));
  const [origin, size, root] = note.split("\n");
  const reached = await climb(await sha256(new Uint8Array([0]), text.encode(p.leaf)), at, size, path.map(base64));
  same(reached, hex(base64(root)), "the object is not in the log that the checkpoint signs");
  step(`the object is leaf ${at + 1} of ${size} of the log`);
  if (!(await signed(note + "\n", signatures, key))) fail("the checkpoint is not signed by the archive's key");
  step(`the log is signed by ${origin}, key ${key.split("+")[1]}`);
}
