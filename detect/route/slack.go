package route

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Slack posts to an incoming webhook of Slack.
type Slack struct {
	Client *Client
	URL    string
}

// slackText escapes what Slack reads as markup.
var slackText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// Send implements Route.
func (s *Slack) Send(ctx context.Context, n *Notice) error {
	text := fmt.Sprintf("*%s* (%s)\n%s", slackText.Replace(n.Title()), n.Alert.Level, slackText.Replace(n.Lines()))
	if n.Link != "" {
		text += "\n<" + n.Link + "|Search for its events>"
	}
	body, err := json.Marshal(map[string]any{
		"text":   slackText.Replace(n.Title()),
		"blocks": []any{map[string]any{"type": "section", "text": map[string]string{"type": "mrkdwn", "text": text}}},
	})
	if err != nil {
		return &Error{"encoding", true}
	}
	return s.Client.Post(ctx, http.MethodPost, s.URL, http.Header{"Content-Type": {"application/json"}}, body)
}

// Lines says for people what the alert is about.
func (n *Notice) Lines() string {
	a := &n.Alert
	lines := []string{a.Summary, fmt.Sprintf("%d matches from %s to %s", a.Matches, a.First.Format(time.RFC3339), a.Last.Format(time.RFC3339))}
	var names []string
	for name := range n.More {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		lines = append(lines, fmt.Sprintf("%d × %s", n.More[name], name))
	}
	return strings.Join(append(lines, "alert "+a.ID), "\n")
}
