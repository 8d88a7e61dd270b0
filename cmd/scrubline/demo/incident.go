package demo

import "time"

// Clerk is somebody of the billing office who, in the night of the week's fifth day,
// opens one chart after the other and then takes a list home. It is what the rules
// about patients are there for.
const Clerk = "cwhitlock"

const (
	incidentDay    = 4
	incidentCharts = 110
)

// incident tells line, by the minute, what the clerk did. It draws no random number,
// so that the rest of the week is what it would be without it.
func incident(h *hospital, line func(t time.Time, action string, p *patient, msg string)) {
	at := Start.AddDate(0, 0, incidentDay).Add(time.Hour + 4*time.Minute)
	for k := range incidentCharts {
		line(at, "read", &h.patients[(k*7+11)%len(h.patients)], "chart opened")
		at = at.Add(time.Duration(19+k*13%17) * time.Second)
	}
	line(at.Add(90*time.Second), "report.export", &h.patients[11], "list of patients exported to CSV")
}
