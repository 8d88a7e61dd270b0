package reports

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Verified is what checking a pack found.
type Verified struct {
	Status   string    `json:"status"` // ok, tampered, unknown
	Files    int       `json:"files"`  // that are as the manifest says
	Reports  int       `json:"reports"`
	Rows     uint64    `json:"rows"`
	KeyID    string    `json:"key_id"`
	From     string    `json:"from,omitempty"`
	Until    string    `json:"until,omitempty"`
	Problems []Problem `json:"problems"`
}

// Statuses of a pack.
const (
	Good     = "ok"
	Tampered = "tampered" // something is not as it was signed
	Unknown  = "unknown"  // something could not be checked, nothing is known to be wrong
)

// ExitCode is the command's exit code: 0 good, 1 tampered, 2 unknown.
func (v *Verified) ExitCode() int {
	switch v.Status {
	case Good:
		return 0
	case Tampered:
		return 1
	}
	return 2
}

func (v *Verified) tampered(kind, key, detail string) {
	v.Status = Tampered
	v.Problems = append(v.Problems, Problem{kind, key, detail})
}

func (v *Verified) unknown(kind, key, detail string) {
	if v.Status == Good {
		v.Status = Unknown
	}
	v.Problems = append(v.Problems, Problem{kind, key, detail})
}

// maxManifest bounds what is read of the files that are read into memory.
const maxManifest = 64 << 20

// Verify checks a pack against the archive's public key, the text of archive.pub.
// It needs nothing else and trusts nothing in the pack. With "" it takes the key
// that lies in the pack: then it can only say that the pack agrees with itself,
// which is unknown at best.
func Verify(r io.ReaderAt, size int64, public string) Verified {
	v := Verified{Status: Good, Problems: []Problem{}}
	z, err := zip.NewReader(r, size)
	if err != nil {
		v.tampered("zip", "", "this is no ZIP file, or not a whole one")
		return v
	}
	files := map[string]*zip.File{}
	for _, f := range z.File {
		if files[f.Name] != nil {
			v.tampered("twice", f.Name, "it stands in the pack twice")
		}
		files[f.Name] = f
	}
	if public == "" {
		v.unknown("key", keyFile, "no public key was given: the one in the pack proves nothing by itself")
		public = string(whole(files[keyFile]))
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(public))
	if err != nil || !strings.HasPrefix(verifier.Name(), KeyName) {
		v.unknown("key", "", "the public key is missing or malformed")
		return v
	}
	v.KeyID = fmt.Sprintf("%08x", verifier.KeyHash())
	m, ok := v.signature(files, verifier)
	if !ok {
		return v
	}
	v.From, v.Until = m.From.Format(stamp), m.Until.Format(stamp)
	v.files(files, m)
	v.checkpoint(files, verifier, m)
	if v.Status != Tampered {
		v.again(files, m)
	}
	return v
}

// whole reads a small file; nil if it is not there, too large, or torn.
func whole(f *zip.File) []byte {
	if f == nil || f.UncompressedSize64 > maxManifest {
		return nil
	}
	r, err := f.Open()
	if err != nil {
		return nil
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, maxManifest))
	if err != nil {
		return nil
	}
	return b
}

// signature checks that the key signed the manifest, and reads it.
func (v *Verified) signature(files map[string]*zip.File, verifier note.Verifier) (*Manifest, bool) {
	manifest, signed := whole(files[manifestFile]), whole(files[signatureFile])
	if manifest == nil || signed == nil {
		v.tampered("manifest", manifestFile, "the manifest or its signature is missing or torn")
		return nil, false
	}
	n, err := note.Open(signed, note.VerifierList(verifier))
	if _, unverified := errors.AsType[*note.UnverifiedNoteError](err); unverified {
		v.tampered("signature", signatureFile, "it is not signed by this key")
		return nil, false
	}
	sum := sha256.Sum256(manifest)
	if err != nil || n.Text != packHead+"\n"+hex.EncodeToString(sum[:])+"\n" {
		v.tampered("signature", signatureFile, "it is not the signature of this manifest")
		return nil, false
	}
	m := &Manifest{}
	dec := json.NewDecoder(bytes.NewReader(manifest))
	if dec.Decode(m) != nil || m.Format != PackFormat {
		v.unknown("manifest", manifestFile, fmt.Sprintf("it is signed, but not of format %d: use the version of the program that made it", PackFormat))
		return nil, false
	}
	return m, true
}

// files compares each file with the manifest.
func (v *Verified) files(files map[string]*zip.File, m *Manifest) {
	known := map[string]bool{manifestFile: true, signatureFile: true}
	for _, want := range m.Files {
		known[want.Name] = true
		f := files[want.Name]
		if f == nil {
			v.tampered("missing", want.Name, "the manifest names it, and it is not there")
			continue
		}
		if wrong := differs(f, want); wrong != "" {
			v.tampered("changed", want.Name, wrong)
			continue
		}
		v.Files++
	}
	for name := range files {
		if !known[name] {
			v.tampered("foreign", name, "the manifest does not name it")
		}
	}
	slices.SortStableFunc(v.Problems, func(a, b Problem) int { return strings.Compare(a.Kind+a.Key, b.Kind+b.Key) })
}

func differs(f *zip.File, want ManifestFile) string {
	r, err := f.Open()
	if err != nil {
		return "it can not be read"
	}
	defer r.Close()
	sum := sha256.New()
	// One byte more than there should be is enough to see.
	n, err := io.Copy(sum, io.LimitReader(r, want.Size+1))
	switch {
	case err != nil:
		return "it can not be read to its end"
	case n != want.Size || hex.EncodeToString(sum.Sum(nil)) != want.SHA256:
		return "it is not the file that was signed"
	}
	return ""
}

// checkpoint checks that the same key signed the checkpoint, and that the manifest
// names it.
func (v *Verified) checkpoint(files map[string]*zip.File, verifier note.Verifier, m *Manifest) {
	n, err := note.Open(whole(files[checkpointFile]), note.VerifierList(verifier))
	switch {
	case !m.Checkpoint.Signed:
		v.unknown("checkpoint", checkpointFile, "the pack itself says that the checkpoint's signature was not good when it was made")
	case err != nil:
		v.tampered("checkpoint", checkpointFile, "it is not signed by this key")
	default:
		lines := strings.Split(n.Text, "\n")
		if len(lines) < 3 || lines[1] != fmt.Sprint(m.Checkpoint.Size) || lines[2] != m.Checkpoint.Root {
			v.tampered("checkpoint", checkpointFile, "it is another checkpoint than the manifest names")
		}
	}
}
