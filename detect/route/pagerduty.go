package route

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/scrubline/scrubline/detect/alert"
)

// PagerDutyURL is where PagerDuty's Events API v2 takes events.
const PagerDutyURL = "https://events.pagerduty.com/v2/enqueue"

// PagerDuty opens incidents by the Events API v2. The notice's id is the dedup_key:
// a repeat changes the incident that is there.
type PagerDuty struct {
	Client *Client
	URL    string // PagerDutyURL, or of your region
	Key    string // of the integration
}

// Send implements Route.
func (p *PagerDuty) Send(ctx context.Context, n *Notice) error {
	a := &n.Alert
	event := map[string]any{
		"routing_key": p.Key, "event_action": "trigger", "dedup_key": n.ID, "client": "Scrubline",
		"payload": map[string]any{
			"summary": cut(n.Title()+": "+a.Summary, 1024), "source": "scrubline", "timestamp": a.First.Format(time.RFC3339),
			"severity":  [...]string{"info", "info", "warning", "error", "critical"}[alert.Rank(a.Level)],
			"component": a.Source, "class": a.Rule, "custom_details": map[string]any{"alert": a, "more": n.More},
		},
	}
	if n.Link != "" {
		event["client_url"] = n.Link
		event["links"] = []any{map[string]string{"href": n.Link, "text": "Search for its events"}}
	}
	return p.post(ctx, event)
}

// Resolve implements Resolver.
func (p *PagerDuty) Resolve(ctx context.Context, id string) error {
	return p.post(ctx, map[string]any{"routing_key": p.Key, "event_action": "resolve", "dedup_key": id})
}

func (p *PagerDuty) post(ctx context.Context, event map[string]any) error {
	body, err := json.Marshal(event)
	if err != nil {
		return &Error{"encoding", true}
	}
	return p.Client.Post(ctx, http.MethodPost, p.URL, http.Header{"Content-Type": {"application/json"}}, body)
}

// cut shortens a text to n bytes, at a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n]
}
