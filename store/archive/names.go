package archive

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/scrubline/scrubline/store/archive/tlog"
)

// logRoot is what the keys of the seal log's objects start with. Numbers in keys
// have twenty digits, so that lists are in their order.
const (
	logRoot        = "log/"
	claimRoot      = logRoot + "claim/"
	checkpointRoot = logRoot + "checkpoint/"
	receiptRoot    = logRoot + "receipts/"
	dayRoot        = logRoot + "day/"
	tileRoot       = logRoot + "tile/"
)

func claimKey(first uint64) string     { return fmt.Sprintf("%s%020d", claimRoot, first) }
func checkpointKey(size uint64) string { return fmt.Sprintf("%s%020d", checkpointRoot, size) }
func receiptKey(first uint64) string   { return fmt.Sprintf("%s%020d", receiptRoot, first) }
func dayKey(date string) string        { return dayRoot + date }
func tileKey(t tlog.Tile) string       { return logRoot + t.Path() }

// numberIn returns the number in a key that starts with prefix.
func numberIn(key, prefix string) (uint64, bool) {
	digits, ok := strings.CutPrefix(key, prefix)
	n, err := strconv.ParseUint(digits, 10, 64)
	return n, ok && err == nil && len(digits) == 20
}
