package pipeline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/scrub/link"
	"github.com/scrubline/scrubline/scrub/token"
)

func newFilter(t testing.TB) *Filter {
	t.Helper()
	keys, err := token.CreateKeyring(filepath.Join(t.TempDir(), "tokens.json"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(keys.Close)
	return &Filter{Keys: keys, Tenant: "mercy"}
}

func filterText(t testing.TB, format, in string) (string, int) {
	t.Helper()
	f := newFilter(t)
	f.Format = format
	var out bytes.Buffer
	n, err := f.Run(t.Context(), strings.NewReader(in), &out)
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), n
}

// TestFilterKeepsShape: what comes out has the records and the container that
// went in, and no PHI of the container's other members.
func TestFilterKeepsShape(t *testing.T) {
	two := `{"eventVersion":"1.09","a":1,"A":2}` // a tombstone
	for name, in := range map[string]string{
		"records":         `{"Records":[` + trail(1) + "," + trail(2) + `]}`,
		"pretty":          "{\n  \"Records\": [\n    " + trail(1) + ",\n    " + trail(2) + "\n  ]\n}\n",
		"array":           "[" + trail(1) + " , " + trail(2) + "]\n",
		"lines":           trail(1) + "\n" + trail(2) + "\r\n" + trail(3),
		"no space":        trail(1) + trail(2),
		"tombstone":       `{"Records":[` + trail(1) + "," + two + "," + trail(2) + `]}`,
		"tombstone first": "[" + two + "," + trail(2) + "]",
		"other members":   `{"Records":[` + trail(1) + `],"text":"219-09-9999","ssn":219099999,"note":"SSN 219-09-9999 of \"Jane\"","x":[true,null,-1.5e3,{}]}`,
		"empty":           `{"Records":[]}`,
		"envelope":        cloudWatch(1, 3),
		"flow envelope":   strings.ReplaceAll(cloudWatch(1, 1), "visit 1 ended", "2 123456789012 eni-0a1b2c3d4e5f60718 10.0.0.1 10.0.1.9 1025 443 6 10 840 1772600000 1772600060 ACCEPT OK"),
	} {
		t.Run(name, func(t *testing.T) {
			out, tombstones := filterText(t, "", in)
			if (tombstones > 0) != strings.HasPrefix(name, "tombstone") {
				t.Errorf("%d tombstones", tombstones)
			}
			if strings.Contains(out, "219-09") || strings.Contains(out, "219099999") {
				t.Errorf("PHI in %s", out)
			}
			if got, want := shape(t, out), shape(t, in); got != want && tombstones == 0 {
				t.Errorf("shape %s\n want %s", got, want)
			}
			if strings.Count(out, "\n") != strings.Count(in, "\n") || strings.Count(out, "\r\n") != strings.Count(in, "\r\n") {
				t.Errorf("other ends of lines: %q", out)
			}
		})
	}
}

// shape prints JSON values by their kinds and names.
func shape(t testing.TB, text string) string {
	t.Helper()
	var s strings.Builder
	for dec := json.NewDecoder(strings.NewReader(text)); ; {
		tok, err := dec.Token()
		if err == io.EOF {
			return s.String()
		}
		if err != nil {
			t.Fatalf("not JSON: %v: %s", err, text)
		}
		switch v := tok.(type) {
		case json.Delim:
			s.WriteString(v.String())
		default:
			s.WriteByte('.')
		}
	}
}

// TestFilterKeepsLines: each line stands for its line.
func TestFilterKeepsLines(t *testing.T) {
	for format, in := range map[string]string{
		"app":         "one\n\ntwo SSN 219-09-9999\r\n\r\nthree",
		"aws_alb":     alb(1, 2) + "not of the format\n" + alb(3, 1),
		"aws_vpcflow": flows(1, 2) + "not of the format\n",
		"":            hl7v2(1, 3),
	} {
		out, _ := filterText(t, format, in)
		got, want := strings.Split(out, "\n"), strings.Split(in, "\n")
		if len(got) != len(want) || strings.Count(out, "\r") != strings.Count(in, "\r") {
			t.Errorf("%s: %q", format, out)
		}
		if strings.Contains(out, "219-09") || strings.Contains(out, "not of") {
			t.Errorf("%s: %q", format, out)
		}
	}
}

// TestGapsOfJSON: whatever JSON stands around records, it is JSON of the same
// shape afterwards, even where it cannot be scrubbed.
func TestGapsOfJSON(t *testing.T) {
	f := newFilter(t)
	tk, err := f.init(link.InFlows)
	if err != nil {
		t.Fatal(err)
	}
	defer tk.Close()
	var value *rapid.Generator[any]
	value = rapid.Deferred(func() *rapid.Generator[any] {
		return rapid.OneOf(
			rapid.Just[any](nil), rapid.Just[any](true), rapid.Just[any](219099999),
			rapid.Custom(func(t *rapid.T) any { return rapid.Float64Range(-1e9, 1e9).Draw(t, "number") }),
			rapid.Custom(func(t *rapid.T) any {
				return rapid.SampledFrom([]string{"", "Records", "SSN 219-09-9999", `a"b\`, "DOE^JANE", "jane@example.org", "ünï"}).Draw(t, "text")
			}),
			rapid.Custom(func(t *rapid.T) any { return rapid.SliceOfN(value, 0, 3).Draw(t, "array") }),
			rapid.Custom(func(t *rapid.T) any {
				return rapid.MapOfN(rapid.SampledFrom([]string{"ssn", "n", "mrn", "x"}), value, 0, 3).Draw(t, "object")
			}),
		)
	})
	rapid.Check(t, func(rt *rapid.T) {
		text, err := json.Marshal(value.Draw(rt, "value"))
		if err != nil {
			rt.Fatal(err)
		}
		out := string(f.gap(text, true))
		if shape(t, out) != shape(t, string(text)) || strings.Contains(out, "219-09-9999") {
			rt.Fatalf("%s became %s", text, out)
		}
		bare := string(skeleton(nil, text, true))
		if shape(t, bare) != shape(t, string(text)) || strings.ContainsAny(bare, "0123456789@^S") {
			rt.Fatalf("%s left %s", text, bare)
		}
	})
	// A number that says the same as a string before it stays a value of JSON.
	const same = `["SSN 219-09-9999",219099999,"Records"]`
	if got := string(f.gap([]byte(same), true)); shape(t, got) != shape(t, same) {
		t.Error(got)
	}
	if got := skeleton(nil, []byte("JANE DOE\r\n\x0b"), false); string(got) != " \r\n\x0b" {
		t.Errorf("%q", got)
	}
}

func spans(t testing.TB, f *Filter, in ...lineIn) []lineOut {
	t.Helper()
	var text bytes.Buffer
	for _, l := range in {
		if err := json.NewEncoder(&text).Encode(l); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := f.Lines(t.Context(), &text, &out); err != nil {
		t.Fatal(err)
	}
	var got []lineOut
	for dec := json.NewDecoder(&out); dec.More(); {
		var l lineOut
		if err := dec.Decode(&l); err != nil {
			t.Fatal(err)
		}
		got = append(got, l)
	}
	if len(got) != len(in) {
		t.Fatalf("%d answers for %d lines", len(got), len(in))
	}
	return got
}

// TestLinesOfNoFormat: text that is not of the format it is said to be is scanned
// all the same, and not swallowed whole.
func TestLinesOfNoFormat(t *testing.T) {
	for i, format := range []string{"aws_alb", "aws_cloudtrail", "aws_vpcflow", "aws_waf", "app", "nosuch", ""} {
		const text = "call back, SSN 219-09-9999, about the bill"
		l := spans(t, newFilter(t), lineIn{ID: fmt.Sprint(i), Format: format, Text: text})[0]
		if len(l.Spans) != 1 || text[l.Spans[0].Start:l.Spans[0].End] != "219-09-9999" || strings.Contains(l.Text, "219") || !strings.HasSuffix(l.Text, ", about the bill") {
			t.Errorf("%s: %+v", format, l)
		}
	}
	l := spans(t, newFilter(t), lineIn{ID: "e"}, lineIn{ID: "j", Format: "aws_cloudtrail", Text: `{"a":1,"A":"SSN 219-09-9999"}`})
	if l[0].Spans == nil || len(l[0].Spans) != 0 || len(l[1].Spans) != 1 || l[1].Spans[0].Type == "tombstone" {
		t.Errorf("%+v", l)
	}
}

// TestFilterEnds: an error says where, quotes nothing, and what was scrubbed
// before it is written.
func TestFilterEnds(t *testing.T) {
	z := zip([]byte(lines(1, 5000)))
	f := newFilter(t)
	var out bytes.Buffer
	n, err := f.Run(t.Context(), bytes.NewReader(z[:len(z)/2]), &out)
	if err == nil || n == 0 || !strings.Contains(err.Error(), string(ingest.CodeTruncated)+" after ") || out.Len() == 0 {
		t.Errorf("%d, %v, %d bytes", n, err, out.Len())
	}
	if err := f.Lines(t.Context(), strings.NewReader(`{"id":"1","text":"a"}`+"\n"+`{"id":"2","text":SSN 219-09-9999}`), io.Discard); err == nil || strings.Contains(err.Error(), "219") || !strings.Contains(err.Error(), "line 2") {
		t.Error(err)
	}
}

// TestAFilterRunsAgain: what a filter keeps from one run to the next changes
// nothing, and what it writes in pieces is whole.
func TestAFilterRunsAgain(t *testing.T) {
	f := newFilter(t)
	long := strings.Repeat("ALERT the job 219-09-9999 ended\n", 20_000)
	for i, in := range []string{long, "{\"a\":1,\"A\":2}\n", long, "", "last\n"} {
		var out, want bytes.Buffer
		fresh := &Filter{Keys: f.Keys, Tenant: f.Tenant}
		for _, run := range []struct {
			f   *Filter
			out *bytes.Buffer
		}{{f, &out}, {fresh, &want}} {
			if _, err := run.f.Run(t.Context(), strings.NewReader(in), run.out); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(out.Bytes(), want.Bytes()) || bytes.Count(out.Bytes(), []byte("\n")) != strings.Count(in, "\n") {
			t.Errorf("run %d: %d bytes, want %d", i, out.Len(), want.Len())
		}
	}
}

// full is a writer that takes only so many writes.
type full int

func (f *full) Write(b []byte) (int, error) {
	if *f--; *f < 0 {
		return 0, io.ErrShortWrite
	}
	return len(b), nil
}

func TestAFilterSaysThatItCannotWrite(t *testing.T) {
	in := strings.Repeat("the job ended\n", 50_000)
	for writes := range 3 {
		w := full(writes)
		if _, err := newFilter(t).Run(t.Context(), strings.NewReader(in), &w); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("after %d writes: %v", writes, err)
		}
	}
}
