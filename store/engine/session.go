package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/scrubline/scrubline/scrub/durable"
)

// ErrNotRunning means that no engine runs on the data folder.
var ErrNotRunning = errors.New("no engine is running on the data folder")

// session is what another process of the same user needs to attach. The file
// holds the password, so it is the owner's only (0600).
type session struct {
	PID      int       `json:"pid"` // of the process that owns the engine
	Addr     string    `json:"addr"`
	User     string    `json:"user"`
	Password string    `json:"password"`
	Database string    `json:"database"`
	Started  time.Time `json:"started"`
	Unclean  bool      `json:"unclean"`
}

func (e *Engine) writeSession() error {
	b, err := json.Marshal(session{
		PID: os.Getpid(), Addr: e.Addr, User: e.User, Password: e.Password,
		Database: e.Database, Started: e.started, Unclean: e.Unclean,
	})
	if err != nil {
		return fmt.Errorf("writing session file: %w", err)
	}
	if err := durable.Write(filepath.Join(e.dir, sessionFile), b, 0o600); err != nil {
		return fmt.Errorf("writing session file: %w", err)
	}
	return nil
}

// Attach returns the engine that another process has open on dir. It gives
// ErrNotRunning (wrapped) when there is none or its process is gone. Close on
// the result does not stop the engine.
func Attach(ctx context.Context, dir string) (*Engine, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("attaching to engine: %w", err)
	}
	b, err := os.ReadFile(filepath.Join(dir, sessionFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("attaching to engine: %w", ErrNotRunning)
	}
	if err != nil {
		return nil, fmt.Errorf("attaching to engine: %w", err)
	}
	var s session
	if json.Unmarshal(b, &s) != nil { // its error may quote the password
		return nil, errors.New("attaching to engine: the session file is damaged")
	}
	if s.PID <= 0 || !alive(s.PID) {
		return nil, fmt.Errorf("attaching to engine: process %d is gone: %w", s.PID, ErrNotRunning)
	}
	e := &Engine{
		Addr: s.Addr, User: s.User, Password: s.Password, Database: s.Database, Unclean: s.Unclean,
		dir: dir, started: s.Started,
	}
	ctx, cancel := context.WithTimeout(ctx, openDeadline)
	defer cancel()
	if err := e.answers(ctx, ""); err != nil {
		return nil, fmt.Errorf("attaching to engine: %w", err)
	}
	return e, nil
}

// OpenOrAttach opens the data folder, or attaches to the engine of the process
// that has it open.
func OpenOrAttach(ctx context.Context, o Options) (*Engine, error) {
	ctx, cancel := context.WithTimeout(ctx, openDeadline)
	defer cancel()
	for {
		e, err := Open(ctx, o)
		var locked *LockedError
		if !errors.As(err, &locked) {
			return e, err
		}
		e, err = Attach(ctx, o.Dir)
		if err == nil {
			return e, nil
		}
		// The holder is on its way up or down: there is no session yet, or
		// no engine behind it any more.
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w; %w", locked, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
