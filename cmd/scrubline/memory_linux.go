package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// dropCode unmaps the pages of the program's own code and constants, of which starting
// touched most: the kernel maps in again, from its cache, what is used from here on.
func dropCode() {
	exe, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	maps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	defer func() { _ = maps.Close() }()
	var from, to uintptr // of a mapping that nobody may write to; 0: of none
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		line := lines.Text()
		var mode string
		var a, b uintptr
		if n, _ := fmt.Sscanf(line, "%x-%x %s", &a, &b, &mode); n == 3 {
			from, to = 0, 0
			if (mode == "r-xp" || mode == "r--p") && strings.HasSuffix(line, " "+exe) {
				from, to = a, b
			}
			continue
		}
		var dirty int
		if n, _ := fmt.Sscanf(line, "Anonymous: %d kB", &dirty); n == 1 && dirty == 0 && from != 0 {
			// Nothing of it was ever written to (the loader may write before it
			// forbids that), so nothing is lost.
			_, _, _ = unix.Syscall(unix.SYS_MADVISE, from, to-from, unix.MADV_DONTNEED)
		}
	}
}
