package unpack

import "bytes"

// Kind is what the first bytes of a stream say it is.
type Kind uint8

const (
	Plain   Kind = iota // text, or nothing this package knows
	Gzip                // RFC 1952
	Zstd                // RFC 8878, skippable frames too
	Parquet             // starts with PAR1: needs random access, see package parquet
	UTF8BOM             // text after a byte order mark
	UTF16LE
	UTF16BE
	refused // a format this package names but does not read
)

// magicLen is how many bytes sniff wants to see.
const magicLen = 10

// refusals are formats that would pass for a broken log file: naming them is
// kinder than a million tombstones.
var refusals = []struct{ name, magic string }{
	{"zip", "PK\x03\x04"},
	{"zip", "PK\x05\x06"},
	{"zip", "PK\x07\x08"},
	{"xz", "\xfd7zXZ\x00"},
	{"7z", "7z\xbc\xaf\x27\x1c"},
	{"lz4", "\x04\x22\x4d\x18"},
	{"lz4", "\x02\x21\x4c\x18"},
	{"snappy", "\xff\x06\x00\x00sNaPpY"},
	{"compress", "\x1f\x9d"},
	{"encrypted parquet", "PARE"},
	{"utf-32 text", "\xff\xfe\x00\x00"},
	{"utf-32 text", "\x00\x00\xfe\xff"},
}

// sniff names the format that head starts. Fewer than magicLen bytes are the
// whole stream; name is set for refused formats only.
func sniff(head []byte) (k Kind, name string) {
	for _, r := range refusals {
		if !bytes.HasPrefix(head, []byte(r.magic)) {
			continue
		}
		// a text may start with these letters, but not go on with a control byte
		if r.name == "encrypted parquet" && !controlAt(head, 4) {
			continue
		}
		return refused, r.name
	}
	switch {
	case isBzip2(head):
		return refused, "bzip2"
	case bytes.HasPrefix(head, []byte("\x1f\x8b")), string(head) == "\x1f":
		return Gzip, ""
	case bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")), isSkippable(head),
		string(head) == "\x28\xb5", string(head) == "\x28\xb5\x2f":
		return Zstd, ""
	case bytes.HasPrefix(head, []byte("PAR1")) && controlAt(head, 4):
		return Parquet, ""
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		return UTF8BOM, ""
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return UTF16LE, ""
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return UTF16BE, ""
	}
	return Plain, ""
}

// controlAt tells whether byte i is no text; a file that ends before it could
// be either and counts as text.
func controlAt(head []byte, i int) bool {
	return len(head) > i && head[i] < 0x20 && head[i] != '\n' && head[i] != '\r' && head[i] != '\t'
}

func isBzip2(head []byte) bool {
	if len(head) < 10 || string(head[:3]) != "BZh" || head[3] < '1' || head[3] > '9' {
		return false
	}
	block := string(head[4:10])
	return block == "\x31\x41\x59\x26\x53\x59" || block == "\x17\x72\x45\x38\x50\x90"
}

func isSkippable(head []byte) bool {
	return len(head) >= 4 && head[0]&0xf0 == 0x50 && string(head[1:4]) == "\x2a\x4d\x18"
}
