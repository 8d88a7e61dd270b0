package api_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/scrubline/scrubline/query/querytest"
	"github.com/scrubline/scrubline/schemas"
)

func TestTailGivesWhatComesIn(t *testing.T) {
	s := serve(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/v1/tail?q=action:fresh", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatal(resp.Status, resp.Header)
	}
	row := func(action, actor string) querytest.Row {
		return querytest.Row{Time: now, Source: "app", Text: map[schemas.Column]string{schemas.Action: action, schemas.ActorName: actor}}
	}
	lines := bufio.NewScanner(resp.Body)
	inserted := false
	var got []string
	for len(got) < 2 && lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, ": nothing") && !inserted {
			inserted = true
			querytest.Insert(t, s.store, schemas.Events, "fresh", []querytest.Row{row("fresh", "one"), row("other", "no"), row("fresh", "two")})
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			for _, name := range []string{"one", "two", "no"} {
				if strings.Contains(data, `"actor_name":"`+name+`"`) {
					got = append(got, name)
				}
			}
		}
	}
	if strings.Join(got, " ") != "one two" {
		t.Errorf("%q, want one and two; %v", got, lines.Err())
	}
}
