package alert

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"
)

// Kinds of alerts.
const (
	Record      = "record"      // a rule over records matched
	Correlation = "correlation" // a correlation came true
	Safety      = "safety"      // the log itself is in danger: see package watch
)

// Part is what one batch adds to an alert, or a correlation's whole alert. The
// alert is the parts with its id together.
type Part struct {
	ID         string
	Batch      string // key of the batch; "" for a correlation
	Rule       string // key of the rule
	Version    string
	Title      string
	Level      string // of Sigma; "" counts as low
	Kind       string
	Source     string
	Group      []Label
	From, To   time.Time // the window, To excluded
	First      time.Time // of the matches
	Last       time.Time
	Matches    uint64
	Evidence   []Ref // some of the matching rows, MaxEvidence at most
	Summary    string
	Suppressed string // id of the suppression that keeps it quiet, or ""
	Drill      string // the drill that made its events, or ""
}

// Label is one of the values that tell a group apart.
type Label struct{ Name, Value string }

// Ref names a row.
type Ref struct {
	Batch  string `json:"batch"`
	Record uint64 `json:"record_no"`
}

// MaxEvidence is how many rows of a part are kept as evidence.
const MaxEvidence = 10

// DefaultWindow is how long matches of one group are one alert, if the rule does
// not say.
const DefaultWindow = time.Hour

// Window returns the window of length d that t lies in. Windows begin at multiples
// of d since 1970, so that everybody cuts time alike.
func Window(t int64, d time.Duration) (from, to time.Time) {
	ms := d.Milliseconds()
	start := t - t%ms
	if t%ms < 0 {
		start -= ms
	}
	return time.UnixMilli(start).UTC(), time.UnixMilli(start + ms).UTC()
}

// ID names the alert of a rule's version for a group and a window. group is the
// group's key, values and their absence included.
func ID(tenant, rule, version, group string, from time.Time) string {
	h := sha256.New()
	for _, s := range []string{"scrubline alert 1", tenant, rule, version, group} {
		_, _ = h.Write(binary.AppendUvarint(nil, uint64(len(s))))
		_, _ = h.Write([]byte(s))
	}
	_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(from.UnixMilli())))
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Levels of Sigma, least first.
var Levels = []string{"informational", "low", "medium", "high", "critical"}

// Rank orders levels: 0 informational to 4 critical. An unknown one counts as low.
func Rank(level string) int {
	for i, l := range Levels {
		if l == level {
			return i
		}
	}
	return 1
}

// Add counts another match at time t (Unix milliseconds) into p.
func (p *Part) Add(t int64, ref Ref) {
	at := time.UnixMilli(t).UTC()
	if p.Matches == 0 || at.Before(p.First) {
		p.First = at
	}
	if p.Matches == 0 || at.After(p.Last) {
		p.Last = at
	}
	p.Matches++
	if len(p.Evidence) < MaxEvidence {
		p.Evidence = append(p.Evidence, ref)
	}
}
