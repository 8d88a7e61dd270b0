package scrub

import (
	"bytes"
	"fmt"
	"index/suffixarray"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// breakRecognizer makes a recognizer panic with the text it was shown, every nth
// time it is asked.
func breakRecognizer(t *testing.T, k recognizer.Kind, nth int) {
	t.Helper()
	r := &recognizer.All[k]
	value, shape := r.Value, r.Shape
	t.Cleanup(func() { r.Value, r.Shape = value, shape })
	asked := 0
	crash := func(b []byte) {
		if asked++; asked%nth == 0 {
			panic("cannot read " + string(b))
		}
	}
	r.Value = func(b []byte, i int, weak bool) int { crash(b); return value(b, i, weak) }
	if shape != nil {
		r.Shape = func(b []byte, i int) int { crash(b); return shape(b, i) }
	}
}

func TestPanicBecomesTombstone(t *testing.T) {
	breakRecognizer(t, recognizer.SSN, 1)
	r := newRig(t, "app", newEngine(t, newKeys(t), "panic"))
	if code := r.record([]byte(`{"client_ip":"203.0.113.9","message":"SSN 512-34-8871"}`)); code != ingest.CodeScrub {
		t.Errorf("code %q", code)
	}
	if code := r.record([]byte(`{"message":"nothing to see"}`)); code != "" {
		t.Errorf("the record after it has the code %q", code)
	}
	kinds := r.batch.Nums(schemas.RowKind)
	if len(kinds) != 2 || kinds[0] != schemas.KindTombstone || kinds[1] != schemas.KindEvent {
		t.Fatalf("row kinds %v", kinds)
	}
	if got := string(r.batch.Str(schemas.Native).At(0)) + string(r.batch.Str(schemas.SrcAddr).At(0)); got != "" {
		t.Errorf("the tombstone holds %q", got)
	}
	if got := r.batch.Dict(schemas.Reason).At(0); got != string(ingest.CodeScrub) {
		t.Errorf("reason %q", got)
	}
	for k, n := range r.engine.Counts() {
		if n != 0 {
			t.Errorf("%v counts %d in a record that did not come out", recognizer.Kind(k), n)
		}
	}
}

// A panic while a row is made leaves no half of it behind.
func TestPanicInARowBecomesTombstone(t *testing.T) {
	r := newRig(t, "app", newEngine(t, newKeys(t), "panic"))
	raw := []byte(`{"message":"hello"}`)
	if code := r.decode(raw); code != "" {
		t.Fatal(code)
	}
	r.rec.SetDerived(schemas.Action, "first")
	r.rec.AddAlias(1, 3, schemas.URLPath, ingest.Plain)
	r.rec.Fields = append(r.rec.Fields, ingest.Field{Start: 1, End: 3, Field: schemas.Field{Column: 255}, Alias: true})
	if code := r.engine.Record(&r.rec, nil, r.batch); code != ingest.CodeScrub {
		t.Fatalf("code %q", code)
	}
	if code := r.record(raw); code != "" {
		t.Fatal(code)
	}
	if r.batch.Rows() != 2 || r.batch.Str(schemas.URLPath).Len() != 2 || len(r.batch.Str(schemas.URLPath).At(0)) != 0 || r.batch.Dict(schemas.Action).At(0) != "" {
		t.Error("half a row is left")
	}
}

// TestNothingLeaksWhateverFails runs a thousand patients through Record and
// Filter while recognizers panic, records are cut and fields point outside, and
// looks for them in every byte of what came out, errors included. The same
// search finds them in what went in.
func TestNothingLeaksWhateverFails(t *testing.T) {
	breakRecognizer(t, recognizer.Phone, 7)
	breakRecognizer(t, recognizer.PersonName, 11)
	rs := rigs(t)
	r := rand.New(rand.NewPCG(7, 7))
	var before, after bytes.Buffer
	var people []planted
	tombstones := 0
	for i := range 1500 {
		p := plant(r, newIdentity(r))
		if p.how.name != "as it is" && i%2 == 0 || strings.HasPrefix(p.how.name, "json") {
			p.how = writings[0]
			p.raw = []byte(p.place.record(p.phrase.text))
		}
		people = append(people, p)
		raw := p.raw
		fmt.Fprintf(&before, "%s\n", raw)
		if i%13 == 0 {
			raw = raw[:len(raw)-1-r.IntN(40)]
		}
		rig := rs[p.place.format]
		rig.newBatch()
		if code := rig.record(raw); code != "" {
			tombstones++
			fmt.Fprintf(&after, "%v %v %+v\n", code, &rig.rec, rig.rec)
		}
		for c, text := range rig.texts() {
			fmt.Fprintf(&after, "%s %s\n", c, text)
		}
		if rig.decode(raw) != "" {
			continue
		}
		if i%17 == 0 && len(rig.rec.Fields) > 0 {
			rig.rec.Fields[0].End = uint32(len(raw) + 1)
		}
		out, ms, code := rig.engine.Filter(&rig.rec, nil)
		fmt.Fprintf(&after, "%s %v %v %+v\n", out, ms, code, rig.engine.opt)
	}
	if tombstones < 20 || tombstones > 700 {
		t.Errorf("%d tombstones: the failures were not as planned", tombstones)
	}
	found := 0
	in, out := suffixarray.New(before.Bytes()), suffixarray.New(after.Bytes())
	for _, p := range people {
		held := false
		for _, s := range spelled(p.phrase) {
			if len(out.Lookup([]byte(s), 1)) > 0 {
				t.Errorf("%v: %q came out", p, s)
			}
			held = held || len(in.Lookup([]byte(s), 1)) > 0
		}
		if held {
			found++
		}
	}
	if found*100 < len(people)*99 {
		t.Errorf("the search finds only %d of %d where nothing was scrubbed", found, len(people))
	}
}

func TestFieldOutsideTheRecordIsATombstone(t *testing.T) {
	r := newRig(t, "app", newEngine(t, newKeys(t), "outside"))
	for _, f := range []ingest.Field{{Start: 0, End: 100}, {Start: 5, End: 2}, {Start: 1, End: 2, KeyStart: 50, KeyEnd: 60, Field: schemas.Unknown.Field}} {
		r.rec.Reset("app", schemas.Events, []byte("0123456789"))
		r.rec.Fields = append(r.rec.Fields, f)
		if out, ms, code := r.engine.Filter(&r.rec, nil); code != ingest.CodeScrub || len(out)+len(ms) > 0 {
			t.Errorf("%+v: %q, %d matches, %q", f, out, len(ms), code)
		}
	}
}

// Words that could each start base64 and hang together cost a tombstone, not
// the square of their length.
func TestEndlessBase64IsRefused(t *testing.T) {
	r := newRig(t, "app", newEngine(t, newKeys(t), "slow"))
	raw := []byte(strings.Repeat("cGF0aWVudCBzc24-", 50_000) + strings.Repeat("A", 20))
	if _, _, code := r.filter(raw); code != ingest.CodeScrub {
		t.Errorf("code %q", code)
	}
}

func TestGate(t *testing.T) {
	f := func(text string, want bool) {
		t.Helper()
		if leaks([]byte(text)) != want {
			t.Errorf("%q: want %v", text, want)
		}
	}
	f("512-34-8871", true)
	f("x 512-34-8871.", false) // a version number, perhaps
	f(`"512-34-8871"`, true)
	f("=512-34-8871&", true)
	f("000-34-8871 666-34-8871 512-00-8871 512-34-0000", false)
	f("1512-34-8871 a512-34-8871 512-34-88712", false)
	f("4111-1111-1111-1111", true)
	f("(4111-1111-1111-1111)", true)
	f("4111-1111-1111-1112", false)
	f("12345678-1234-1234-1234-123456789012", false)
	f("2026-03-01", false)
	f("-", false)
	f("", false)
}

func TestTheGateStopsWhatIsKept(t *testing.T) {
	r := newRig(t, "app", newEngine(t, newKeys(t), "gate"))
	r.rec.Reset("app", schemas.Events, []byte("id 512-34-8871"))
	r.rec.Add(3, 14, schemas.Field{Treat: schemas.Keep}, ingest.Plain)
	if out, _, code := r.engine.Filter(&r.rec, nil); code != ingest.CodeEgress || len(out) > 0 {
		t.Errorf("%q, %q", out, code)
	}
}
