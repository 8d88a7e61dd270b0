//go:build !linux

package local

import (
	"errors"
	"os"
)

func setImmutable(*os.File) error { return errors.ErrUnsupported }
