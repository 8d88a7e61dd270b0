//go:build !linux

package main

import (
	"fmt"

	"github.com/rogpeppe/go-internal/testscript"
)

// condition adds [mounts], which scripts ask before they use smalldisk.
func condition(cond string) (bool, error) {
	if cond != "mounts" {
		return false, fmt.Errorf("unknown condition %q", cond)
	}
	return false, nil
}

func smallDisk(ts *testscript.TestScript, _ bool, _ []string) { ts.Fatalf("needs Linux") }
func fillDisk(ts *testscript.TestScript, _ bool, _ []string)  { ts.Fatalf("needs Linux") }
