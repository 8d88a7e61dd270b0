package query

import (
	"strconv"
	"strings"
	"time"
)

// span is what a time in a query names: an instant or a day, half open.
type span struct {
	start, end time.Time
	whole      bool // a day or longer: until: includes it
}

var (
	oldest = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	newest = time.Date(2299, 1, 1, 0, 0, 0, 0, time.UTC)
)

var clockLayouts = []struct {
	layout string
	unit   time.Duration
}{
	{"2006-01-02T15:04", time.Minute},
	{"2006-01-02T15:04:05", time.Second}, // also takes a fraction
	{"2006-01-02T15:04Z07:00", time.Minute},
	{time.RFC3339, time.Second},
}

// parseSpan reads a time: an age (90m, 24h, 7d, 2w), now, today, yesterday, a
// year, month or day of zone, a time of zone or with an offset, Unix seconds (10
// digits) or milliseconds (13 digits).
func parseSpan(s string, now time.Time, zone *time.Location) (span, bool) {
	now = now.In(zone)
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone)
	switch strings.ToLower(s) {
	case "now":
		return instant(now, time.Millisecond)
	case "today":
		return span{milli(midnight), milli(midnight.AddDate(0, 0, 1)), true}, true
	case "yesterday":
		return span{milli(midnight.AddDate(0, 0, -1)), milli(midnight), true}, true
	}
	if age, ok := parseAge(s); ok {
		return instant(now.Add(-age), time.Millisecond)
	}
	if n, err := strconv.ParseUint(s, 10, 63); err == nil {
		switch len(s) {
		case 10:
			return instant(time.Unix(int64(n), 0), time.Second)
		case 13:
			return instant(time.UnixMilli(int64(n)), time.Millisecond)
		case 4:
		default:
			return span{}, false
		}
	}
	for i, layout := range []string{"2006-01-02", "2006-01", "2006"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			end := [...]time.Time{t.AddDate(0, 0, 1), t.AddDate(0, 1, 0), t.AddDate(1, 0, 0)}[i]
			return checked(span{milli(t), milli(end), true})
		}
	}
	s = strings.Replace(s, " ", "T", 1)
	for _, l := range clockLayouts {
		if t, err := time.ParseInLocation(l.layout, s, zone); err == nil {
			unit := l.unit
			if strings.Contains(s, ".") {
				unit = time.Millisecond
			}
			return instant(t, unit)
		}
	}
	return span{}, false
}

func instant(t time.Time, unit time.Duration) (span, bool) {
	return checked(span{milli(t), milli(t.Add(unit)), false})
}

// checked refuses times that the tables cannot hold.
func checked(s span) (span, bool) {
	return s, !s.start.Before(oldest) && s.end.Before(newest)
}

var ageUnits = map[byte]time.Duration{
	's': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour,
}

// parseAge reads 24h, 7d, 1h30m.
func parseAge(s string) (time.Duration, bool) {
	var total time.Duration
	for rest := s; rest != ""; {
		i := 0
		for i < len(rest) && rest[i] >= '0' && rest[i] <= '9' {
			i++
		}
		if i == 0 || i > 6 || i == len(rest) {
			return 0, false
		}
		n, err := strconv.Atoi(rest[:i])
		unit, ok := ageUnits[rest[i]]
		if err != nil || !ok {
			return 0, false
		}
		if total += time.Duration(n) * unit; total > 100*366*24*time.Hour || total < 0 {
			return 0, false
		}
		rest = rest[i+1:]
	}
	return total, s != ""
}

// ParseRange reads the bounds of a time range the way since: and until: do; ""
// leaves a side open. The error's position is in the bound that is wrong.
func ParseRange(since, until string, now time.Time, zone *time.Location) (from, to time.Time, err error) {
	p := &parser{now: now, zone: zone, q: &Query{}}
	for _, b := range []struct{ field, text string }{{"since", since}, {"until", until}} {
		if b.text == "" {
			continue
		}
		p.text = b.text
		if err := p.bound(FieldByName(b.field), 0, []rawValue{{parts: []string{b.text}, end: len(b.text)}}); err != nil {
			return from, to, err
		}
	}
	from, to = p.q.Since, p.q.Until
	if !from.IsZero() && !to.IsZero() && !from.Before(to) {
		return from, to, errAt(until, 0, len(until), "the time range ends before it starts")
	}
	return from, to, nil
}

// Span reads what a time in a query names, a day or an instant: [from, to).
func Span(text string, now time.Time, zone *time.Location) (from, to time.Time, err error) {
	s, ok := parseSpan(text, now, zone)
	if !ok {
		return from, to, errAt(text, 0, len(text), "this is no time")
	}
	return s.start, s.end, nil
}
