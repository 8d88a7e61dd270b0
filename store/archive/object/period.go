package object

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Period is how long something is kept, in calendar years and days: seven years
// are until the same day seven years later, leap days or not. The text is "7y",
// "30d" or "6y30d".
type Period struct{ Years, Days int }

// MaxPeriod bounds a Period: S3 takes no default retention beyond a hundred years.
const MaxPeriod = 100 // years

var errPeriod = errors.New(`not a time like "7y", "30d" or "6y30d"`)

// After returns when a period that begins at t ends.
func (p Period) After(t time.Time) time.Time { return t.AddDate(p.Years, 0, p.Days) }

// Covers says that p ends no earlier than q, whenever both begin.
func (p Period) Covers(q Period) bool {
	if p.Years >= q.Years && p.Days >= q.Days {
		return true
	}
	// n years have n/4 leap days, rounded up or down, and one less over 2100.
	return p.Years*365+p.Years/4-min(p.Years, 1)+p.Days >= q.Years*365+(q.Years+3)/4+q.Days
}

func (p Period) String() string {
	switch {
	case p.Days == 0 && p.Years > 0:
		return fmt.Sprintf("%dy", p.Years)
	case p.Years == 0:
		return fmt.Sprintf("%dd", p.Days)
	}
	return fmt.Sprintf("%dy%dd", p.Years, p.Days)
}

// MarshalText implements encoding.TextMarshaler.
func (p Period) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler. A period is at least a day
// and at most MaxPeriod.
func (p *Period) UnmarshalText(b []byte) error {
	var q Period
	for at, units := 0, "yd"; at < len(b); {
		end := at
		for end < len(b) && b[end]-'0' <= 9 {
			end++
		}
		n, err := strconv.Atoi(string(b[at:end]))
		if err != nil || end == len(b) || n > MaxPeriod*366 {
			return errPeriod
		}
		switch {
		case b[end] == 'y' && units == "yd":
			q.Years, units = n, "d"
		case b[end] == 'd' && units != "":
			q.Days, units = n, ""
		default:
			return errPeriod
		}
		at = end + 1
	}
	if q == (Period{}) || !(Period{Years: MaxPeriod}).Covers(q) {
		return errPeriod
	}
	*p = q
	return nil
}
