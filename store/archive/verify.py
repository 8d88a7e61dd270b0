#!/usr/bin/env python3
"""Verifies a Scrubline archive's seal log and its objects' hashes.

usage: verify.py ARCHIVE_FOLDER ARCHIVE_PUB   (exit 0 ok, 1 tampered, 2 cannot tell)

Written from FORMAT.md and the RFCs with nothing but Python's standard library,
so that it shares no code with the program it checks.
"""
import base64, hashlib, json, os, sys

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
        if n & 1:
            r = add(r, a)
        a, n = add(a, a), n >> 1
    return r


def point(b):
    y = int.from_bytes(b, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P)
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - xx) % P:
        raise ValueError("no point of the curve")
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


G = point(bytes([0x58]) + bytes([0x66]) * 31)


def ed25519(public, message, signature):
    """RFC 8032, 5.1.7"""
    s = int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    a, b = mul(s, G), add(point(signature[:32]), mul(k, point(public)))
    return s < L and (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def read_head(note, pub):
    """The C2SP signed note: text, blank line, signature lines. Returns size and chain hash."""
    name, key_id, key = pub.strip().split("+", 2)
    key = base64.b64decode(key)
    text, _, signatures = note.decode().partition("\n\n")
    text += "\n"
    for line in signatures.splitlines():
        mark, signer, blob = line.split(" ")
        blob = base64.b64decode(blob)
        if (mark, signer, blob[:4].hex()) == ("\u2014", name, key_id) and ed25519(key[1:], text.encode(), blob[4:]):
            origin, size, chain, rest = text.split("\n")
            assert origin == name and rest == ""
            return int(size), base64.b64decode(chain)
    raise ValueError("head is not signed by the key")


def main(folder, pub):
    bad, late = [], []
    try:
        pub = open(pub).read()
        note = open(os.path.join(folder, "seal/head"), "rb").read()
        log = open(os.path.join(folder, "seal/log"), "rb").read() if os.path.exists(os.path.join(folder, "seal/log")) else b""
    except OSError as e:
        print(e)
        return 1 if os.path.exists(os.path.join(folder, "v1")) and "seal" in str(e.filename) else 2
    try:
        size, signed = read_head(note, pub)
    except Exception as e:
        print("head:", e)
        return 1
    lines, chain, last, sealed = log.split(b"\n"), bytes(32), {}, {}
    late += ["half a line at the end of the log"] if lines.pop() else []
    if len(lines) < size:
        bad.append("the log has %d of %d signed lines" % (len(lines), size))
    for n, line in enumerate(lines[:size]):
        text, _, tail = line.partition(b"\t")
        chain = hashlib.sha256(chain + text).digest()
        try:
            e = json.loads(text)
            assert tail.decode() == chain.hex(), "chain"
            assert e["n"] == n, "number"
            assert e["key"] not in sealed, "sealed twice"
            assert e["previous"] == last.get(e["source"], ""), "previous object of the source"
            last[e["source"]], sealed[e["key"]] = e["sha256"], e
            path = os.path.join(folder, e["key"])
            data = open(path, "rb").read() if not os.path.islink(path) else b""
            assert len(data) == e["size"] and hashlib.sha256(data).hexdigest() == e["sha256"], "object changed"
        except Exception as x:
            bad.append("line %d: %r" % (n, x))
    if len(lines) >= size and chain != signed:
        bad.append("the lines are not the ones that the head signs")
    late += ["lines beyond the head"] if len(lines) > size else []
    for line in lines[size:]:
        if json.loads(line.partition(b"\t")[0])["signed"] > size:
            bad.append("the head is older than the log")
    payloads = {}
    for e in sealed.values():
        payloads.setdefault(e["key"].rpartition("/")[0], []).append((e["start"], e["end"], e["key"]))
    for chain in payloads.values():
        at = 0
        for start, end, key in sorted(chain):
            if start != at:
                bad.append("%s: starts at %d, not %d" % (key, start, at))
            at = end
    for where, _, names in os.walk(folder):
        for name in names:
            key = os.path.relpath(os.path.join(where, name), folder)
            if key in sealed or key in ("seal/log", "seal/head", "seal/lock", "receipts/log") or key.startswith(("tmp/", "seal/head.")):
                continue
            (late if key.startswith("v1/") and key.endswith(".parquet") else bad).append("not sealed: " + key)
    print("\n".join(bad + late) or "ok: %d objects, %d rows" % (len(sealed), sum(e["rows"] for e in sealed.values())))
    return 1 if bad else 2 if late else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
