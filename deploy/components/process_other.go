//go:build !linux

package components

import "syscall"

func attributes() *syscall.SysProcAttr { return nil }
