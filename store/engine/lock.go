package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// LockedError says that a live process has the data folder open.
type LockedError struct {
	Dir string
	PID int // 0 when the holder did not say
}

func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("data folder %s is in use by another process", e.Dir)
	}
	return fmt.Sprintf("data folder %s is in use by process %d", e.Dir, e.PID)
}

// acquire locks dir and writes our pid into the lock file. The lock goes with
// the last process that holds the file, whatever kills it. While the named
// holder is dead but its child not quite, acquire waits.
func acquire(ctx context.Context, dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking data folder: %w", err)
	}
	deadline := time.Now().Add(5 * time.Second)
	for {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			break
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			f.Close()
			return nil, fmt.Errorf("locking data folder: %w", err)
		}
		pid := readPID(f)
		if (pid != 0 && alive(pid)) || time.Now().After(deadline) || ctx.Err() != nil {
			f.Close()
			return nil, &LockedError{Dir: dir, PID: pid}
		}
		time.Sleep(20 * time.Millisecond)
	}
	pid := strconv.Itoa(os.Getpid()) + "\n"
	err = f.Truncate(0)
	if err == nil {
		_, err = f.WriteAt([]byte(pid), 0)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("writing lock file: %w", err)
	}
	return f, nil
}

func readPID(f *os.File) int {
	var b [16]byte
	n, _ := f.ReadAt(b[:], 0)
	pid, err := strconv.Atoi(strings.TrimSpace(string(b[:n])))
	if err != nil {
		return 0
	}
	return pid
}

// alive tells whether a process with this id exists, whoever owns it.
func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// markUnclean leaves the mark that only a clean Close removes, and tells
// whether it was there already.
func markUnclean(dir string) (already bool, err error) {
	f, err := os.OpenFile(filepath.Join(dir, uncleanFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("marking data folder: %w", err)
	}
	return false, f.Close()
}
