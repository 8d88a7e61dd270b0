package engine

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// dieWithParent has the kernel kill us when the parent's thread that started
// us ends, whatever ends it.
func dieWithParent() error {
	return unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0, 0, 0)
}
