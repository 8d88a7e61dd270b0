package api_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/scrubline/scrubline/query/audit"
	"github.com/scrubline/scrubline/query/identity"
	"github.com/scrubline/scrubline/query/querytest"
	"github.com/scrubline/scrubline/query/reveal"
	"github.com/scrubline/scrubline/schemas"
)

// rawRecord is what lies in quarantine; it may be nowhere but in one answer.
const rawRecord = "patient MRN-5550199, Quillon Ashgrove"

// cell is a quarantine that holds one record.
type cell struct{ opened atomic.Int32 }

func (*cell) Find(_ context.Context, batch string, record uint64) (reveal.Record, error) {
	return reveal.Record{Entry: fmt.Sprintf("%032x", len(batch)*1000+int(record)), Code: "malformed", Size: uint64(len(rawRecord))}, nil
}

func (c *cell) Open(context.Context, string) (reveal.Opened, error) {
	c.opened.Add(1)
	return reveal.Opened{Raw: []byte(rawRecord), Tokens: []string{querytest.Token("patient", "MRN-5550199")}}, nil
}

func (s *server) reveals(t *testing.T) *reveal.Book {
	t.Helper()
	s.lost = map[string]bool{}
	b, err := reveal.Open(reveal.Options{Dir: t.TempDir(), Quarantine: &s.cell, Scrub: func(text string) string { return strings.ReplaceAll(text, "MRN-103", "[mrn]") },
		Now: s.now.time, Stands: func(p reveal.Party) error {
			if s.lost[p.Subject] {
				return identity.ErrRevoked
			}
			return nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// staff are people who logged in at a provider, as their cookies.
func (s *server) staff() map[string][2]string {
	log := func(name string, role identity.Role, change func(*identity.Principal)) [2]string {
		p := identity.Principal{Subject: "https://idp.example.org " + name, Name: name, Role: role, Scope: identity.Scope{Tenant: querytest.Tenant}, Via: identity.ViaOIDC, Reason: "audit 7"}
		if change != nil {
			change(&p)
		}
		return [2]string{"Cookie", s.api.LogIn(p)}
	}
	return map[string][2]string{
		"ann": log("ann", identity.Analyst, nil), "eve": log("eve", identity.Analyst, nil), "bob": log("bob", identity.Admin, nil), "carl": log("carl", identity.Admin, nil), "aud": log("aud", identity.Auditor, nil),
		"demoted":  log("bob", identity.Analyst, nil), // bob after he lost his role
		"narrowed": log("ann", identity.Analyst, func(p *identity.Principal) { p.Scope.Sources = []string{"app"} }),
		"blinded":  log("ann", identity.Analyst, func(p *identity.Principal) { p.Scope.HiddenFields = []string{"patient"} }),
		"reading":  log("ann", identity.Analyst, func(p *identity.Principal) { p.Scope.ReadOnly = true }),
		"stranger": log("bob", identity.Admin, func(p *identity.Principal) { p.Scope.Tenant = "other" }),
		"namesake": log("ann", identity.Analyst, func(p *identity.Principal) { p.Scope.Tenant = "other" }),
	}
}

// lost puts a tombstone in and returns the request for it.
func (s *server) tombstone(t *testing.T) (request string) {
	t.Helper()
	querytest.Insert(t, s.store, schemas.Events, "torn", []querytest.Row{{Time: now, Source: "app", Kind: schemas.KindTombstone}})
	return `{"records":[{"batch":"v1/f/torn/000000000000","record_no":0}],"reason":"a new format, MRN-103","minutes":30}`
}

// flow is a request that was made, and perhaps approved.
func (s *server) flow(t *testing.T, who map[string][2]string, body string, approved bool) reveal.Request {
	t.Helper()
	var r reveal.Request
	resp, text := s.send(t, attack{as: "ann", method: "POST", path: "/v1/reveals", body: body}, who)
	if err := json.Unmarshal([]byte(text), &r); err != nil || resp.StatusCode != http.StatusCreated || resp.Header.Get("Location") != "/v1/reveals/"+r.ID {
		t.Fatalf("asking: %d %s", resp.StatusCode, text)
	}
	if approved {
		if resp, text := s.send(t, attack{as: "bob", method: "POST", path: "/v1/reveals/" + r.ID + "/approve"}, who); resp.StatusCode != http.StatusOK {
			t.Fatalf("approving: %d %s", resp.StatusCode, text)
		}
	}
	return r
}

// Two people let one of them see a record: each answer meets its schema, and what is
// on record says who saw what, with whose approval, and never the record.
func TestReveal(t *testing.T) {
	s := serve(t)
	who, body := s.staff(), s.tombstone(t)
	s.audit.Take()
	r := s.flow(t, who, body, true)
	open := attack{as: "ann", method: "POST", path: "/v1/reveals/" + r.ID + "/open", body: `{"entry":"` + r.Records[0].Entry + `"}`}
	resp, text := s.send(t, open, who)
	var got struct {
		Raw    string
		Record reveal.Record
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil || resp.StatusCode != http.StatusOK || got.Raw != base64.StdEncoding.EncodeToString([]byte(rawRecord)) || got.Record.Opened != 1 {
		t.Fatalf("opening: %d %s", resp.StatusCode, text)
	}
	if h := resp.Header; h.Get("Cache-Control") != "no-store" || h.Get("ETag") != "" || h.Get("Content-Disposition") != "" {
		t.Errorf("the answer may be kept: %v", h)
	}
	const ann, bob = "https://idp.example.org ann", "https://idp.example.org bob"
	var told []string
	for _, e := range s.audit.Take() {
		told = append(told, fmt.Sprint(e.Action, " ", e.Phase, " ", e.Outcome))
		if line, _ := json.Marshal(e); strings.Contains(string(line), "Quillon") || strings.Contains(string(line), "5550199") || strings.Contains(string(line), "MRN-103") {
			t.Errorf("on record is %s", line)
		}
		if e.Action == audit.Revealed && e.Phase == audit.End {
			want := audit.Entry{}.By(identity.With(t.Context(), identity.Principal{Subject: ann})).With(ann, bob)
			if e.Subject != want.Subject || e.People != want.People || e.Reason != "a new format, [mrn]" || e.Rows != 1 || !slices.Equal(e.Tokens, []string{querytest.Token("patient", "MRN-5550199")}) ||
				!strings.Contains(e.Asked, "quarantine:"+r.Records[0].Entry) {
				t.Errorf("on record is %+v", e)
			}
		}
	}
	if want := []string{"ask_reveal begin ok", "ask_reveal end ok", "approve_reveal begin ok", "approve_reveal end ok", "reveal begin ok", "reveal end ok"}; !slices.Equal(told, want) {
		t.Errorf("on record are %q", told)
	}
	if strings.Contains(s.log.String(), "Quillon") || strings.Contains(s.log.String(), "MRN-103") {
		t.Error("the log has what was shown")
	}
	doc := document(t)
	for path, a := range map[string]attack{"/v1/reveals": {as: "aud", path: "/v1/reveals"}, "/v1/reveals/{id}": {as: "ann", path: "/v1/reveals/" + r.ID}} {
		resp, text := s.send(t, a, who)
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %s", path, resp.StatusCode, text)
		}
		if err := check(doc, at(doc, "paths", path, "get", "responses", "200", "content", "application/json", "schema"), v, path); err != nil {
			t.Error(err)
		}
	}
	if resp, text := s.send(t, attack{as: "bob", method: "DELETE", path: "/v1/reveals/" + r.ID}, who); resp.StatusCode != http.StatusOK || !strings.Contains(text, `"ended"`) {
		t.Errorf("ending: %d %s", resp.StatusCode, text)
	}
	if resp, _ := s.send(t, open, who); resp.StatusCode != http.StatusConflict {
		t.Errorf("opening after the end: %d", resp.StatusCode)
	}
}

// Attacks on reveals: each is refused, decrypts nothing, and stands on record.
func TestAttacksOnReveals(t *testing.T) {
	s := serve(t)
	who, body := s.staff(), s.tombstone(t)
	header := func(name, value string) [2]string { return [2]string{name, value} }
	who["local"] = [2]string{"Authorization", "Bearer " + token}
	who["anns"] = header(s.as(t, identity.Analyst, func(k *identity.Token) { k.Owner = "https://idp.example.org ann" }))
	who["bobs"] = header(s.as(t, identity.Admin, func(k *identity.Token) { k.Owner = "https://idp.example.org bob" }))
	who["nobodys"] = header(s.as(t, identity.Admin, nil))
	waits := s.flow(t, who, body, false)
	open := s.flow(t, who, body, true)
	var tokens reveal.Request // that a token asked for
	if _, text := s.send(t, attack{as: "anns", method: "POST", path: "/v1/reveals", body: body}, who); json.Unmarshal([]byte(text), &tokens) != nil || tokens.ID == "" {
		t.Fatalf("a token asks: %s", text)
	}
	var bobs reveal.Request
	if _, text := s.send(t, attack{as: "bob", method: "POST", path: "/v1/reveals", body: body}, who); json.Unmarshal([]byte(text), &bobs) != nil || bobs.ID == "" {
		t.Fatalf("bob asks: %s", text)
	}
	approve := func(r reveal.Request) string { return "/v1/reveals/" + r.ID + "/approve" }
	opened := func(r reveal.Request) string { return "/v1/reveals/" + r.ID + "/open" }
	entry := `{"entry":"` + open.Records[0].Entry + `"}`
	none := []string{"MRN", "raw"}
	attacks := map[string]attack{
		"bob approves his own":                {as: "bob", method: "POST", path: approve(bobs), code: 403},
		"bob's token approves his own":        {as: "bobs", method: "POST", path: approve(bobs), code: 403},
		"a token approves a token's":          {as: "bobs", method: "POST", path: approve(tokens), code: 403},
		"nobody's token approves":             {as: "nobodys", method: "POST", path: approve(waits), code: 403},
		"the machine's holder approves":       {as: "local", method: "POST", path: approve(waits), code: 403},
		"ann approves her own":                {as: "ann", method: "POST", path: approve(waits), code: 403},
		"an analyst approves":                 {as: "eve", method: "POST", path: approve(waits), code: 403},
		"an auditor approves":                 {as: "aud", method: "POST", path: approve(waits), code: 403},
		"bob approves after he lost his role": {as: "demoted", method: "POST", path: approve(waits), code: 403},
		"another tenant's admin approves":     {as: "stranger", method: "POST", path: approve(waits), code: 403},
		"an approval replayed":                {as: "bob", method: "POST", path: approve(open), code: 409},
		"an approval of a third":              {as: "carl", method: "POST", path: approve(open), code: 409},
		"an approval of nothing":              {as: "bob", method: "POST", path: "/v1/reveals/x/approve", code: 404},
		"an approval outside the folder":      {as: "bob", method: "POST", path: "/v1/reveals/..%2f..%2fkeys/approve", code: 404},
		"opened before it is approved":        {as: "ann", method: "POST", path: opened(waits), body: entry, code: 409},
		"opened by nobody":                    {method: "POST", path: opened(open), body: entry, code: 401},
		"opened by the approver":              {as: "bob", method: "POST", path: opened(open), body: entry, code: 403},
		"opened by another analyst":           {as: "eve", method: "POST", path: opened(open), body: entry, code: 404},
		"opened by an auditor":                {as: "aud", method: "POST", path: opened(open), body: entry, code: 403},
		"opened by ann's token":               {as: "anns", method: "POST", path: opened(open), body: entry, code: 404},
		"opened by the machine's holder":      {as: "local", method: "POST", path: opened(open), body: entry, code: 403},
		"opened by another tenant's namesake": {as: "namesake", method: "POST", path: opened(open), body: entry, code: 403},
		"opened when some is out of scope":    {as: "narrowed", method: "POST", path: opened(open), body: entry, code: 403},
		"opened when fields are hidden":       {as: "blinded", method: "POST", path: opened(open), body: entry, code: 403},
		"opened by who may only read":         {as: "reading", method: "POST", path: opened(open), body: entry, code: 403},
		"another record of the quarantine":    {as: "ann", method: "POST", path: opened(open), body: `{"entry":"00000000000000000000000000000001"}`, code: 404},
		"a record by a path":                  {as: "ann", method: "POST", path: opened(open), body: `{"entry":"../keys/quarantine.key"}`, code: 404},
		"a body with more":                    {as: "ann", method: "POST", path: opened(open), body: `{"entry":"x","as":"bob"}`, code: 400},
		"two bodies":                          {as: "ann", method: "POST", path: opened(open), body: entry + entry, code: 400},
		"no body":                             {as: "ann", method: "POST", path: opened(open), code: 400},
		"opened by a link":                    {as: "ann", path: opened(open), code: 405},
		"opened from another page":            {as: "ann", method: "POST", path: opened(open), body: entry, headers: []string{"Sec-Fetch-Site", "cross-site"}, code: 403},
		"opened by a form of another page":    {as: "ann", method: "POST", path: opened(open), body: entry, headers: []string{"Origin", "https://evil.example.org", "Content-Type", "text/plain"}, code: 403},
		"approved from another page":          {as: "bob", method: "POST", path: approve(waits), headers: []string{"Sec-Fetch-Site", "cross-site"}, code: 403},
		"approved from another port":          {as: "bob", method: "POST", path: approve(waits), headers: []string{"Sec-Fetch-Site", "same-site"}, code: 403},
		"asked from another page":             {as: "ann", method: "POST", path: "/v1/reveals", body: body, headers: []string{"Origin", "null"}, code: 403},
		"asked by an auditor":                 {as: "aud", method: "POST", path: "/v1/reveals", body: body, code: 403},
		"asked by the machine's holder":       {as: "local", method: "POST", path: "/v1/reveals", body: body, code: 403},
		"asked by nobody's token":             {as: "nobodys", method: "POST", path: "/v1/reveals", body: body, code: 403},
		"asked by another tenant":             {as: "namesake", method: "POST", path: "/v1/reveals", body: body, code: 403},
		"asked for a row that is not there":   {as: "ann", method: "POST", path: "/v1/reveals", body: strings.Replace(body, "/torn/", "/none/", 1), code: 404},
		"asked for an event":                  {as: "ann", method: "POST", path: "/v1/reveals", body: strings.Replace(body, "/torn/", "/formula/", 1), code: 404},
		"asked for another tenant's row":      {as: "ann", method: "POST", path: "/v1/reveals", body: strings.Replace(body, "v1/f/torn/", "other/v1/f/torn/", 1), code: 404},
		"asked without a reason":              {as: "ann", method: "POST", path: "/v1/reveals", body: strings.Replace(body, "a new format, MRN-103", "", 1), code: 400},
		"asked for ever":                      {as: "ann", method: "POST", path: "/v1/reveals", body: strings.Replace(body, "30}", "99999}", 1), code: 400},
		"somebody else's request":             {as: "eve", path: "/v1/reveals/" + waits.ID, code: 404},
		"somebody else's in the list":         {as: "eve", path: "/v1/reveals", code: 200},
		"somebody else's, ended":              {as: "eve", method: "DELETE", path: "/v1/reveals/" + waits.ID, code: 404},
		"ended by an auditor":                 {as: "aud", method: "DELETE", path: "/v1/reveals/" + waits.ID, code: 403},
		"another tenant's list":               {as: "stranger", path: "/v1/reveals", code: 403},
	}
	if err := s.store.Conn().Exec(t.Context(), "INSERT INTO events SELECT * REPLACE ('other' AS tenant_id, concat('other/', batch) AS batch) FROM events WHERE batch LIKE 'v1/f/torn/%'"); err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(attacks)) {
		a := attacks[name]
		s.audit.Take()
		resp, text := s.send(t, a, who)
		if resp.StatusCode != a.code {
			t.Errorf("%s: %d, want %d: %.300s", name, resp.StatusCode, a.code, text)
		}
		for _, never := range append(none, waits.ID, rawRecord) {
			if strings.Contains(text, never) {
				t.Errorf("%s: the answer has %s: %.300s", name, never, text)
			}
		}
		id := resp.Header.Get("X-Request-Id")
		if recorded := slices.ContainsFunc(s.audit.Take(), func(e audit.Entry) bool { return e.Request == id }); !recorded && a.code != http.StatusMethodNotAllowed {
			t.Errorf("%s: nothing of it is on record", name)
		}
	}
	if n := s.cell.opened.Load(); n != 0 {
		t.Errorf("%d records were decrypted", n)
	}
	if resp, text := s.send(t, attack{as: "ann", path: "/v1/reveals/" + waits.ID}, who); resp.StatusCode != http.StatusOK || !strings.Contains(text, `"waiting"`) {
		t.Errorf("the request: %d %s", resp.StatusCode, text)
	}
	// After the approver's access was taken away, and after the time is over.
	good := attack{as: "ann", method: "POST", path: opened(open), body: entry}
	s.lost["https://idp.example.org bob"] = true
	if resp, text := s.send(t, good, who); resp.StatusCode != http.StatusForbidden {
		t.Errorf("after bob was removed: %d %s", resp.StatusCode, text)
	}
	delete(s.lost, "https://idp.example.org bob")
	s.audit.Down(true)
	if resp, text := s.send(t, good, who); resp.StatusCode != http.StatusServiceUnavailable || strings.Contains(text, "raw") || s.cell.opened.Load() != 0 {
		t.Errorf("off the record: %d %s", resp.StatusCode, text)
	}
	s.audit.DownAfter(1) // it begins on record, and cannot end so
	if resp, text := s.send(t, good, who); resp.StatusCode != http.StatusServiceUnavailable || strings.Contains(text, "raw") {
		t.Errorf("half on record: %d %s", resp.StatusCode, text)
	}
	s.audit.Down(false)
	if resp, text := s.send(t, good, who); resp.StatusCode != http.StatusOK {
		t.Errorf("after all that: %d %s", resp.StatusCode, text)
	}
	s.now.Add(31)
	if resp, text := s.send(t, good, who); resp.StatusCode != http.StatusConflict {
		t.Errorf("after its time: %d %s", resp.StatusCode, text)
	}
	if strings.Contains(s.log.String(), "Quillon") {
		t.Error("the log has what was shown")
	}
}

// Many approve at once: one approval counts, and each try is on record.
func TestApprovalsAtOnce(t *testing.T) {
	s := serve(t)
	who, body := s.staff(), s.tombstone(t)
	r := s.flow(t, who, body, false)
	s.audit.Take()
	var good atomic.Int32
	var group sync.WaitGroup
	for i := range 12 {
		group.Go(func() {
			resp, _ := s.send(t, attack{as: []string{"bob", "carl"}[i%2], method: "POST", path: "/v1/reveals/" + r.ID + "/approve"}, who)
			if resp.StatusCode == http.StatusOK {
				good.Add(1)
			} else if resp.StatusCode != http.StatusConflict {
				t.Errorf("%d", resp.StatusCode)
			}
		})
	}
	group.Wait()
	approved := 0
	for _, e := range s.audit.Take() {
		if e.Action == audit.ApproveReveal && e.Phase == audit.End && e.Outcome == audit.OK {
			approved++
		}
	}
	if good.Load() != 1 || approved != 1 {
		t.Errorf("%d approvals, %d on record", good.Load(), approved)
	}
}
