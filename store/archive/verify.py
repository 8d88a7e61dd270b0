#!/usr/bin/env python3
"""Verifies a Scrubline archive: its seal log, and its objects' hashes and order.

usage: verify.py ARCHIVE_FOLDER ARCHIVE_PUB   (exit 0 ok, 1 tampered, 2 cannot tell)

From FORMAT.md and the RFCs, with the standard library: no code of what it checks.
"""
import base64, hashlib, json, os, struct, sys

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P

def add(a, b):
    x, y, z, t = (a[1] - a[0]) * (b[1] - b[0]), (a[1] + a[0]) * (b[1] + b[0]), 2 * a[2] * b[2], 2 * a[3] * b[3] * D
    e, f, g, h = (y - x) % P, (z - t) % P, (z + t) % P, (y + x) % P
    return (e * f % P, g * h % P, f * g % P, e * h % P)

def mul(n, a):
    r = (0, 1, 1, 0)
    while n:
        r, a, n = add(r, a) if n & 1 else r, add(a, a), n >> 1
    return r

def point(b):
    y = int.from_bytes(b, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P)
    x = pow(xx, (P + 3) // 8, P)
    x = x * pow(2, (P - 1) // 4, P) % P if (x * x - xx) % P else x
    if y >= P or (x * x - xx) % P:
        raise ValueError("no point of the curve")
    return (x, y, 1, x * y % P) if x & 1 == sign else (P - x, y, 1, (P - x) * y % P)

G = point(bytes([0x58]) + bytes([0x66]) * 31)

def ed25519(public, message, signature):
    """RFC 8032, 5.1.7"""
    s = int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    a, b = mul(s, G), add(point(signature[:32]), mul(k, point(public)))
    return s < L and (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0

def sha(*parts): return hashlib.sha256(b"".join(parts)).digest()

def signed(note, keys):
    """A C2SP signed note's text, if each of the keys, in their text form, signed it."""
    text, signatures = (note.decode() + "\n\n").split("\n\n")[:2]
    for name, key_id, key in (k.split("+", 2) for k in keys):
        lines = [line.split(" ") for line in signatures.splitlines() if line.startswith("\u2014 %s " % name)]
        blobs = [b for b in (base64.b64decode(line[2]) for line in lines) if b[:4].hex() == key_id]
        assert any(ed25519(base64.b64decode(key)[1:], text.encode() + b"\n", b[4:]) for b in blobs), "not signed by the key"
    return text + "\n"

def root(hashes):
    """RFC 6962, 2.1"""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha()
    k = 1 << (len(hashes) - 1).bit_length() - 1
    return sha(b"\1", root(hashes[:k]), root(hashes[k:]))

class Tree:
    """The log's hashes; level n has the roots of 256^n leaves."""
    def __init__(self):
        self.levels, self.lines, self.peaks = [[]], [], []
    def append(self, line):
        h, level, size = sha(b"\0", line), 0, 1
        self.lines.append(line)
        self.peaks.append((size, h))
        while len(self.peaks) > 1 and self.peaks[-1][0] == self.peaks[-2][0]:
            (size, right), (_, left) = self.peaks.pop(), self.peaks.pop()
            self.peaks.append((2 * size, sha(b"\1", left, right)))
        self.levels[0].append(h)
        while len(self.levels[level]) % 256 == 0:
            level += 1
            self.levels += [[]] if level == len(self.levels) else []
            self.levels[level].append(root(self.levels[level - 1][-256:]))
    def root(self):
        h = None
        for _, peak in reversed(self.peaks):
            h = peak if h is None else sha(b"\1", peak, h)
        return h or sha()
    def tiles(self, size, before):
        """Names and bytes of the tiles of the tree of size leaves that are not those of before."""
        rows = [("entries", 0, lambda a, b: b"".join(struct.pack(">H", len(x)) + x for x in self.lines[a:b]))]
        rows += [(str(n), 8 * n, lambda a, b, n=n: b"".join(self.levels[n][a:b])) for n in range(len(self.levels))]
        for level, shift, data in rows:
            for n in range((before >> shift) // 256, ((size >> shift) + 255) // 256):
                end = min(256 * n + 256, size >> shift)
                d = "%0*d" % ((len(str(n)) + 2) // 3 * 3, n)
                name = "/".join(["x" + d[i:i + 3] for i in range(0, len(d) - 3, 3)] + [d[-3:]])
                width = "" if end % 256 == 0 else ".p/%d" % (end % 256)
                yield "log/tile/%s/%s%s" % (level, name, width), data(256 * n, end)

def key_chain(claims, pub):
    """The keys and the leaf behind which each signs."""
    changes = [e for lines in claims for e in map(json.loads, lines) if e["kind"] == "key"]
    keys = [(-1, changes[0]["record"]["old"] if changes else pub)]
    for e in changes:
        assert e["record"]["old"] == keys[-1][1], "a key change does not follow the one before"
        keys.append((e["n"], e["record"]["new"]))
    assert pub in [k for _, k in keys], "the key is none of the archive's"
    return keys

def main(folder, pub):
    bad, late, seen, sealed, last, payloads, loose, replaced = [], [], set(), {}, {}, {}, {}, set()
    pub = open(pub).read().strip()
    def read(key):
        seen.add(key)
        with open(os.path.join(folder, key), "rb") as f:
            return b"" if os.path.islink(f.name) else f.read()

    def footer(key):
        data = read(key)
        return data, json.JSONDecoder().raw_decode(data[data.rindex(b'{"format":'):].decode(errors="replace"))[0]

    origin = pub.split("+")[0]
    if not os.path.isdir(folder) or not os.listdir(folder):
        return print("no archive") or 2
    try:
        sizes = sorted(map(int, os.listdir(folder + "/log/checkpoint")))
        starts = sorted(int(n) for n in (os.listdir(folder + "/log/claim") if sizes[-1] else []) if int(n) < sizes[-1])
        texts = [signed(read("log/claim/%020d" % n), []).split("\n") for n in starts]
        claims = [[line.encode() for line in text[2:-1]] for text in texts]
        keys = key_chain(claims, pub)
        tree, size, day, date = Tree(), 0, 0, ""
        for i in range(len(sizes)):
            assert sizes[i] == size, "there is no checkpoint of %d leaves" % size
            key = [k for n, k in keys if n < size][-1]
            both = [key] + [keys[j - 1][1] for j in range(1, len(keys)) if keys[j][0] + 1 == size]
            want = "%s\n%d\n%s\n" % (origin, size, base64.b64encode(tree.root()).decode())
            assert signed(read("log/checkpoint/%020d" % size), both) == want, "checkpoint %d is of other leaves" % size
            if i + 1 == len(sizes):
                break
            assert starts[i] == size, "there is no claim at %d" % size
            signed(read("log/claim/%020d" % size), [key])
            assert texts[i][:2] == ["scrubline-claim", origin], "a claim of something else"
            seen.add("log/receipts/%020d" % size)
            before = size
            for line in claims[i]:
                e = json.loads(line)
                assert e["n"] == size, "a leaf has another's number"
                if e["kind"] == "day":
                    r = e["record"]
                    assert (r["date"], r["first"], r["end"], r["root"]) == (date, day, size, tree.root().hex()), "day"
                    text = signed(read("log/day/" + date), [key]).split("\n")
                    assert text == ["scrubline-day", origin, line.decode().partition('"record":')[2][:-1], ""], "manifest"
                    date = ""
                if not date:
                    day, date = size, e["time"][:10]
                assert e["time"][:10] == date, "a day without an end"
                tree.append(line)
                size += 1
                if "object" in e:
                    o = e["object"]
                    assert (e["kind"] == "supersede") == ("supersedes" in o) and e["kind"] in ("object", "supersede"), "kind"
                    assert o["key"] not in sealed, "sealed twice"
                    assert o["source_previous"] == last.get(o["source"], ""), "previous object of the source"
                    last[o["source"]], sealed[o["key"]] = o["sha256"], o
                    payloads.setdefault(o["key"].rpartition("/")[0], []).extend([o] * (e["kind"] == "object"))
            for name, data in tree.tiles(size, before):
                assert read(name) == data, name + " is not what follows from the leaves"
    except Exception as e:
        bad.append("the log: %r" % e)
    for key, o in sealed.items():
        try:
            data, says = footer(key)
            assert len(data) == o["size"] and sha(data).hex() == o["sha256"], "changed"
            assert all(says[k] == o[k] for k in says if k in o), "its footer says something else than its leaf"
            if "supersedes" in o:
                n = int(key[-12:-8]) - 1
                was = sealed[key[:-14] + (".s%04d" % n if n else "") + ".parquet"]
                assert all(was[k] == o[k] for k in ("source", "start", "end", "final", "previous")), "other records"
                assert was["sha256"] == o["supersedes"] and was["tombstones"] > o["tombstones"], "stands for another"
                replaced.add(was["key"])
        except Exception as e:
            bad.append("%s: %r" % (key, e))
    for key in [os.path.relpath(os.path.join(where, name), folder) for where, _, names in os.walk(folder) for name in names]:
        if key not in seen and not key.startswith(("tmp/", "log/witness/", "quarantine/")):
            try:
                data, says = footer(key) if key.startswith("v1/") else (b"", {"key": key})
                assert says["key"] == key and key.startswith(("v1/", "log/"))
                loose[sha(data).hex()] = says
                late.append("not sealed: " + key)
            except Exception:
                bad.append("no part of an archive: " + key)
    for chain in payloads.values():
        at, previous = 0, ""
        for o in sorted(chain, key=lambda o: o["start"]):
            first = o  # objects that are whole and not in the log may fill a hole
            while first["start"] > at and loose.get(first["previous"], {}).get("end") == first["start"]:
                first = loose[first["previous"]]
            bad += ["%s: it does not follow" % o["key"]] * ((first["start"], first["previous"]) != (at, previous))
            at, previous = o["end"], o["sha256"]
    rows = sum(o["rows"] for key, o in sealed.items() if key not in replaced)
    print("\n".join(bad + late) or "ok: %d leaves, %d objects, %d rows" % (size, len(sealed), rows))
    return 1 if bad else 2 if late else 0

if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
