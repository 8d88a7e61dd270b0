package tlog

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Checkpoint is what a log's key signs: its name, its number of leaves and its
// root.
type Checkpoint struct {
	Origin string
	Size   uint64
	Root   Hash
}

// Text is the note's text: three lines.
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
}

// Sign returns the signed note.
func (c Checkpoint) Sign(by ...note.Signer) ([]byte, error) {
	return note.Sign(&note.Note{Text: c.Text()}, by...)
}

// Errors of ParseCheckpoint.
var (
	ErrSignature = errors.New("checkpoint is not signed by the key")
	ErrMalformed = errors.New("checkpoint is malformed")
)

// ParseCheckpoint reads a signed note that each of the verifiers must have signed
// and whose origin is the first one's name. Other signatures are left alone.
func ParseCheckpoint(signed []byte, by ...note.Verifier) (Checkpoint, error) {
	n, err := note.Open(signed, note.VerifierList(by...))
	if err != nil {
		return Checkpoint{}, ErrSignature
	}
	for _, v := range by {
		if !signedBy(n, v) {
			return Checkpoint{}, ErrSignature
		}
	}
	c, err := ParseText(n.Text)
	if err == nil && c.Origin != by[0].Name() {
		err = ErrMalformed
	}
	return c, err
}

func signedBy(n *note.Note, v note.Verifier) bool {
	for _, s := range n.Sigs {
		if s.Name == v.Name() && s.Hash == v.KeyHash() {
			return true
		}
	}
	return false
}

// ParseSigned reads the text of a signed note without looking at who signed it.
func ParseSigned(signed []byte) (Checkpoint, error) {
	text, sigs, _ := strings.Cut(string(signed), "\n\n")
	if sigs == "" {
		return Checkpoint{}, ErrMalformed
	}
	return ParseText(text + "\n")
}

// ParseText reads a checkpoint's text, whose signature was checked or does not
// matter.
func ParseText(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 {
		return Checkpoint{}, ErrMalformed
	}
	size, err := strconv.ParseUint(lines[1], 10, 64)
	root, err2 := base64.StdEncoding.DecodeString(lines[2])
	c := Checkpoint{Origin: lines[0], Size: size}
	if err != nil || err2 != nil || copy(c.Root[:], root) != len(c.Root) || c.Text() != text {
		return Checkpoint{}, ErrMalformed
	}
	return c, nil
}
