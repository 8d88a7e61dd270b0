package scrub

import (
	"bytes"
	"slices"
	"testing"

	"github.com/scrubline/scrubline/scrub/link"
	"github.com/scrubline/scrubline/scrub/policy"
	"github.com/scrubline/scrubline/scrub/token"
)

// TestNotedRecordsComeOutTheSame: a record that Note looked through becomes the row
// that a search of it would have made, whatever was noted meanwhile, under the
// built-in policy and under one that rules fields and addresses, and also if the
// records are asked for in another order.
func TestNotedRecordsComeOutTheSame(t *testing.T) {
	ring := newKeys(t)
	strict := parsePolicy(t, "version: 1\nclasses:\n  ip_address: token\nsources:\n  app:\n    fields:\n      client_ip: coarsen\n  aws_alb:\n    fields:\n      user_agent: drop\n")
	for name, p := range map[string]*policy.Policy{"built in": nil, "ruled": strict} {
		for _, format := range []string{"alb", "waf", "app", "vpcflow", "cloudtrail"} {
			w := link.New(link.Options{})
			engine := func() *Engine {
				tk, err := token.New(ring, "mercy")
				if err != nil {
					t.Fatal(err)
				}
				return New(Options{Tenant: "mercy", Tokens: tk, Link: link.Default(), Window: w, Policy: p, Rules: name})
			}
			w.StartRound()
			notes, recalls, looks := newRig(t, format, engine()), newRig(t, format, engine()), newRig(t, format, engine())
			raws := corpus(format, 200_000)
			var noted Noted
			notes.engine.StartNotes(0)
			for i, raw := range raws {
				if notes.decode(raw) == "" {
					notes.rec.Ordinal = uint64(i)
					notes.engine.Note(&notes.rec, &noted)
				}
			}
			notes.engine.EndNotes()
			w.Settle()
			known := 0
			compare := func(i int) {
				raw := raws[i]
				if recalls.decode(raw) != "" || looks.decode(raw) != "" {
					t.Fatal("a record of the corpus cannot be decoded")
				}
				recalls.rec.Ordinal, looks.rec.Ordinal = uint64(i), uint64(i)
				if i < len(noted.sums) && noted.sums[i] != 0 {
					known++
				}
				recalls.newBatch()
				looks.newBatch()
				got := recalls.engine.Record(&recalls.rec, &noted, recalls.batch)
				want := looks.engine.Record(&looks.rec, nil, looks.batch)
				if got != want || !bytes.Equal(recalls.engine.out, looks.engine.out) {
					t.Fatalf("%s, %s: record %d becomes %q %s, searched %q %s", name, format, i, got, recalls.engine.out, want, looks.engine.out)
				}
				for c, text := range looks.texts() {
					if recalls.texts()[c] != text {
						t.Fatalf("%s, %s: column %s of record %d is %q, searched %q", name, format, c, i, recalls.texts()[c], text)
					}
				}
				if !slices.Equal(recalls.engine.Counts(), looks.engine.Counts()) || !slices.Equal(recalls.engine.Treated(), looks.engine.Treated()) {
					t.Fatalf("%s, %s: record %d is counted otherwise than searched", name, format, i)
				}
			}
			for i := range raws {
				compare(i)
			}
			for i := len(raws) - 1; i >= 0; i -= 7 {
				compare(i)
			}
			looked := format != "vpcflow" && format != "cloudtrail"
			if looked != (known > len(raws)/2) && p == nil || looked != (len(noted.found) > 0) && p == nil {
				t.Errorf("%s, %s: %d of %d records were known, %d with somebody in them", name, format, known, len(raws), len(noted.found))
			}
		}
	}
}

// TestNotedIsOfOneRecord: what Note found in a record, or found under other rules,
// spares no other record its search.
func TestNotedIsOfOneRecord(t *testing.T) {
	tk, err := token.New(newKeys(t), "mercy")
	if err != nil {
		t.Fatal(err)
	}
	engine := func(rules string) *Engine {
		return New(Options{Tenant: "mercy", Tokens: tk, Link: link.Default(), Window: link.New(link.Options{}), Rules: rules})
	}
	for _, before := range []string{`{"level":"info","msg":"started","port":8080}`, `{"level":"info","msg":"mrn 77120345","port":8080}`} {
		r := newRig(t, "app", engine("a"))
		if code := r.decode([]byte(before)); code != "" {
			t.Fatal(code)
		}
		var noted Noted
		r.engine.StartNotes(0)
		if r.engine.Note(&r.rec, &noted); !r.engine.recall(&noted, &r.rec, []byte(before)) {
			t.Fatal("a record that was noted is not known")
		}
		r.decode([]byte(`{"level":"info","msg":"ssn 219-09-9999","port":8080}`))
		if code := r.engine.Record(&r.rec, &noted, r.batch); code != "" || bytes.Contains(r.engine.out, []byte("219-09-9999")) {
			t.Errorf("a record in the place of another came out as %s", r.engine.out)
		}
		other := newRig(t, "app", engine("b"))
		other.decode([]byte(before))
		if other.engine.start(&other.rec, []byte(before)); other.engine.recall(&noted, &other.rec, []byte(before)) {
			t.Error("engines under other rules believe each other")
		}
	}
}
