package scrub

import (
	"strings"
	"testing"
	"time"
)

// TestOwnTrace tells the trace ids of AWS's tracing from an application's own.
func TestOwnTrace(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixMilli()
	for id, own := range map[string]bool{
		"Root=1-36adda61-31ff4b7932756694ec39b69a":                false,
		"Root=1-36adda61-31ff4b7932756694ec39b69a;Sampled=1":      false,
		"1-36adda61-31ff4b7932756694ec39b69a":                     false,
		"2-36adda61-31ff4b7932756694ec39b69a":                     true,
		"69a42ac031ff4b7932756694ec39b69a":                        false, // that day
		"699cf10031ff4b7932756694ec39b69a":                        false, // days before, out of a queue
		"36adda6131ff4b7932756694ec39b69a":                        true,  // 1999
		"e6adda6131ff4b7932756694ec39b69a":                        true,
		"00-69a42ac031ff4b7932756694ec39b69a-53995c3f42cd8ad8-01": false,
		"00-36adda6131ff4b7932756694ec39b69a-53995c3f42cd8ad8-01": true,
		"53995c3f42cd8ad8":                                        true,
		"7421908873311029744":                                     true,
		"req_8fKq2":                                               true,
	} {
		if got := ownTrace([]byte(id), at); got != own {
			t.Errorf("%s: own: %v", id, got)
		}
	}
	if ownTrace([]byte("36adda6131ff4b7932756694ec39b69a"), 0) {
		t.Error("an id is an application's own although nobody knows when its record was written")
	}
}

// TestTraceOnOneSide: of two records with the same trace id, one that names somebody
// and one that shows an address, at most one has it in clear, whoever made the id
// and without a window.
func TestTraceOnOneSide(t *testing.T) {
	const (
		aws = "69a42ac031ff4b7932756694ec39b69a"
		own = "36adda6131ff4b7932756694ec39b69a"
	)
	app := newRig(t, "app", newEngine(t, newKeys(t), "clinic"))
	waf := newRig(t, "waf", newEngine(t, newKeys(t), "clinic"))
	has := func(r *rig, line, id string) bool {
		t.Helper()
		out, _, code := r.filter([]byte(line))
		if code != "" {
			t.Fatal(code)
		}
		return strings.Contains(string(out), id)
	}
	for _, id := range [...]string{aws, own} {
		names := has(app, `{"time":"2026-03-01T12:00:00Z","msg":"chart opened","patient":"Ann Lee","trace_id":"`+id+`"}`, id)
		shows := has(app, `{"time":"2026-03-01T12:00:00Z","msg":"GET / 200","client_ip":"203.0.113.9","trace_id":"`+id+`"}`, id)
		header := has(waf, `{"timestamp":1772366400000,"httpRequest":{"clientIp":"203.0.113.9","headers":[{"name":"traceparent","value":"00-`+id+`-53995c3f42cd8ad8-01"}],"uri":"/","httpMethod":"GET"}}`, id)
		if names == shows || names == header || names != (id == own) {
			t.Errorf("%s: beside a name %v, beside an address %v, in a header %v", id, names, shows, header)
		}
		for _, line := range [...]string{
			`{"time":"2026-03-01T12:00:00Z","msg":"queue drained","trace_id":"` + id + `"}`,
			`{"time":"2026-03-01T12:00:00Z","msg":"GET / 200","client_ip":"10.0.3.9","trace_id":"` + id + `"}`,
		} {
			if !has(app, line, id) {
				t.Errorf("the id of a record that leads to nobody was replaced: %s", line)
			}
		}
	}
}
