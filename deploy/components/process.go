package components

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// startTime is how long a server may take until it answers, on a busy machine.
const startTime = 2 * time.Minute

// Process is a server under test.
type Process struct {
	command func() *exec.Cmd // as it was asked for
	ready   func(context.Context) error

	mu    sync.Mutex
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has
}

// Start starts a server in the folder cmd.Dir, waits until ready returns nil, and
// kills it when the test ends. What the server prints goes to a file there, which
// a failing test shows the end of.
func Start(t testing.TB, cmd *exec.Cmd, ready func(context.Context) error) *Process {
	t.Helper()
	p := &Process{ready: ready, command: func() *exec.Cmd {
		return &exec.Cmd{Path: cmd.Path, Args: cmd.Args, Env: cmd.Env, Dir: cmd.Dir, SysProcAttr: attributes()}
	}}
	p.Restart(t)
	t.Cleanup(func() {
		p.Kill()
		if name := filepath.Base(cmd.Path); t.Failed() {
			b, _ := os.ReadFile(filepath.Join(cmd.Dir, name+".log"))
			t.Logf("%s said at last:\n%s", name, b[max(0, len(b)-4<<10):])
		}
	})
	return p
}

// Restart starts a killed server again, on what it left, and waits until it
// answers.
func (p *Process) Restart(t testing.TB) {
	t.Helper()
	cmd, ended := p.command(), make(chan struct{})
	name := filepath.Base(cmd.Path)
	out, err := os.OpenFile(filepath.Join(cmd.Dir, name+".log"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting %s: %v", name, err)
	}
	go func() {
		_ = cmd.Wait()
		_ = out.Close()
		close(ended)
	}()
	p.mu.Lock()
	p.cmd, p.ended = cmd, ended
	p.mu.Unlock()
	ctx, cancel := context.WithTimeout(t.Context(), startTime)
	defer cancel()
	for {
		err := p.ready(ctx)
		if err == nil {
			return
		}
		select {
		case <-ended:
			t.Fatalf("%s ended before it answered: %v", name, err)
		case <-ctx.Done():
			t.Fatalf("%s does not answer: %v", name, errors.Join(err, ctx.Err()))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Kill ends the server at once, as kill -9 does, and waits for its end.
func (p *Process) Kill() {
	_ = p.signal(syscall.SIGKILL)
	p.mu.Lock()
	defer p.mu.Unlock()
	<-p.ended
}

// Pause stops the server without closing its connections; Resume lets it go on.
func (p *Process) Pause() error  { return p.signal(syscall.SIGSTOP) }
func (p *Process) Resume() error { return p.signal(syscall.SIGCONT) }

func (p *Process) signal(s os.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cmd.Process.Signal(s)
}

// Address returns a free loopback address. Somebody else may take it before it is
// used; a server that cannot have it ends, and its test says so.
func Address(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// find returns the path of an installed component. Without it the test is skipped,
// or fails if SCRUBLINE_COMPONENTS_REQUIRED is set, as .ci/run does.
func find(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("SCRUBLINE_COMPONENTS")
	if dir == "" {
		root, err := os.Getwd()
		for err == nil {
			if _, e := os.Stat(filepath.Join(root, "go.mod")); e == nil {
				break
			}
			if root == filepath.Dir(root) {
				err = os.ErrNotExist
			}
			root = filepath.Dir(root)
		}
		dir = filepath.Join(root, ".components")
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("SCRUBLINE_COMPONENTS_REQUIRED") != "" {
			t.Fatalf("%s is not installed: make components installs it", name)
		}
		t.Skipf("%s is not installed: make components installs it", name)
	}
	return path
}
