package ingesttest

import (
	"bytes"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

// words is a source that exists to exercise the harness.
type words struct{ opt ingest.Options }

func (words) Name() string { return "words" }

func (words) Sniff(o ingest.Origin, head []byte) (int, ingest.Framing) {
	if o.Service == "words" && o.Account == "123456789012" && o.Region == "us-east-1" && !o.Time.IsZero() {
		return 42, ingest.Lines
	}
	return 0, ingest.Lines
}

func (words) NewDecoder(_ ingest.Origin, opt ingest.Options) ingest.Decoder { return words{opt} }

func (w words) Decode(raw []byte, rec *ingest.Record) error {
	switch {
	case raw[0] == '#':
		rec.SetNum(schemas.RowKind, schemas.KindHeader)
	case string(raw) == "bad":
		return &ingest.RecordError{Code: ingest.CodeFields, At: 3}
	default:
		rec.SetNum(schemas.EventTime, 1_500)
		rec.SetFloat(schemas.DurationMS, 2.5)
		rec.SetAddr(schemas.SrcIP, netip.MustParseAddr("10.1.2.3"))
		rec.SetDerived(schemas.Service, w.opt.FlowFormat)
		rec.SetFlag(schemas.FlagOddShape | schemas.FlagOddTime)
		f := rec.Add(4, len(raw), schemas.Field{Treat: schemas.Token, Hint: schemas.UserID, Column: schemas.ActorID, Type: "user"}, ingest.SlashX)
		f.KeyEnd = 3
		rec.AddAlias(4, 5, schemas.Action, ingest.Plain)
		rec.Add(0, 0, schemas.Field{}, ingest.Plain)
	}
	return nil
}

func TestGolden(t *testing.T) { Golden(t, words{}, "testdata/*.txtar") }

func TestNoAllocsOfASourceThatCostsNone(t *testing.T) {
	NoAllocs(t, words{}, ingest.Options{FlowFormat: "x"}, []byte("key=one\nkey=two\n"), Lines)
}

func BenchmarkWords(b *testing.B) {
	Benchmark(b, words{}, ingest.Options{}, []byte("key=one\n"), Lines)
}

func TestCheckFindsBreaches(t *testing.T) {
	raw := []byte("0123456789")
	keep := schemas.Field{Treat: schemas.Keep}
	tests := map[string]struct {
		err  error
		fill func(*ingest.Record)
		want string
	}{
		"overlap":      {nil, func(r *ingest.Record) { r.Add(4, 8, keep, 0); r.Add(0, 5, keep, 0) }, "overlap"},
		"outside":      {nil, func(r *ingest.Record) { r.Add(4, 11, keep, 0) }, "span [4,11)"},
		"backward":     {nil, func(r *ingest.Record) { r.Add(4, 3, keep, 0) }, "span [4,3)"},
		"key outside":  {nil, func(r *ingest.Record) { r.Add(4, 5, keep, 0).KeyEnd = 11 }, "key span"},
		"idle alias":   {nil, func(r *ingest.Record) { r.AddAlias(4, 5, schemas.None, 0) }, "without a column"},
		"other error":  {errors.New("x"), func(*ingest.Record) {}, "no RecordError"},
		"error beyond": {&ingest.RecordError{Code: ingest.CodeSyntax, At: 11}, func(*ingest.Record) {}, "outside"},
		"adjacent": {nil, func(r *ingest.Record) {
			r.Add(0, 5, keep, 0)
			r.Add(5, 8, keep, 0)
			r.AddAlias(2, 4, schemas.Action, 0)
		}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			rec := &ingest.Record{}
			rec.Reset("words", schemas.Events, raw)
			tt.fill(rec)
			err := check(rec, raw, tt.err)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("check says %v, want %q", err, tt.want)
			}
		})
	}
}

func TestLinesSkipsEmptyLines(t *testing.T) {
	got := bytes.Join(Lines([]byte("a\n\n\r\nb\r\nc")), []byte("|"))
	if string(got) != "a|b\r|c" {
		t.Errorf("got %q", got)
	}
}

func TestCoveredSeesWhatPasses(t *testing.T) {
	rec := &ingest.Record{}
	rec.Reset("words", schemas.Events, []byte("0123456789"))
	rec.Add(0, 4, schemas.Field{Treat: schemas.Scan}, 0)
	rec.Add(5, 8, schemas.Field{Treat: schemas.Keep}, 0)
	rec.AddAlias(4, 10, schemas.Action, 0)
	for span, want := range map[[2]int]bool{{0, 4}: true, {1, 3}: true, {3, 5}: false, {5, 8}: false, {8, 10}: false} {
		if got := covered(rec, span[0], span[1]); got != want {
			t.Errorf("span %v: %v, want %v", span, got, want)
		}
	}
	n := Covered(t, words{}, ingest.Options{}, [][]byte{[]byte("key=123-45-6789\nbad\n"), []byte("key=1")}, "123-45-6789", Lines)
	if n != 2 {
		t.Errorf("looked at %d records, want 2", n)
	}
}
