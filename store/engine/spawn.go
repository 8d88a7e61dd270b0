package engine

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// errPortTaken is the child's exit when somebody else has its port.
var errPortTaken = errors.New("the port was taken by another process")

// errDied is the base of Err.
var errDied = errors.New("the engine's process ended")

// spawn starts the child and the goroutine that waits for it and forwards its
// log. The child inherits the folder's lock, so the folder stays locked until
// the last of the two is gone.
func spawn(o Options, dir, library string, port int, lock *os.File) (*child, error) {
	argv := o.Command
	if len(argv) == 0 {
		exe, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("finding own executable: %w", err)
		}
		argv = []string{exe, "engine", "child"}
	}
	argv = append(argv[:len(argv):len(argv)], library, dir, strconv.Itoa(port), strconv.Itoa(os.Getpid()))
	cmd := exec.Command(argv[0], argv[1:]...)
	// The engine reads ./config.xml, so it must not run where we happen to be.
	cmd.Dir = dir
	// Credentials in our environment are none of the engine's business.
	cmd.Env = []string{"TZ=UTC", "LANG=C.UTF-8", "HOME=" + dir, "PATH=/usr/bin:/bin"}
	cmd.ExtraFiles = []*os.File{lock}
	// A Ctrl-C in the terminal is for us; we end the child when we are ready.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("making pipe to child: %w", err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, fmt.Errorf("making pipe from child: %w", err)
	}
	c := &child{
		lock: lock, stdin: stdin, cmd: cmd,
		exited: make(chan struct{}), done: make(chan struct{}), closing: make(chan struct{}),
	}
	started := make(chan error, 1)
	go func() {
		// The kernel sends the parent-death signal when the *thread* that
		// forked ends, so that thread must live as long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		reason := forwardLog(stderr, o.Log)
		c.ended(cmd.Wait(), reason)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting child: %w", err)
	}
	return c, nil
}

// ended records how the child ended and tells those who wait for it.
func (c *child) ended(err error, reason string) {
	select {
	case <-c.closing:
		if err != nil {
			c.exitErr = fmt.Errorf("the engine's process ended badly: %w", err)
		}
	default:
		c.exitErr = errDied
		if err != nil {
			c.exitErr = fmt.Errorf("%w: %w", errDied, err)
		}
		if reason != "" {
			c.exitErr = fmt.Errorf("%w: %s", c.exitErr, reason)
		}
		close(c.done)
	}
	close(c.exited)
}

// end asks the child to end, and kills it if it doesn't.
func (c *child) end() error {
	close(c.closing)
	c.stdin.Close()
	select {
	case <-c.exited:
		return c.exitErr
	case <-time.After(closeDeadline):
		c.kill()
		return errors.New("the child did not end and was killed")
	}
}

// kill ends the child at once and waits until it is gone.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	<-c.exited
	c.stdin.Close()
}

// awaitAnswer returns nil once the child, and nobody who grabbed its port,
// has answered a query.
func (e *Engine) awaitAnswer(ctx context.Context, nonce string) error {
	wait := 10 * time.Millisecond
	for {
		err := e.answers(ctx, nonce)
		if err == nil {
			return nil
		}
		select {
		case <-e.child.exited:
			if e.child.cmd.ProcessState.ExitCode() == exitPort {
				return errPortTaken
			}
			return e.child.exitErr
		case <-ctx.Done():
			return fmt.Errorf("waiting for the engine's first answer: %w: %w", ctx.Err(), err)
		case <-time.After(wait):
			wait = min(wait*3/2, 100*time.Millisecond)
		}
	}
}

// lines calls fn with each line of r, without its end, until r ends. What
// exceeds the buffer of a line is dropped.
func lines(r io.Reader, fn func([]byte)) {
	br := bufio.NewReaderSize(r, 4096)
	for {
		line, long, err := br.ReadLine()
		if err != nil {
			return
		}
		fn(bytes.TrimRight(line, "\r"))
		for long && err == nil {
			_, long, err = br.ReadLine()
		}
	}
}
