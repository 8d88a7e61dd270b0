package archive

import (
	"context"

	"golang.org/x/mod/sumdb/note"
)

// SignNote signs a text with the archive's key in force, for statements about the
// archive that others check with archive.pub: a C2SP signed note. The text's
// first line says what it is; nothing of the seal log begins like it.
func (a *Archive) SignNote(text string) ([]byte, error) {
	return note.Sign(&note.Note{Text: text}, a.log.key)
}

// SignedBy says whether the newest checkpoint is signed by the archive whose public
// key, in force or any before it, is the text of archive.pub.
func (r *Reader) SignedBy(ctx context.Context, pubkey string) bool {
	_, err := r.keys(ctx, pubkey)
	return err == nil
}
