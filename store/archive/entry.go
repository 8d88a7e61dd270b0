package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// entry is one line of the seal log, in the order of its JSON: see FORMAT.md.
type entry struct {
	N          uint64 `json:"n"`
	Key        string `json:"key"`
	SHA256     Hash   `json:"sha256"`
	Size       int64  `json:"size"`
	Source     string `json:"source"`
	Start      uint64 `json:"start"`
	End        uint64 `json:"end"`
	Rows       uint64 `json:"rows"`
	Tombstones uint64 `json:"tombstones"`
	Previous   Hash   `json:"previous"` // the entry before of the same source
	Signed     uint64 `json:"signed"`   // size of the head in force when this was written
}

// head is what is signed: how many entries there are and the last one's chain
// hash, which covers all.
type head struct {
	size  uint64
	chain Hash
}

func (h head) text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", origin, h.size, base64.StdEncoding.EncodeToString(h.chain[:]))
}

// parseHead checks the signature of a head and reads it.
func parseHead(b []byte, v note.Verifier) (head, error) {
	n, err := note.Open(b, note.VerifierList(v))
	if err != nil {
		return head{}, errors.New("head is not signed by the archive's key")
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 4 || lines[0] != origin || lines[3] != "" {
		return head{}, errors.New("head is malformed")
	}
	size, err := strconv.ParseUint(lines[1], 10, 64)
	chain, err2 := base64.StdEncoding.DecodeString(lines[2])
	h := head{size: size}
	if err != nil || err2 != nil || copy(h.chain[:], chain) != len(h.chain) || h.text() != n.Text {
		return head{}, errors.New("head is malformed")
	}
	return h, nil
}

// parseLine reads one line of the log, without its newline, and returns the
// chain hash after it. before is the state it continues.
func parseLine(line []byte, before head) (entry, Hash, error) {
	var e entry
	text, tail, ok := bytes.Cut(line, []byte("\t"))
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if !ok || dec.Decode(&e) != nil {
		return e, Hash{}, errors.New("line is malformed")
	}
	canonical, err := json.Marshal(e)
	chain := extend(before.chain, text)
	switch {
	case err != nil || !bytes.Equal(canonical, text):
		return e, Hash{}, errors.New("line is not in canonical form")
	case e.N != before.size:
		return e, Hash{}, errors.New("line has another line's number")
	case string(tail) != chain.String():
		return e, Hash{}, errors.New("line does not continue the chain")
	}
	return e, chain, nil
}

// extend is the chain hash after a line.
func extend(chain Hash, text []byte) Hash {
	h := sha256.New()
	h.Write(chain[:])
	h.Write(text)
	return Hash(h.Sum(nil))
}

// differs says in what an object is not the one that was sealed.
func (e *entry) differs(o *Object) string {
	switch {
	case e.SHA256 != o.SHA256:
		return "hash differs from the sealed one"
	case e.Size != o.Size:
		return "size differs from the sealed one"
	case e.Start != o.Meta.Start || e.End != o.End || e.Rows != o.Rows:
		return "records differ from the sealed ones"
	case e.Tombstones != o.Tombstones:
		return "tombstones differ from the sealed ones"
	case e.Source != o.Meta.Source:
		return "source differs from the sealed one"
	}
	return ""
}
