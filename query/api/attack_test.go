package api_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scrubline/scrubline/detect/alert"
	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/audit"
	"github.com/scrubline/scrubline/query/identity"
	"github.com/scrubline/scrubline/query/querytest"
)

// attack is a request that must be refused, or get an answer without what it is after.
type attack struct {
	as      string // whose credentials; "": none
	method  string // "": GET
	path    string
	params  []string // name, value, …
	headers []string
	body    string
	code    int
	never   string // what the answer must not have
}

// send makes an attack's request.
func (s *server) send(t *testing.T, a attack, who map[string][2]string) (*http.Response, string) {
	t.Helper()
	target := s.URL + a.path
	if len(a.params) > 0 {
		target += "?" + values(a.params...).Encode()
	}
	req, err := http.NewRequestWithContext(t.Context(), a.method, target, strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	if a.as != "" {
		req.Header.Set(who[a.as][0], who[a.as][1])
	}
	for i := 0; i < len(a.headers); i += 2 {
		if a.headers[i] == "Host" {
			req.Host = a.headers[i+1]
		} else {
			req.Header.Add(a.headers[i], a.headers[i+1])
		}
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// browse logs a browser in with a token and returns its cookie.
func (s *server) browse(t *testing.T, bearer string, planted ...string) string {
	t.Helper()
	a := attack{method: http.MethodPost, path: "/login", body: url.Values{"token": {strings.TrimPrefix(bearer, "Bearer ")}}.Encode(),
		headers: append([]string{"Content-Type", "application/x-www-form-urlencoded"}, planted...)}
	resp, body := s.send(t, a, nil)
	if resp.StatusCode != http.StatusSeeOther || len(resp.Cookies()) != 1 {
		t.Fatalf("logging in: %d %s", resp.StatusCode, body)
	}
	return resp.Cookies()[0].Name + "=" + resp.Cookies()[0].Value
}

// victims are who attacks go out from, and the things of others that they go for.
func (s *server) victims(t *testing.T) (who map[string][2]string, things map[string]string) {
	t.Helper()
	header := func(name, value string) [2]string { return [2]string{name, value} }
	who = map[string][2]string{
		"local": {"Authorization", "Bearer " + token}, "analyst": header(s.as(t, identity.Analyst, nil)), "auditor": header(s.as(t, identity.Auditor, nil)), "engineer": header(s.as(t, identity.Engineer, nil)),
		"stranger": header(s.as(t, identity.Admin, func(k *identity.Token) { k.Scope.Tenant = "other" })),
		"reader":   header(s.as(t, identity.Analyst, func(k *identity.Token) { k.Scope.ReadOnly = true })),
		"narrow":   header(s.as(t, identity.Analyst, func(k *identity.Token) { k.Scope.Sources = []string{"app"} })),
		"blind":    header(s.as(t, identity.Analyst, func(k *identity.Token) { k.Scope.HiddenFields = []string{"patient"} })),
	}
	revoked, shown, err := s.tokens.Create(identity.Token{Name: "gone", Role: identity.Analyst, Scope: identity.Scope{Tenant: querytest.Tenant}, Expires: now.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	who["revoked"] = [2]string{"Authorization", "Bearer " + shown}
	past := identity.OpenTokens(s.dir, func() time.Time { return now.Add(-2 * time.Hour) })
	_, shown, err = past.Create(identity.Token{Name: "old", Role: identity.Admin, Scope: identity.Scope{Tenant: querytest.Tenant}, Expires: now})
	if err != nil {
		t.Fatal(err)
	}
	who["expired"] = [2]string{"Authorization", "Bearer " + shown}
	who["browser"] = [2]string{"Cookie", s.browse(t, who["analyst"][1])}
	who["leftover"] = [2]string{"Cookie", s.browse(t, who["revoked"][1])}
	who["loggedout"] = [2]string{"Cookie", s.browse(t, who["analyst"][1])}
	s.send(t, attack{as: "loggedout", method: http.MethodPost, path: "/logout", headers: []string{"Sec-Fetch-Site", "same-origin"}}, who)
	if err := s.tokens.Revoke(revoked.ID); err != nil {
		t.Fatal(err)
	}
	things = map[string]string{}
	for name, path := range map[string]string{"export": "/v1/exports", "pack": "/v1/packs"} {
		params := []string{"format", "csv", "q", "patient:MRN-103"}
		if name == "pack" {
			params = []string{"since", "2026-11-01", "until", "2026-11-02"}
		}
		resp, body := s.send(t, attack{as: "local", method: http.MethodPost, path: path, params: params}, who)
		var made struct{ ID string }
		if err := json.Unmarshal([]byte(body), &made); err != nil || resp.StatusCode != http.StatusAccepted {
			t.Fatalf("%s: %d %s", path, resp.StatusCode, body)
		}
		things[name] = made.ID
	}
	s.waitFor(t, things["export"])
	things["alert"] = "feedbeef"
	if err := s.book.Alerts(t.Context(), []*alert.Part{{ID: things["alert"], Rule: "r", Version: "1", Title: "trail stopped", Level: "high", Kind: alert.Record, Source: "aws_cloudtrail",
		First: now.Add(-time.Hour), Last: now, Matches: 1}}); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"events", "flows"} {
		if err := s.store.Conn().Exec(t.Context(), "INSERT INTO "+table+" SELECT * REPLACE ('other' AS tenant_id, concat('other/', batch) AS batch, 'stranger' AS native, 'stranger' AS action) FROM "+table); err != nil {
			t.Fatal(err)
		}
	}
	return who, things
}

// attacks lists them by what they try; things are those of others.
func attacks(things map[string]string) map[string]attack {
	export, pack, stopped := "/v1/exports/"+things["export"], "/v1/packs/"+things["pack"], "/v1/alerts/"+things["alert"]
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	q := func(text string) []string { return []string{"q", text} }
	return map[string]attack{
		"another tenant's token asks":           {as: "stranger", path: "/v1/events", code: 403},
		"another tenant's token lists exports":  {as: "stranger", path: "/v1/exports", code: 403, never: things["export"]},
		"another tenant's token takes a file":   {as: "stranger", path: export + "/file", code: 403},
		"another tenant's token lists alerts":   {as: "stranger", path: "/v1/alerts", code: 403, never: "trail stopped"},
		"another tenant by SQL":                 {as: "analyst", path: "/v1/sql", params: []string{"sql", "SELECT * FROM events WHERE tenant_id = 'other'"}, code: 200, never: "stranger"},
		"another tenant by SQL, in a subquery":  {as: "analyst", path: "/v1/sql", params: []string{"sql", "SELECT action FROM (SELECT * FROM events UNION ALL SELECT * FROM events) WHERE 1 OR tenant_id = 'other' LIMIT 1000"}, code: 200, never: "stranger"},
		"another tenant by a question":          {as: "analyst", path: "/v1/events", params: q("tenant_id:other"), code: 200, never: "stranger"},
		"another tenant by OR":                  {as: "analyst", path: "/v1/events", params: q("tenant_id:* OR action:*"), code: 200, never: "stranger"},
		"somebody else's export":                {as: "analyst", path: export, code: 404, never: "MRN"},
		"somebody else's file":                  {as: "analyst", path: export + "/file", code: 404},
		"somebody else's export, cancelled":     {as: "analyst", method: "DELETE", path: export, code: 404},
		"somebody else's exports in the list":   {as: "analyst", path: "/v1/exports", code: 200, never: things["export"]},
		"somebody else's pack":                  {as: "auditor", path: pack, code: 404},
		"somebody else's pack, its file":        {as: "auditor", path: pack + "/file", code: 404},
		"somebody else's packs in the list":     {as: "auditor", path: "/v1/packs", code: 200, never: things["pack"]},
		"an export outside the folder":          {as: "analyst", path: "/v1/exports/..%2f..%2fetc%2fpasswd/file", code: 404},
		"a pack outside the folder":             {as: "auditor", path: "/v1/packs/..%2f..%2f..%2fkeys%2fapi.token/file", code: 404},
		"an alert of another source":            {as: "narrow", path: stopped, code: 404, never: "trail"},
		"an alert of another source, closed":    {as: "narrow", method: "POST", path: stopped + "/close", body: `{"note":"never mind"}`, code: 404},
		"alerts of other sources in the list":   {as: "narrow", path: "/v1/alerts", code: 200, never: "trail stopped"},
		"alerts with hidden fields":             {as: "blind", path: stopped, code: 403, never: "trail"},
		"an alert found by part of its id":      {as: "narrow", path: "/v1/alerts/f", code: 404, never: "trail"},
		"a hidden field asked about":            {as: "blind", path: "/v1/events", params: q("patient:MRN-103"), code: 403},
		"its other name":                        {as: "blind", path: "/v1/events", params: q("mrn:MRN-103"), code: 403},
		"its column":                            {as: "blind", path: "/v1/events", params: q("patient_token:*"), code: 403},
		"not it":                                {as: "blind", path: "/v1/events", params: q("NOT patient:MRN-103"), code: 403},
		"it among others":                       {as: "blind", path: "/v1/events", params: q("action:read OR patient:MRN-103"), code: 403},
		"the text of records":                   {as: "blind", path: "/v1/events", params: q(querytest.Token("patient", "MRN-103")), code: 403},
		"a resource that names it":              {as: "blind", path: "/v1/events", params: q("resource:Observation/*"), code: 403},
		"its column in an answer":               {as: "blind", path: "/v1/events", params: []string{"q", "source:app", "format", "ndjson"}, code: 200, never: "t1.patient"},
		"its column in CSV":                     {as: "blind", path: "/v1/events", params: []string{"q", "source:app", "format", "csv"}, code: 200, never: "patient"},
		"its values counted":                    {as: "blind", path: "/v1/facets", params: []string{"fields", "patient"}, code: 403},
		"its values completed":                  {as: "blind", path: "/v1/complete", params: q("patient:t1"), code: 403},
		"rows with it counted by time":          {as: "blind", path: "/v1/histogram", params: q("patient:MRN-103"), code: 403},
		"rows with it summed up":                {as: "blind", path: "/v1/summary", params: q("patient:MRN-103"), code: 403},
		"its SQL":                               {as: "blind", path: "/v1/explain", params: q("patient:MRN-103"), code: 403},
		"its tail":                              {as: "blind", path: "/v1/tail", params: q("patient:MRN-103"), code: 403},
		"its timeline":                          {as: "blind", path: "/v1/timeline", params: []string{"patient", "MRN-103"}, code: 403},
		"accesses to it":                        {as: "blind", path: "/v1/access", params: []string{"patient", "MRN-103"}, code: 403},
		"accesses by it":                        {as: "blind", path: "/v1/access", params: []string{"actor", "dr.patel", "by", "patient"}, code: 403},
		"FHIR by it":                            {as: "blind", path: "/fhir/AuditEvent", params: []string{"patient", "MRN-103"}, code: 403},
		"FHIR of others shows it":               {as: "blind", path: "/fhir/AuditEvent", params: []string{"agent", "dr.patel"}, code: 200, never: "t1.patient"},
		"an export of it":                       {as: "blind", method: "POST", path: "/v1/exports", params: []string{"format", "csv", "q", "patient:MRN-103"}, code: 403},
		"an export of its column":               {as: "blind", method: "POST", path: "/v1/exports", params: []string{"format", "csv", "columns", "patient_token"}, code: 400},
		"an export of the text":                 {as: "blind", method: "POST", path: "/v1/exports", params: []string{"format", "csv", "columns", "native"}, code: 400},
		"its column by SQL":                     {as: "blind", path: "/v1/sql", params: []string{"sql", "SELECT patient_token FROM events"}, code: 400},
		"all columns by SQL":                    {as: "blind", path: "/v1/sql", params: []string{"sql", "SELECT * FROM events"}, code: 400},
		"its subject by SQL":                    {as: "blind", path: "/v1/sql", params: []string{"sql", "SELECT subject FROM access_by_subject"}, code: 400},
		"its column behind a name with a space": {as: "blind", path: "/v1/sql", params: []string{"sql", "SELECT `a b`.patient_token FROM events AS `a b`"}, code: 400},
		"another source":                        {as: "narrow", path: "/v1/events", params: q("source:aws_cloudtrail"), code: 200, never: `"batch"`},
		"another source by OR":                  {as: "narrow", path: "/v1/events", params: q("source:* OR table:flows"), code: 200, never: `"aws_`},
		"another source's file":                 {as: "narrow", path: "/v1/events", params: []string{"q", "source:*", "format", "csv"}, code: 200, never: "aws_"},
		"another source's objects":              {as: "narrow", path: "/v1/archive/objects", params: []string{"source", "aws_cloudtrail"}, code: 200, never: `"key"`},
		"another source's coverage":             {as: "narrow", path: "/v1/archive/coverage", code: 200, never: "aws_"},
		"another source's days":                 {as: "narrow", path: "/v1/sources", code: 200, never: "aws_"},
		"another source's facet":                {as: "narrow", path: "/v1/facets", params: []string{"q", "table:*", "fields", "source"}, code: 200, never: "aws_"},
		"another source by SQL":                 {as: "narrow", path: "/v1/sql", params: []string{"sql", "SELECT DISTINCT source FROM events UNION ALL SELECT DISTINCT source FROM flows"}, code: 200, never: "aws_"},
		"another source by FHIR":                {as: "narrow", path: "/fhir/AuditEvent", params: []string{"agent", "alice.chen"}, code: 200, never: `"entry"`},
		"another source's accesses":             {as: "narrow", path: "/v1/access", params: []string{"resource", "phi-bucket/*"}, code: 200, never: "alice"},
		"an auditor writes SQL":                 {as: "auditor", path: "/v1/sql", params: []string{"sql", "SELECT 1"}, code: 403},
		"an auditor closes an alert":            {as: "auditor", method: "POST", path: stopped + "/close", body: `{"note":"seen"}`, code: 403},
		"an engineer exports":                   {as: "engineer", method: "POST", path: "/v1/exports", params: []string{"format", "csv"}, code: 403},
		"a reader closes an alert":              {as: "reader", method: "POST", path: stopped + "/close", body: `{"note":"seen"}`, code: 403},
		"a part makes a pack of the whole":      {as: "narrow", method: "POST", path: "/v1/packs", params: []string{"since", "1d", "until", "now"}, code: 403},
		"a part reads a report of the whole":    {as: "blind", path: "/v1/reports/R13", params: []string{"since", "1d", "until", "now"}, code: 403},
		"a part reads metrics of the whole":     {as: "narrow", path: "/metrics", code: 403},
		"a revoked token":                       {as: "revoked", path: "/v1/events", code: 401},
		"an expired token":                      {as: "expired", path: "/v1/events", code: 401},
		"a browser that came with it":           {as: "leftover", path: "/v1/events", code: 401},
		"a cookie after logging out":            {as: "loggedout", path: "/v1/events", code: 401},
		"a token in the address":                {path: "/v1/events", params: []string{"access_token", token}, code: 401},
		"a token as a login link":               {path: "/", params: []string{"token", token}, code: 401},
		"a token as a password":                 {path: "/v1/events", headers: []string{"Authorization", "Basic " + token}, code: 401},
		"two tokens":                            {as: "analyst", path: "/v1/events", headers: []string{"Authorization", "Bearer x"}, code: 401},
		"no token":                              {path: "/v1/events", headers: []string{"Authorization", "Bearer "}, code: 401},
		"a hash of a token":                     {path: "/v1/events", headers: []string{"Authorization", "Bearer " + fmt.Sprintf("%x", identity.HashOf(token))}, code: 401},
		"the local token through a proxy":       {as: "local", path: "/v1/events", headers: []string{"X-Forwarded-For", "192.0.2.7"}, code: 401},
		"a name in a header":                    {path: "/v1/events", headers: []string{"X-Forwarded-User", "admin", "X-Remote-User", "admin"}, code: 401},
		"two cookies, one planted":              {as: "browser", path: "/v1/events", headers: []string{"Cookie", "scrubline_session=planted"}, code: 401},
		"a cookie from another page":            {as: "browser", path: "/v1/events", headers: []string{"Sec-Fetch-Site", "cross-site"}, code: 401},
		"a cookie from another port":            {as: "browser", path: "/v1/events", headers: []string{"Sec-Fetch-Site", "same-site"}, code: 401},
		"a file linked from another page":       {as: "browser", path: export + "/file", headers: []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, code: 401},
		"a form of another page":                {as: "browser", method: "POST", path: "/v1/exports", params: []string{"format", "csv"}, headers: append(form, "Origin", "https://evil.example.org"), code: 403},
		"a form of a page without an origin":    {as: "browser", method: "POST", path: "/v1/exports", params: []string{"format", "csv"}, headers: append(form, "Origin", "null"), code: 403},
		"a script of another page":              {as: "browser", method: "POST", path: stopped + "/ack", headers: []string{"Sec-Fetch-Site", "cross-site", "Content-Type", "text/plain"}, body: `{"note":"x"}`, code: 403},
		"logging out from another page":         {as: "browser", method: "POST", path: "/logout", headers: []string{"Sec-Fetch-Site", "cross-site"}, code: 403},
		"logging in from another page":          {method: "POST", path: "/login", headers: append(form, "Sec-Fetch-Site", "cross-site"), body: "token=" + token, code: 403},
		"another host":                          {as: "local", path: "/v1/events", headers: []string{"Host", "rebound.example.org"}, code: 421},
		"another host, forwarded":               {as: "analyst", path: "/fhir/AuditEvent", params: []string{"agent", "dr.patel", "_count", "1"}, headers: []string{"X-Forwarded-Host", "evil.example.org", "Forwarded", "host=evil.example.org"}, code: 200, never: "evil"},
		"a line in a header":                    {as: "analyst", path: "/v1/events", params: []string{"q", "app\r\nSet-Cookie: a=b", "format", "ndjson", "limit", "1"}, code: 200, never: "a=b"},
		"a line in an id":                       {as: "analyst", path: "/v1/exports/x%0d%0aSet-Cookie:%20a=b/file", code: 404},
		"markup on the sign-in page":            {path: "/", params: q(`"><script>alert(1)</script>`), code: 401, never: "<script>alert"},
		"SQL in a question":                     {as: "analyst", path: "/v1/events", params: q(`actor:"x') OR 1=1; DROP TABLE events; --"`), code: 200, never: `"batch"`},
		"SQL in a wildcard":                     {as: "analyst", path: "/v1/events", params: q(`actor:*'\)*`), code: 200, never: `"batch"`},
		"SQL in a time zone":                    {as: "analyst", path: "/v1/timeline", params: []string{"actor", "alice.chen", "tz", "UTC')) FROM system.users --"}, code: 400},
		"SQL in a step":                         {as: "analyst", path: "/v1/timeline", params: []string{"actor", "alice.chen", "step", "day) FROM system.users --"}, code: 400},
		"SQL in a facet":                        {as: "analyst", path: "/v1/facets", params: []string{"fields", "source), (SELECT 1"}, code: 400},
		"SQL in columns":                        {as: "analyst", method: "POST", path: "/v1/exports", params: []string{"format", "csv", "columns", "source, (SELECT 1)"}, code: 400},
		"SQL in a source":                       {as: "analyst", path: "/v1/archive/objects", params: []string{"source", "x' OR '1'='1"}, code: 200, never: `"key"`},
		"SQL in a limit":                        {as: "analyst", path: "/v1/events", params: []string{"limit", "1; DROP TABLE events"}, code: 400},
		"SQL in a cursor":                       {as: "analyst", path: "/v1/events", params: []string{"cursor", "eyJxIjoiMSBPUiAxIn0"}, code: 400},
		"a file by SQL":                         {as: "analyst", path: "/v1/sql", params: []string{"sql", "SELECT file('/etc/passwd')"}, code: 400, never: "root"},
		"a URL by DESCRIBE":                     {as: "analyst", path: "/v1/sql", params: []string{"sql", "DESCRIBE TABLE url('http://127.0.0.1:1/', CSV)"}, code: 400},
		"a URL by SELECT":                       {as: "analyst", path: "/v1/sql", params: []string{"sql", "SELECT * FROM url('http://127.0.0.1:1/', LineAsString)"}, code: 400},
		"other tables by SQL":                   {as: "analyst", path: "/v1/sql", params: []string{"sql", "SELECT * FROM system.users"}, code: 400},
		"the ledger by SQL":                     {as: "analyst", path: "/v1/sql", params: []string{"sql", "SELECT * FROM batches"}, code: 400},
		"limits raised by SQL":                  {as: "analyst", path: "/v1/sql", params: []string{"sql", "SELECT 1 SETTINGS max_execution_time = 0"}, code: 400},
		"two statements":                        {as: "analyst", path: "/v1/sql", params: []string{"sql", "SELECT 1; DROP TABLE events"}, code: 400},
		"a limit of less than nothing":          {as: "analyst", path: "/v1/events", params: []string{"limit", "-1"}, code: 400},
		"a limit that wraps":                    {as: "analyst", path: "/v1/events", params: []string{"limit", "18446744073709551617"}, code: 400},
		"too many terms":                        {as: "analyst", path: "/v1/events", params: q(strings.Repeat("a ", 3000)), code: 400},
		"too deep":                              {as: "analyst", path: "/v1/events", params: q(strings.Repeat("(", 3000) + "a" + strings.Repeat(")", 3000)), code: 400},
		"a parameter twice":                     {as: "analyst", path: "/v1/events?q=app&q=source:*", code: 400},
		"a parameter that is not there":         {as: "analyst", path: "/v1/events", params: []string{"tenant", "other"}, code: 400},
		"a long address":                        {as: "analyst", path: "/v1/events", params: q(strings.Repeat("a", 80<<10)), code: 400},
		"an address without end":                {as: "analyst", path: "/v1/events", params: q(strings.Repeat("a", 2<<20)), code: 431},
		"a long body":                           {as: "analyst", method: "POST", path: stopped + "/ack", body: `{"note":"` + strings.Repeat("a", 100<<10) + `"}`, code: 400},
		"a long form":                           {method: "POST", path: "/login", headers: form, body: "token=" + strings.Repeat("a", 100<<10), code: 401},
		"another method":                        {as: "local", method: "TRACE", path: "/v1/events", code: 405},
		"a method of our own":                   {as: "local", method: "DELETE", path: "/v1/events", code: 405},
	}
}

// Attacks by those who may ask, and by those who may not. Each is refused or gets
// nothing, and stands in the log under its request id.
//
// All of it holds with both walls, and with the row policies off. With the conditions in
// statements off the row policies hold what questions ask; what people write as SQL is
// held by its table filters, which are conditions (docs/identity.md).
func TestAttacks(t *testing.T) {
	for _, walls := range []struct {
		name     string
		bare, on bool
	}{{"both walls", false, true}, {"without row policies", false, false}, {"without conditions", true, true}} {
		t.Run(walls.name, func(t *testing.T) {
			store, asker, reader := querytest.OpenWalled(t)
			options := query.Options{Reader: connect(t, reader)}
			if walls.on {
				options.Asker = connect(t, asker)
			}
			withstand(t, serveOver(t, store, options, walls.bare), func(a attack) bool { return walls.bare && a.path == "/v1/sql" && a.code == http.StatusOK })
		})
	}
}

// TestRowsNeedAWall: without either wall attacks on rows get what they are after, so
// TestAttacks tests walls.
func TestRowsNeedAWall(t *testing.T) {
	store, _, reader := querytest.OpenWalled(t)
	s := serveOver(t, store, query.Options{Reader: connect(t, reader)}, true)
	who, things := s.victims(t)
	got := 0
	for name, a := range attacks(things) {
		if resp, body := s.send(t, a, who); resp.StatusCode == http.StatusOK && a.never != "" && strings.Contains(body, a.never) {
			t.Log(name)
			got++
		}
	}
	if got < 10 {
		t.Errorf("%d attacks get rows without walls", got)
	}
}

// withstand sends the attacks, but for those that are beside.
func withstand(t *testing.T, s *server, beside func(attack) bool) {
	who, things := s.victims(t)
	export, stopped := "/v1/exports/"+things["export"], "/v1/alerts/"+things["alert"]
	attacks := attacks(things)
	if len(attacks) < 100 {
		t.Errorf("%d attacks", len(attacks))
	}
	for _, name := range slices.Sorted(maps.Keys(attacks)) {
		a := attacks[name]
		if beside(a) {
			continue
		}
		s.audit.Take()
		resp, body := s.send(t, a, who)
		if resp.StatusCode != a.code {
			t.Errorf("%s: %d, want %d: %.300s", name, resp.StatusCode, a.code, body)
		}
		if a.never != "" && (strings.Contains(body, a.never) || resp.Header.Get("Set-Cookie") != "") {
			t.Errorf("%s: the answer has %s: %.300s", name, a.never, body)
		}
		id := resp.Header.Get("X-Request-Id")
		if !strings.Contains(s.log.String(), `"request":"`+id+`"`) && a.code != http.StatusRequestHeaderFieldsTooLarge { // refused before there is a request
			t.Errorf("%s: nothing of it is in the log", name)
		}
		// What comes to no route, or with parameters that it has not, asks nothing.
		asked := !slices.Contains([]int{http.StatusMisdirectedRequest, http.StatusMethodNotAllowed, http.StatusRequestHeaderFieldsTooLarge}, a.code) && !strings.Contains(body, "this parameter is unknown here")
		if recorded := slices.ContainsFunc(s.audit.Take(), func(e audit.Entry) bool { return e.Request == id }); asked && !recorded {
			t.Errorf("%s: nothing of it is on record", name)
		}
	}
	// Nothing was changed by any of them.
	resp, body := s.send(t, attack{as: "local", path: stopped}, who)
	if resp.StatusCode != http.StatusOK || !strings.Contains(body, `"state":"open"`) {
		t.Errorf("the alert: %d %s", resp.StatusCode, body)
	}
	if resp, _ := s.send(t, attack{as: "local", path: export + "/file"}, who); resp.StatusCode != http.StatusOK {
		t.Errorf("the export: %d", resp.StatusCode)
	}
	if resp, body := s.send(t, attack{as: "browser", path: "/v1/summary"}, who); resp.StatusCode != http.StatusOK || !strings.Contains(body, `"rows":1801`) {
		t.Errorf("the browser, the rows: %d %.200s", resp.StatusCode, body)
	}
	for name, credential := range who {
		secret := credential[1][strings.LastIndexAny(credential[1], "_= ")+1:]
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the secret of %s is in the log", name)
		}
	}
}

func TestPlantedSessionsAreNone(t *testing.T) {
	s := serve(t)
	_, bearer := s.as(t, identity.Analyst, nil)
	planted := "scrubline_session=" + strings.Repeat("ab", 32)
	cookie := s.browse(t, bearer, "Cookie", planted)
	if cookie == planted {
		t.Error("the planted secret became the session's")
	}
	for header, want := range map[string]int{planted: http.StatusUnauthorized, cookie: http.StatusOK} {
		if resp, _ := s.send(t, attack{path: "/v1/whoami", headers: []string{"Cookie", header}}, nil); resp.StatusCode != want {
			t.Errorf("%s: %d", header, resp.StatusCode)
		}
	}
	again := s.browse(t, bearer, "Cookie", cookie)
	if resp, _ := s.send(t, attack{path: "/v1/whoami", headers: []string{"Cookie", cookie}}, nil); again == cookie || resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("the session before the second login: %d", resp.StatusCode)
	}
}

func TestGuessesAreLimited(t *testing.T) {
	s := serve(t)
	guess := attack{method: http.MethodPost, path: "/login", headers: []string{"Content-Type", "application/x-www-form-urlencoded"}, body: "token=guess"}
	for range 12 {
		s.send(t, guess, nil)
	}
	guess.body = "token=" + token
	if resp, body := s.send(t, guess, nil); resp.StatusCode != http.StatusUnauthorized || !strings.Contains(body, "Too many logins") {
		t.Errorf("the right token after 12 guesses: %d", resp.StatusCode)
	}
	if resp, _ := s.send(t, attack{as: "local", path: "/v1/whoami"}, map[string][2]string{"local": {"Authorization", "Bearer " + token}}); resp.StatusCode != http.StatusOK {
		t.Errorf("a bearer token meanwhile: %d", resp.StatusCode)
	}
}
