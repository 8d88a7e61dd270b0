package engine

import (
	"fmt"
	"os"
)

// Exit codes of the child.
const (
	exitAsked  = 0
	exitFailed = 3
	exitPort   = 4 // the port was taken
	exitOrphan = 5 // the parent was gone before we began
)

func refuse(exit int, reason string) int {
	fmt.Fprintln(os.Stderr, reasonPrefix+reason)
	return exit
}
