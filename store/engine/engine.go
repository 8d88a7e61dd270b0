// Package engine runs the embedded ClickHouse.
//
// The engine is the real ClickHouse server inside a shared library. It runs
// in a child process: this binary started again as `scrubline engine child`,
// which loads the library and listens for the native protocol on a random
// loopback port. To clickhouse-go it is a server like any other.
//
// Who may do what:
//
//   - scrubline, with a random password drawn at each start, may do what the
//     product needs in its own database and read the system tables. It has no
//     grant for file(), url(), remote() or any other way out.
//   - reader may read the tables of that database: no system tables but those that
//     say nothing, no table functions, no network; with limits it cannot raise.
//     Grants do not hold back the scalar function file(), which this release lets
//     read any file of the process's owner: whoever passes on what people write must
//     look at the functions in it (package query does).
//   - default has no password, because the library's own bootstrap session
//     logs in that way, and can't be kept off the port. It is granted SYSTEM
//     LISTEN and system.numbers only: whoever uses it can see and change
//     nothing.
//   - The data folder (0700) is its owner's alone.
//
// Known gap: whoever reaches the loopback port can, as default, stop the listener,
// though not read anything. And where a process can have no terminal (giveTerminal)
// release 26.7.3 aborts when it refuses a log-in: for a wrong password, bytes that
// are not the protocol's, or a client that is killed before it is logged in. So treat
// Done as a thing that happens: nothing acknowledged is lost, Open again.
//
// One process at a time opens a data folder and owns the child; others of the
// same user attach to it through the session file that lies in the folder.
package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

const (
	// Version is the release of the library this package is written for.
	Version = "26.7.3-stable.1"
	// User is the product's own user.
	User = "scrubline"
	// Reader is the user for statements that people write: it may read the tables of
	// the product's databases and nothing else.
	Reader = "reader"
	// Asker is the user that answers questions of others: it may read the tables of that
	// database, and of their rows those of the scope that each statement names (Walls).
	Asker = "asker"
	// Database is the database made at the first start.
	Database = "scrubline"

	openDeadline  = 30 * time.Second
	drainDeadline = 3 * time.Second
	closeDeadline = 15 * time.Second
)

// Names of the files of a data folder.
const (
	lockFile    = "lock"
	sessionFile = "session.json"
	uncleanFile = "unclean"
	configFile  = "config.xml"
	usersFile   = "users.xml"
	dataDir     = "clickhouse"
)

// Options says what to open. Only Dir is required.
type Options struct {
	// Dir is the data folder. It is made (0700) when absent.
	Dir string
	// Library is the path of libchdb.so; Locate("") when empty.
	Library string
	// MemoryBytes caps the engine's memory. 0 means 2 GiB or a quarter of
	// the machine's memory, whichever is smaller.
	MemoryBytes int64
	// Log gets what the engine logs: level, component and error code. Texts
	// are left out, since they may quote rows and queries.
	Log zerolog.Logger
	// Command starts the child; the child's own arguments are appended.
	// Empty means this executable with "engine child".
	Command []string
	// DatabasePrefix, if set, lets the user also create, use and drop the
	// databases whose names start with it. Letters, digits and _ only.
	DatabasePrefix string
}

// Engine is a running engine, ours or one we attached to.
type Engine struct {
	Addr     string // host:port of the native protocol
	User     string
	Password string
	Database string
	// Unclean tells that the run before this one did not end with Close, so
	// what it wrote last should be compared with the archive. It stays set
	// for later runs until one is closed cleanly.
	Unclean bool

	dir     string
	started time.Time
	child   *child // nil unless ours
}

// child is the process behind an engine that we opened.
type child struct {
	lock     *os.File  // held by the child too
	stdin    io.Closer // closing it asks the child to end
	cmd      *exec.Cmd
	exited   chan struct{} // the process is gone and exitErr is set
	exitErr  error
	done     chan struct{}
	closing  chan struct{} // closed by the first Close
	once     sync.Once
	closeErr error
}

