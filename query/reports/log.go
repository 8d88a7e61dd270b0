package reports

import "time"

// Log records who made which report. A run that cannot be recorded is not made.
type Log interface {
	// Append makes a run durable before it returns.
	Append(Run) error
	// Runs lists the runs in the order of Append.
	Runs() ([]Run, error)
}

// Run is one report or pack that was asked for.
type Run struct {
	Time       time.Time `json:"time"`
	By         string    `json:"by"`
	Action     string    `json:"action"` // report, pack
	What       string    `json:"what"`   // ids, period and parameters; a patient is a token
	Reason     string    `json:"reason"`
	Outcome    string    `json:"outcome"`
	Checkpoint string    `json:"checkpoint"`
}
