package route

import (
	"context"
	"fmt"

	"github.com/scrubline/scrubline/detect/book"
)

// Route sends notices. Send is called by one goroutine at a time, with a context
// that ends in reasonable time. nil means that the other side took the notice for
// good; an *Error says why not.
type Route interface {
	Send(ctx context.Context, n *Notice) error
}

// Resolver is a route whose other side keeps incidents. Resolve says that the alert
// with a notice's id was closed; it may be called beside Send, and again.
type Resolver interface {
	Resolve(ctx context.Context, id string) error
}

// Notice is what is sent.
type Notice struct {
	// ID is the same whenever the notice is sent: the alert's, or of a summary one
	// that its alerts make.
	ID    string
	Alert book.AlertJSON
	// Link opens the search for the alert's events; "" if nobody knows the page's
	// address.
	Link string
	// More, of a summary, are the alerts that it stands for, by the titles of their
	// rules. Alert is then the gravest of them.
	More map[string]int
}

// Title says in a line what happened.
func (n *Notice) Title() string {
	if len(n.More) > 0 {
		total := 0
		for _, k := range n.More {
			total += k
		}
		return fmt.Sprintf("%d more alerts, the gravest: %s", total, n.Alert.Title)
	}
	if n.Alert.Drill != "" {
		return "[DRILL] " + n.Alert.Title
	}
	return n.Alert.Title
}

// Error is why a notice did not arrive.
type Error struct {
	Code string // a word or two: "timeout", "http 503"
	// Permanent says that the same notice will not arrive by being sent again.
	Permanent bool
}

func (e *Error) Error() string { return "sending an alert: " + e.Code }
