package local

import (
	"os"

	"golang.org/x/sys/unix"
)

const immutableFlag = 0x10 // FS_IMMUTABLE_FL of linux/fs.h

// setImmutable sets the flag that only root can take off again.
func setImmutable(f *os.File) error {
	flags, err := unix.IoctlGetInt(int(f.Fd()), unix.FS_IOC_GETFLAGS)
	if err != nil {
		return err
	}
	return unix.IoctlSetPointerInt(int(f.Fd()), unix.FS_IOC_SETFLAGS, flags|immutableFlag)
}
