package fhir

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/scrubline/scrubline/query"
	s "github.com/scrubline/scrubline/schemas"
)

// ID is the id of a row: its time, which tells where it lies, the hash of its batch,
// cut, and its number; at most 64 characters of those that FHIR allows.
func ID(r *query.Row) string {
	return fmt.Sprintf("%x-%s-%d", r.Time(s.EventTime).UnixMilli(), hashed(r.Text(s.Batch)), r.Number(s.RecordNo))
}

func hashed(batch string) string {
	sum := sha256.Sum256([]byte(batch))
	return hex.EncodeToString(sum[:10])
}

// parseID reads an id: which instant and number the row has, and whether a row is
// the one.
func parseID(id string) (at time.Time, no uint64, is func(*query.Row) bool, ok bool) {
	parts := strings.Split(id, "-")
	if len(parts) != 3 {
		return at, 0, nil, false
	}
	ms, err := strconv.ParseInt(parts[0], 16, 64)
	if err != nil {
		return at, 0, nil, false
	}
	no, err = strconv.ParseUint(parts[2], 10, 64)
	if err != nil {
		return at, 0, nil, false
	}
	return time.UnixMilli(ms).UTC(), no, func(r *query.Row) bool { return ID(r) == id }, true
}
