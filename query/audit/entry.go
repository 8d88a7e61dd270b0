package audit

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/scrubline/scrubline/query/identity"
)

// Action says what was done. Actions are a fixed set.
type Action string

// Actions.
const (
	Query    Action = "query"
	Complete Action = "complete" // values were offered while somebody typed
	Export   Action = "export"
	Download Action = "download" // of an export or a pack that was made before
	Report   Action = "report"
	Pack     Action = "pack"
	Login    Action = "login"
	Logout   Action = "logout"
	Say      Action = "reason" // a reason was given
	Ack      Action = "acknowledge_alert"
	Close    Action = "close_alert"
	Hold     Action = "legal_hold"
	Revealed Action = "reveal" // of quarantined records
	Change   Action = "change" // of something else: cancelling an export, making a token
	Denied   Action = "denied" // somebody was kept from what they asked for

	Replay Action = "replay" // of quarantined records, decrypted and scrubbed again

	AskReveal     Action = "ask_reveal"
	ApproveReveal Action = "approve_reveal"
	EndReveal     Action = "end_reveal" // refuse, withdraw or end it
)

// Phase tells the entries of an answer that goes on for long.
type Phase string

// Phases.
const (
	Whole Phase = ""      // one entry, before the first byte of the answer leaves
	Begin Phase = "begin" // before the first byte; how many rows follow is not known yet
	End   Phase = "end"   // before the answer can look finished
)

// OK is the outcome of what was done; any other says why it was not.
const OK = "ok"

// Type tells entries from other records of Scrubline's own.
const Type = "audit"

// Entry is one line of the spool, and one event. It holds no raw identifier: Asked
// and Tokens have tokens in their place, and Reason is scrubbed by the spool.
type Entry struct {
	Type    string    `json:"scrubline"` // set by the spool
	ID      string    `json:"id"`        // of this entry; set by the spool
	Time    time.Time `json:"time"`      // set by the spool
	Action  Action    `json:"action"`
	Phase   Phase     `json:"phase,omitempty"`
	Method  string    `json:"method,omitempty"` // of HTTP
	Route   string    `json:"route"`            // /v1/alerts/:id, or command:query
	Subject string    `json:"subject"`          // who, see By; "" if nobody was recognised
	Name    string    `json:"name,omitempty"`
	People  string    `json:"people,omitempty"` // of what takes two: who asked and who approved, each a word, a blank between
	Role    string    `json:"role,omitempty"`
	Via     string    `json:"via,omitempty"`
	Reason  string    `json:"reason,omitempty"`
	InForce string    `json:"in_force,omitempty"` // what came into force: policy, rules or suppressions, its hash, and the one before
	Asked   string    `json:"asked,omitempty"`    // the question, as query.Query's Shape prints it
	Tokens  []string  `json:"tokens,omitempty"`   // that the question touched
	Rows    int       `json:"rows"`               // in the answer
	Bytes   int64     `json:"bytes,omitempty"`    // of the file that was made or taken away
	More    bool      `json:"more,omitempty"`     // there are more than that
	Took    int64     `json:"took_us"`            // until now, in microseconds
	Outcome string    `json:"outcome"`            // OK, or the kind of problem
	Status  int       `json:"status,omitempty"`   // of HTTP
	Address string    `json:"address,omitempty"`  // of whoever asked
	Request string    `json:"request,omitempty"`  // id of the request
	LeftOut int       `json:"left_out,omitempty"`
}

// Log takes entries.
type Log interface {
	// Append returns when the entry is durable, or why it is not.
	Append(Entry) error
}

// By fills in who asks in ctx. A subject is written as one word, so that it passes
// the scrubber as it is: a blank as +, other characters than those of ARNs as =XX.
func (e Entry) By(ctx context.Context) Entry {
	if p, ok := identity.From(ctx); ok {
		e.Subject, e.Name, e.Role, e.Via, e.Reason = Recorded(p.Subject), p.Name, string(p.Role), string(p.Via), p.Reason
	}
	return e
}

// With fills in the people of what takes two, as the identity provider knows them.
func (e Entry) With(people ...string) Entry {
	words := make([]string, len(people))
	for i, p := range people {
		words[i] = Recorded(p)
	}
	e.People = strings.Join(words, " ")
	return e
}

// Recorded is a subject as it stands in an event: see By.
func Recorded(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case c == ' ':
			b.WriteByte('+')
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', strings.IndexByte("-_:/.*$@", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	return b.String()
}

var token = regexp.MustCompile(`\bt1\.[a-z_]+\.[0-9]+\.[0-9A-Za-z]{26}\b`)

// Tokens lists those that a text has, each once, in order.
func Tokens(text string) []string {
	found := token.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}
