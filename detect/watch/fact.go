package watch

import (
	"strings"
	"time"

	"github.com/scrubline/scrubline/detect/alert"
)

// Fact is an alert about the log's own safety, of which no record tells: the
// engine, or another part of the program, saw it.
type Fact struct{ Rule, Title, Level string }

// The facts that alerts are raised about.
var (
	LogGap       = Fact{"scrubline-log-gap", "records of a log are missing or could not be read", "high"}
	DetectionGap = Fact{"scrubline-detection-gap", "rules did not run over a window as they should have", "high"}
	Silence      = Fact{"scrubline-silence", "a log that used to come has stopped", "high"}
	Expired      = Fact{"scrubline-suppression-expired", "a suppression has expired and its alerts come again", "low"}
	DeadRoute    = Fact{"scrubline-route-dead", "alerts cannot be delivered by a route", "high"}
)

// factVersion is the version of facts: it changes when what raises one does.
const factVersion = "1"

// Part returns a part of an alert about f. Labels tell such alerts apart; to the
// window belongs the time.
func (f Fact) Part(tenant string, labels []alert.Label, from, to time.Time) *alert.Part {
	var key strings.Builder
	for _, l := range labels {
		key.WriteString(l.Name + "\x00" + l.Value + "\x00")
	}
	return &alert.Part{
		ID:   alert.ID(tenant, f.Rule, factVersion, key.String(), from),
		Rule: f.Rule, Version: factVersion, Title: f.Title, Level: f.Level, Kind: alert.Safety, Group: labels, From: from, To: to,
	}
}
