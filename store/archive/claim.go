package archive

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// claimHead is the first line of a claim.
const claimHead = "scrubline-claim"

// claimLeaves bounds the leaves of a claim, so that a checkpoint is never more
// than that many leaves old.
const claimLeaves = 1000

// claimText is what is signed of a claim: its leaves, a line each. A claim is the
// leaves that a sealer wants at a place of the log; whoever stores his first
// decides what stands there, and the rest of the log follows from it.
func claimText(origin string, lines [][]byte) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", claimHead, origin)
	for _, l := range lines {
		b.Write(l)
		b.WriteByte('\n')
	}
	return b.String()
}

func signClaim(origin string, lines [][]byte, by note.Signer) ([]byte, error) {
	return note.Sign(&note.Note{Text: claimText(origin, lines)}, by)
}

var errClaim = errors.New("claim is not signed by the archive's key")

// parseClaim returns the lines of a signed claim.
func parseClaim(signed []byte, by note.Verifier) ([][]byte, error) {
	if _, err := note.Open(signed, note.VerifierList(by)); err != nil {
		return nil, errClaim
	}
	return unsignedClaim(signed, by.Name())
}

// unsignedClaim is parseClaim without looking at who signed it.
func unsignedClaim(signed []byte, origin string) ([][]byte, error) {
	text, _, _ := strings.Cut(string(signed), "\n\n")
	text, ok := strings.CutPrefix(text, claimHead+"\n"+origin+"\n")
	lines := bytes.Split([]byte(text), []byte("\n"))
	if !ok || text == "" || len(lines) > claimLeaves {
		return nil, errors.New("claim is malformed")
	}
	return lines, nil
}
