package book

import (
	"fmt"
	"strings"
	"time"

	"github.com/scrubline/scrubline/detect/alert"
)

// AlertJSON is an alert as commands, the API and webhooks give it. It holds ids,
// counts, tokens and other scrubbed texts only.
type AlertJSON struct {
	ID          string            `json:"id"`
	Rule        string            `json:"rule_id"`
	Version     string            `json:"rule_version"`
	Title       string            `json:"title"`
	Level       string            `json:"level"`
	Kind        string            `json:"kind"`
	Source      string            `json:"source"`
	Group       map[string]string `json:"group"`
	From        time.Time         `json:"window_from"`
	To          time.Time         `json:"window_to"`
	First       time.Time         `json:"first"`
	Last        time.Time         `json:"last"`
	Matches     uint64            `json:"matches"`
	Summary     string            `json:"summary"`
	Evidence    []alert.Ref       `json:"evidence"`
	Searches    []string          `json:"searches"`
	Suppression string            `json:"suppression"`
	Drill       string            `json:"drill"`
	Found       time.Time         `json:"found"`
	State       string            `json:"state"`
	Who         string            `json:"who"`
	Note        string            `json:"note"`
}

// JSON returns a as it is given to others.
func (a *Alert) JSON() AlertJSON {
	out := AlertJSON{
		ID: a.ID, Rule: a.Rule, Version: a.Version, Title: a.Title, Level: a.Level, Kind: a.Kind, Source: a.Source, Group: map[string]string{},
		From: a.From, To: a.To, First: a.First, Last: a.Last, Matches: a.Matches, Summary: a.Summary, Evidence: a.Evidence,
		Searches: a.Searches(), Suppression: a.Suppressed, Drill: a.Drill, Found: a.Found, State: a.State, Who: a.Who, Note: a.Note,
	}
	for _, l := range a.Group {
		out.Group[l.Name] = l.Value
	}
	if out.Evidence == nil {
		out.Evidence = []alert.Ref{}
	}
	return out
}

// searchable are the names of groups that a search knows, and how.
var searchable = map[string]string{
	"actor_id": "actor", "actor_name": "actor", "userIdentity.arn": "actor", "src_addr": "ip", "src_ip": "ip", "sourceIPAddress": "ip",
	"c-ip": "ip", "cloud_account": "account", "recipientAccountId": "account", "patient_token": "patient", "eventName": "action",
}

// Searches lists queries that show what the alert is about: its group's events
// around the time.
func (a *Alert) Searches() []string {
	if a.First.IsZero() {
		return []string{}
	}
	var terms []string
	for _, l := range a.Group {
		if field, ok := searchable[l.Name]; ok && l.Value != "" && !strings.HasSuffix(l.Value, "…") {
			terms = append(terms, fmt.Sprintf("%s:%q", field, l.Value))
		}
	}
	if a.Source != "" {
		terms = append(terms, "source:"+a.Source)
	}
	from, to := a.First.Add(-time.Minute), a.Last.Add(time.Minute)
	terms = append(terms, "since:"+from.Format(time.RFC3339), "until:"+to.Format(time.RFC3339))
	return []string{strings.Join(terms, " ")}
}