// Open locks the data folder, starts the child and waits until it answers.
// ctx bounds only the opening. The caller owns the engine and must Close it.
// A folder in use by a live process gives a *LockedError.
func Open(ctx context.Context, o Options) (*Engine, error) {
	if o.Dir == "" {
		return nil, errors.New("opening engine: no data folder given")
	}
	library, err := Locate(o.Library)
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("opening engine: %w", err)
	}
	if err := os.MkdirAll(filepath.Join(dir, dataDir), 0o700); err != nil {
		return nil, fmt.Errorf("opening engine: making data folder: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, openDeadline)
	defer cancel()
	lock, err := acquire(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("opening engine: %w", err)
	}
	e, err := open(ctx, o, dir, library, lock)
	if err != nil {
		lock.Close()
		return nil, fmt.Errorf("opening engine: %w", err)
	}
	return e, nil
}

func open(ctx context.Context, o Options, dir, library string, lock *os.File) (*Engine, error) {
	unclean, err := markUnclean(dir)
	if err != nil {
		return nil, err
	}
	// A session left by a killed process must lead nobody to our new child.
	err = os.Remove(filepath.Join(dir, sessionFile))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("removing old session file: %w", err)
	}
	// A port is free when we look and may be taken when the child binds it.
	var e *Engine
	for try := 0; try < 3; try++ {
		e, err = start(ctx, o, dir, library, lock)
		if !errors.Is(err, errPortTaken) {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	e.Unclean = unclean
	if err := e.writeSession(); err != nil {
		e.child.kill()
		return nil, err
	}
	return e, nil
}

// start runs one child and waits for its first answer.
func start(ctx context.Context, o Options, dir, library string, lock *os.File) (*Engine, error) {
	s, err := newSettings(o, dir)
	if err != nil {
		return nil, err
	}
	if err := s.write(); err != nil {
		return nil, err
	}
	e := &Engine{
		Addr: "127.0.0.1:" + strconv.Itoa(s.Port), User: User, Password: s.password, Database: Database,
		dir: dir, started: time.Now().UTC(),
	}
	e.child, err = spawn(o, dir, library, s.Port, lock)
	if err != nil {
		return nil, err
	}
	if err := e.awaitAnswer(ctx, s.nonce); err != nil {
		e.child.kill()
		return nil, err
	}
	return e, nil
}

// On returns the same engine with another database. Closing the result does
// nothing.
func (e *Engine) On(database string) *Engine {
	return &Engine{
		Addr: e.Addr, User: e.User, Password: e.Password, Database: database,
		Unclean: e.Unclean, dir: e.dir, started: e.started,
	}
}

// Done is closed when the child ends without having been asked to. For an
// attached engine it is nil, so never ready: its connections tell.
func (e *Engine) Done() <-chan struct{} {
	if e.child == nil {
		return nil
	}
	return e.child.done
}

// Err tells why the child ended once Done is closed, and nil before.
func (e *Engine) Err() error {
	select {
	case <-e.Done():
		return e.child.exitErr
	default:
		return nil
	}
}

// Close waits shortly for running queries, ends the child and releases the
// data folder. Close your connections first. On an attached engine it does
// nothing. Later calls return what the first did.
func (e *Engine) Close() error {
	if e.child == nil {
		return nil
	}
	e.child.once.Do(func() {
		defer e.child.lock.Close()
		if err := e.close(); err != nil {
			e.child.closeErr = fmt.Errorf("closing engine: %w", err)
		}
	})
	return e.child.closeErr
}

func (e *Engine) close() error {
	select {
	case <-e.child.exited: // before it was asked; the unclean mark stays
	default:
		e.drain()
	}
	if err := os.Remove(filepath.Join(e.dir, sessionFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := e.child.end(); err != nil {
		return err
	}
	return os.Remove(filepath.Join(e.dir, uncleanFile))
}
