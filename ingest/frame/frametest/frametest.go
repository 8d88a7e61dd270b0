// Package frametest holds framers to what ingest.Framer promises: nothing of a
// payload vanishes, gaps hold no text, and entries and errors are the same
// however the bytes arrive.
package frametest

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing/iotest"

	"github.com/scrubline/scrubline/ingest"
)

// Framing is a way of framing.
type Framing struct {
	// New returns a framer of r whose records have limit bytes at most.
	New func(r io.Reader, limit int) ingest.Framer
	// Gap is the bytes that may stand in gaps; "" is any.
	Gap string
}

// T is what is needed of *testing.T and *rapid.T.
type T interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Entries frames in through readers of every granularity and returns the
// entries, each with "!" and the code of its error and ";", last the payload's
// error if it has one.
func (f Framing) Entries(t T, in string, limit int) string {
	t.Helper()
	whole, first := f.read(t, in, limit, strings.NewReader(in))
	for name, r := range map[string]io.Reader{
		"byte by byte":      iotest.OneByteReader(strings.NewReader(in)),
		"half of each read": iotest.HalfReader(strings.NewReader(in)),
		"end with the data": iotest.DataErrReader(strings.NewReader(in)),
	} {
		if _, got := f.read(t, in, limit, r); got != first {
			t.Errorf("%q at %d, %s:\n%s\nat once:\n%s", in, limit, name, got, first)
		}
	}
	return whole
}

// read returns the entries twice, for people and with all there is to compare.
func (f Framing) read(t T, in string, limit int, r io.Reader) (short, long string) {
	t.Helper()
	framer := f.New(r, limit)
	var all, out, full strings.Builder
	cut := false
	for n := 0; ; n++ {
		gap, raw, err := framer.Next()
		all.Write(gap)
		all.Write(raw)
		if f.Gap != "" && strings.Trim(string(gap), f.Gap) != "" {
			t.Errorf("%q: text in the gap %q", in, gap)
		}
		fmt.Fprintf(&full, "%q %v\n", raw, err)
		var re *ingest.RecordError
		if err != nil && !errors.As(err, &re) {
			if err != io.EOF {
				fmt.Fprintf(&out, "%v;", err)
			}
			break
		}
		if len(raw) == 0 || n > len(in) {
			t.Fatalf("%q: empty entry, or no end", in)
		}
		out.Write(raw)
		if re != nil {
			out.WriteString("!" + string(re.Code))
			cut = cut || re.Code == ingest.CodeTooLong
		}
		out.WriteByte(';')
	}
	got, want := all.String(), in
	if f.Gap != "" && len(in) >= limit/2 { // a long gap may be given up in pieces
		got, want = f.text(got), f.text(want)
	}
	if !cut && got != want {
		t.Errorf("gaps and entries give %q, want %q", got, want)
	}
	return out.String(), full.String()
}

// text is b without what gaps may hold.
func (f Framing) text(b string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(f.Gap, r) {
			return -1
		}
		return r
	}, b)
}
