package fhir_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/scrubline/scrubline/deploy/components"
	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/fhir"
	"github.com/scrubline/scrubline/query/querytest"
	"github.com/scrubline/scrubline/store/engine/enginetest"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

var end = time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)

const base = "http://127.0.0.1/fhir"

func week(t *testing.T) *query.Service {
	t.Helper()
	store := querytest.Open(t)
	querytest.Week(t, store, end)
	return query.New(store.Conn(), query.Options{Tenant: querytest.Tenant, Tokens: querytest.Tokens{}})
}

func encode(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// search answers a search as it would be typed.
func search(t *testing.T, svc *query.Service, text string) *fhir.Bundle {
	t.Helper()
	v, err := url.ParseQuery(text)
	if err != nil {
		t.Fatal(err)
	}
	q, err := fhir.Query(v, end)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	b, err := fhir.Search(t.Context(), svc, q, v, base)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return b
}

// Everything that is served is R4, by HL7's own definitions.
func TestResourcesAreValidR4(t *testing.T) {
	svc := week(t)
	resources := []string{encode(t, fhir.Capability(base, "Scrubline", end)), encode(t, fhir.Outcome("invalid", "date: no such date"))}
	for _, text := range []string{"_count=15&source=ehr", "_count=15&source=s3.amazonaws.com", "_count=10&agent=alice.chen&outcome=4", "_count=5&source=waf", "_count=10&action=R", "patient=MRN-3&_count=10"} {
		resources = append(resources, encode(t, search(t, svc, text)))
	}
	// The validator finds errors: the last is an event without an agent, of an action
	// there is not.
	bad := search(t, svc, "_count=1&source=ehr").Entry[0].Resource
	bad.Agent, bad.Action = nil, "Q"
	resources = append(resources, encode(t, bad))
	found := 0
	for _, line := range components.ValidateFHIR(t, "testdata/Validate.java", resources) {
		if strings.HasPrefix(line, fmt.Sprint(len(resources), ":")) {
			found++
		} else {
			t.Error(line)
		}
	}
	if found < 2 {
		t.Errorf("%d errors in the bad event: the validator takes everything", found)
	}
}

func TestSearchesFindTheirEvents(t *testing.T) {
	svc := week(t)
	f := func(text, as string) {
		t.Helper()
		b := search(t, svc, "_count=1000&"+text)
		q, err := query.Parse(as+" kind:event", end, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		want, err := svc.Events(t.Context(), q, query.Page{Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		if len(want.Rows) == 0 || len(b.Entry) != len(want.Rows) {
			t.Errorf("%s: %d events, %s: %d", text, len(b.Entry), as, len(want.Rows))
			return
		}
		for i, r := range want.Rows {
			if b.Entry[i].Resource.ID != fhir.ID(r) {
				t.Errorf("%s: event %d is another", text, i)
				return
			}
		}
	}
	f("patient=MRN-103", "patient:MRN-103")
	f("patient=Patient/"+querytest.Token("patient", "MRN-103"), "patient:MRN-103")
	f("patient=urn:scrubline:token|"+querytest.Token("patient", "MRN-103"), "patient:MRN-103")
	f("agent=alice.chen", "user:alice.chen")
	f("agent-name=dr.*&outcome=0", "user:dr.* status:success")
	f("outcome=4,8", "status:failure")
	f("entity=phi-bucket/imaging/*&action=D", "resource:phi-bucket/imaging/* action:delete*")
	f("action=R&source=ehr", "service:ehr (action:read OR action:search)")
	f("action=E&source=ehr", "service:ehr action:export")
	f("action=C,U&source=s3", "service:s3 action:put*")
	f("date=2026-11-20", "time:2026-11-20")
	f("date=ge2026-11-19&date=lt2026-11-20", "time>=2026-11-19 time<2026-11-20")
	f("date=gt2026-11-19&date=le2026-11-20T12:00:00Z", "time>2026-11-19 time<=2026-11-20T12:00:00Z")
	f("date=ge2026-11-19&patient=MRN-103", "patient:MRN-103 since:2026-11-19")
}

func TestPagesFollowTheirLinks(t *testing.T) {
	svc := week(t)
	seen := map[string]bool{}
	text := "_count=37&agent=alice.chen"
	for text != "" {
		b := search(t, svc, text)
		for _, e := range b.Entry {
			if seen[e.Resource.ID] {
				t.Fatalf("%s comes twice", e.Resource.ID)
			}
			seen[e.Resource.ID] = true
		}
		text = ""
		for _, l := range b.Link {
			if l.Relation == "next" {
				_, text, _ = strings.Cut(l.URL, "?")
			}
		}
	}
	if all := search(t, svc, "_count=1000&agent=alice.chen"); len(all.Entry) != len(seen) || len(seen) < 40 {
		t.Errorf("%d by pages, %d at once", len(seen), len(all.Entry))
	}
}

func TestEventsAreReadByTheirID(t *testing.T) {
	svc := week(t)
	for _, e := range search(t, svc, "_count=5&date=2026-11-20").Entry {
		got, err := fhir.Read(t.Context(), svc, e.Resource.ID)
		if err != nil || encode(t, got) != encode(t, e.Resource) {
			t.Errorf("%s: %v", e.Resource.ID, err)
		}
		if b := search(t, svc, "_id="+e.Resource.ID); len(b.Entry) != 1 {
			t.Errorf("_id=%s: %d events", e.Resource.ID, len(b.Entry))
		}
		if len(e.Resource.ID) > 64 {
			t.Errorf("%s is too long for an id", e.Resource.ID)
		}
	}
	for _, id := range []string{"", "x", "1-2-3", "19a-00-0", "zz-zz-zz", "7fffffffffffffff-ab-18446744073709551615"} {
		if _, err := fhir.Read(t.Context(), svc, id); !errors.Is(err, fhir.ErrNotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestBadSearchesSayWhy(t *testing.T) {
	for _, text := range []string{"date=soon", "date=xx2026-11-20", "action=Q", "action=", "outcome=1", "patient=MRN-*", "subtype=x", "_format=xml", "date=ge2026-11-20&date=lt2026-11-19"} {
		v, err := url.ParseQuery(text)
		if err != nil {
			t.Fatal(err)
		}
		var pe *fhir.ParamError
		if _, err := fhir.Query(v, end); !errors.As(err, &pe) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
