package export

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/scrubline/scrubline/query/identity"
	"github.com/scrubline/scrubline/scrub/durable"
)

// State is how far an export is.
type State string

const (
	Waiting     State = "waiting"
	Running     State = "running"
	Done        State = "done"
	Failed      State = "failed"
	Cancelled   State = "cancelled"
	Interrupted State = "interrupted" // the process ended before it was done
)

func (s State) ended() bool { return s != Waiting && s != Running }

// Manifest is what is known about an export; it lies beside its file.
type Manifest struct {
	ID      string    `json:"id"`
	State   State     `json:"state"`
	Format  string    `json:"format"`
	Who     string    `json:"who"`   // who asked: the subject of a principal
	Query   string    `json:"query"` // the question's shape: raw identifiers as tokens
	Columns []string  `json:"columns"`
	Created time.Time `json:"created"`
	Started time.Time `json:"started,omitzero"`
	Ended   time.Time `json:"ended,omitzero"`
	Expires time.Time `json:"expires,omitzero"` // when the file is removed
	Rows    uint64    `json:"rows"`
	Bytes   uint64    `json:"bytes"`            // of the file
	SHA256  string    `json:"sha256,omitempty"` // of the file, hex
	File    string    `json:"file,omitempty"`   // name for whoever downloads it
	Error   string    `json:"error,omitempty"`  // why it failed; never data

	Scope identity.Scope `json:"scope"` // what who might see; no tenant: all, of versions that knew no scopes
}

// Visible reports whether p may know of the export: its own, or any of an admin's,
// if p may see still what it was made of.
func (m *Manifest) Visible(p identity.Principal) bool {
	if p.Role != identity.Admin && p.Subject != m.Who {
		return false
	}
	return p.Scope.Covers(m.Scope) || m.Scope.Tenant == "" && !p.Scope.Narrow()
}

func (m *Manifest) path(dir string) string { return filepath.Join(dir, m.ID+".json") }

func (m *Manifest) data(dir string) string { return filepath.Join(dir, m.ID+".data") }

// keep writes the manifest in one step.
func (m *Manifest) keep(dir string) error {
	b, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return fmt.Errorf("encoding manifest: %w", err)
	}
	if err := durable.Write(m.path(dir), append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("writing manifest: %w", err)
	}
	return nil
}

// remove removes the file and the manifest.
func (m *Manifest) remove(dir string) error {
	for _, path := range []string{m.data(dir), m.path(dir)} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing export: %w", err)
		}
	}
	return nil
}
