package token

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/scrubline/scrubline/scrub/durable"
)

// maxKeyFile bounds what is read: 64 KiB hold some 500 versions.
const maxKeyFile = 64 << 10

// keyFile is the file's JSON; keys are in standard base64.
type keyFile struct {
	Versions []*version `json:"versions"`
}

// OpenKeyring reads a keyring. It refuses a file that anybody but its owner
// may read or write. The error is fs.ErrNotExist if there is no file.
func OpenKeyring(path string) (*Keyring, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening keyring: %w", err)
	}
	defer f.Close()
	// The open file is asked, not the path: nobody can swap it in between.
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("opening keyring: %w", err)
	}
	if perm := info.Mode().Perm(); !info.Mode().IsRegular() || perm&0o077 != 0 {
		return nil, fmt.Errorf("opening keyring %s: mode is %04o, want a regular file that only its owner can read (chmod 600)", path, perm)
	}
	b := make([]byte, maxKeyFile+1) // one buffer: growing would leave copies of the keys behind
	defer clear(b)
	n, err := io.ReadFull(f, b)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading keyring: %w", err)
	}
	vs, err := parseKeys(b[:n])
	if err != nil {
		return nil, fmt.Errorf("reading keyring %s: %w", path, err)
	}
	return &Keyring{&ring{path: path, versions: vs}}, nil
}

// parseKeys never wraps the decoder's error: it can quote the input.
func parseKeys(b []byte) (vs []*version, err error) {
	defer func() {
		if err != nil {
			wipe(vs)
			vs = nil
		}
	}()
	var kf keyFile
	if len(b) > maxKeyFile {
		return nil, errors.New("the file is too long for a keyring")
	}
	err = json.Unmarshal(b, &kf)
	vs = kf.Versions
	if err != nil {
		return vs, errors.New("the file is not a keyring in JSON")
	}
	if len(vs) == 0 {
		return vs, errors.New("the keyring has no key")
	}
	last := uint32(0)
	for _, v := range vs {
		if v == nil || v.ID <= last {
			return vs, errors.New("key versions do not ascend from 1")
		}
		if len(v.Key) != keySize {
			return vs, fmt.Errorf("key version %d does not have %d bytes", v.ID, keySize)
		}
		last = v.ID
	}
	return vs, nil
}

// CreateKeyring makes a keyring with one new key. It never overwrites: the
// error is fs.ErrExist if the file is there, also when two create it at once.
func CreateKeyring(path string) (*Keyring, error) {
	vs := []*version{newVersion(1)}
	err := writeFile(path, vs, durable.Create)
	if err != nil {
		wipe(vs)
		if errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("creating keyring %s: %w", path, fs.ErrExist)
		}
		return nil, fmt.Errorf("creating keyring: %w", err)
	}
	return &Keyring{&ring{path: path, versions: vs}}, nil
}

// replaceFile puts a new file in the old one's place: after a crash either is
// there, whole. A key that was used and lost would orphan its tokens.
func replaceFile(path string, vs []*version) error { return writeFile(path, vs, durable.Write) }

func writeFile(path string, vs []*version, write func(path string, data []byte, mode fs.FileMode) error) error {
	b, err := json.MarshalIndent(keyFile{vs}, "", "  ")
	if err != nil {
		return err
	}
	b = append(b, '\n')
	defer clear(b)
	return write(path, b, 0o600)
}
