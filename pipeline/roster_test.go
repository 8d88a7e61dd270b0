package pipeline

import (
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/scrubline/scrubline/scrub/roster"
	"github.com/scrubline/scrubline/store/archive"
)

// makeRoster makes a roster of one patient.
func makeRoster(t *testing.T, mrn string) *roster.Roster {
	t.Helper()
	key := []byte("0123456789abcdef0123456789abcdef")
	b, err := roster.NewBuilder(t.TempDir(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Read(t.Context(), strings.NewReader("mrn\n"+mrn+"\n"), nil, nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), roster.FileName)
	if err := b.Write(path); err != nil {
		t.Fatal(err)
	}
	r, err := roster.Open(path, key)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRosterBetweenPayloads: each payload goes by the roster that is in force when
// it begins, its batches name the two together, and the text of that name is kept
// before them.
func TestRosterBetweenPayloads(t *testing.T) {
	r := newRig(t, nil)
	one, two := makeRoster(t, "70482139"), makeRoster(t, "91827364")
	line := []byte(`{"message":"job 70482139 and job 91827364 queued"}` + "\n")
	var mu sync.Mutex
	inForce := []*roster.Roster{nil, one, two}
	asked, kept := 0, map[string]string{}
	cfg := r.config()
	cfg.Workers = 1
	cfg.Roster = func() (*roster.Roster, error) {
		mu.Lock()
		defer mu.Unlock()
		asked++
		return inForce[min(asked, 3)-1], errors.New("a file that could not be read is only told of")
	}
	cfg.KeepRules = func(text []byte, hash string) error {
		kept[hash] = string(text)
		return nil
	}
	r.mustRun(cfg, payload{name: "a.log", raw: line}, payload{name: "b.log", raw: append(line, '\n')}, payload{name: "c.log", raw: append(line, "\n\n"...)})
	hashes := map[string]string{}
	matches := map[string]uint64{}
	if err := r.archive.Walk(t.Context(), nil, func(o archive.Object) error {
		hashes[o.Meta.Origin] = o.Meta.PolicyHash
		matches[o.Meta.Origin] += o.Meta.Matches["mrn"]
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if matches["a.log"] != 0 || matches["b.log"] != 1 || matches["c.log"] != 1 {
		t.Errorf("matches %v", matches)
	}
	if hashes["a.log"] == hashes["b.log"] || hashes["b.log"] == hashes["c.log"] {
		t.Errorf("hashes %v", hashes)
	}
	if !strings.Contains(kept[hashes["b.log"]], one.Hash()) || !strings.Contains(kept[hashes["c.log"]], two.Hash()) {
		t.Errorf("kept %v", kept)
	}
}
