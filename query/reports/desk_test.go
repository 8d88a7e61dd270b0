package reports

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/rs/zerolog"
)

// TestDeskAfterACrash: a pack that was under way when the program ended says so,
// and its half file is not given out.
func TestDeskAfterACrash(t *testing.T) {
	dir := t.TempDir()
	none := func(context.Context, bool) (*Service, func(), error) { return nil, nil, errors.New("none") }
	open := func() *Desk {
		d, err := OpenDesk(DeskOptions{Dir: dir, Open: none, Log: zerolog.Nop()})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	req := week()
	req.Zone = end.Location()
	j, err := open().Start(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "torn.json"), []byte(`{"id":"to`), 0o600); err != nil {
		t.Fatal(err)
	}
	d := open()
	got, err := d.Find(j.ID)
	if err != nil || got.State != Interrupted || len(d.List()) != 1 {
		t.Errorf("%+v %v, %d packs", got, err, len(d.List()))
	}
	if _, _, err := d.Open(j.ID); !errors.Is(err, ErrNotDone) {
		t.Errorf("its file: %v", err)
	}
	for range maxWaiting {
		if _, err := d.Start(req); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Start(req); !errors.Is(err, ErrTooMany) || len(d.List()) != maxWaiting+1 {
		t.Errorf("%v, %d packs", err, len(d.List()))
	}
}

// TestUnrecordedRunsAreRefused: what cannot be put on record is not made.
func TestUnrecordedRunsAreRefused(t *testing.T) {
	s, _ := newWeek(t)
	full := errors.New("disk full")
	s.opt.Log = &memoryLog{err: full}
	if _, err := s.Open(t.Context(), week()); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
}
