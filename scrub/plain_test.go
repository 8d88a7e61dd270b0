package scrub

import (
	"bytes"
	"testing"

	"github.com/scrubline/scrubline/scrub/link"
	"github.com/scrubline/scrubline/scrub/policy"
	"github.com/scrubline/scrubline/scrub/token"
)

// TestCleanRecordsComeOutTheSame: a record that Note found clean becomes the row
// that a search of it would have made, whatever was noted meanwhile, under the
// built-in policy and under one that rules fields and addresses.
func TestCleanRecordsComeOutTheSame(t *testing.T) {
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
			notes, skims, looks := newRig(t, format, engine()), newRig(t, format, engine()), newRig(t, format, engine())
			raws := corpus(format, 200_000)
			cleans := make([]Clean, len(raws))
			clean := 0
			notes.engine.StartNotes(0)
			for i, raw := range raws {
				if notes.decode(raw) == "" {
					if cleans[i] = notes.engine.Note(&notes.rec); cleans[i] != 0 {
						clean++
					}
				}
			}
			notes.engine.EndNotes()
			w.Settle()
			for i, raw := range raws {
				if skims.decode(raw) != "" || looks.decode(raw) != "" {
					t.Fatal("a record of the corpus cannot be decoded")
				}
				skims.newBatch()
				looks.newBatch()
				got := skims.engine.Record(&skims.rec, cleans[i], skims.batch)
				want := looks.engine.Record(&looks.rec, 0, looks.batch)
				if got != want || !bytes.Equal(skims.engine.out, looks.engine.out) {
					t.Fatalf("%s, %s: record %d becomes %q %s, searched %q %s", name, format, i, got, skims.engine.out, want, looks.engine.out)
				}
				for c, text := range looks.texts() {
					if skims.texts()[c] != text {
						t.Fatalf("%s, %s: column %s of record %d is %q, searched %q", name, format, c, i, skims.texts()[c], text)
					}
				}
			}
			if looked := format != "vpcflow" && format != "cloudtrail"; looked != (clean > 0) && p == nil || clean == len(raws) {
				t.Errorf("%s, %s: %d of %d records were clean", name, format, clean, len(raws))
			}
		}
	}
}

// TestCleanIsOfOneRecord: what Note said of a record, or said under other rules,
// spares no other record its search.
func TestCleanIsOfOneRecord(t *testing.T) {
	tk, err := token.New(newKeys(t), "mercy")
	if err != nil {
		t.Fatal(err)
	}
	engine := func(rules string) *Engine {
		return New(Options{Tenant: "mercy", Tokens: tk, Link: link.Default(), Window: link.New(link.Options{}), Rules: rules})
	}
	harmless := []byte(`{"level":"info","msg":"started","port":8080}`)
	r := newRig(t, "app", engine("a"))
	if code := r.decode(harmless); code != "" {
		t.Fatal(code)
	}
	r.engine.StartNotes(0)
	clean := r.engine.Note(&r.rec)
	if clean == 0 {
		t.Fatal("a record without anybody in it is not clean")
	}
	r.decode([]byte(`{"level":"info","msg":"ssn 219-09-9999","port":8080}`))
	if code := r.engine.Record(&r.rec, clean, r.batch); code != "" || bytes.Contains(r.engine.out, []byte("219-09-9999")) {
		t.Errorf("a record of another's clean came out as %s", r.engine.out)
	}
	other := newRig(t, "app", engine("b"))
	other.decode(harmless)
	if other.engine.sum(harmless) == clean {
		t.Error("engines under other rules believe each other")
	}
}
