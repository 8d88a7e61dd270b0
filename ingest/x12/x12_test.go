package x12

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/frame"
	"github.com/scrubline/scrubline/ingest/frame/frametest"
)

// isa is a header of the documented 106 bytes with these delimiters.
func isa(sep, sub, term string) string {
	return strings.Join([]string{"ISA", "00", strings.Repeat(" ", 10), "00", strings.Repeat(" ", 10), "ZZ",
		"SENDER         ", "ZZ", "RECEIVER       ", "260301", "1253", "^", "00501", "000000905", "0", "P", sub}, sep) + term
}

func TestHeaderIsAsLongAsDocumented(t *testing.T) {
	if n := len(isa("*", ":", "~")); n != 106 {
		t.Fatalf("the header has %d bytes", n)
	}
}

var framing = frametest.Framing{
	New: func(r io.Reader, limit int) ingest.Framer { return New(frame.NewChunk(r, limit), limit) },
	Gap: " \t\r\n",
}

func TestFraming(t *testing.T) {
	h := isa("*", ":", "~")
	nl := isa("*", ":", "\n")
	cr := isa("|", ">", "\r")
	const limit = 500
	// §h, §n, §c stand for headers that end in ~, \n and \r
	expand := strings.NewReplacer("§h", h, "§n", nl, "§c", cr)
	f := func(in, want string) {
		t.Helper()
		in, want = expand.Replace(in), expand.Replace(want)
		if got := framing.Entries(t, in, limit); got != want {
			t.Errorf("%.200q:\n got %.300q\nwant %.300q", in, got, want)
		}
	}
	f("", "")
	f(" \r\n\t", "")
	f("§hGS*X~IEA*1*9~", "§hGS*X~IEA*1*9~;")
	f("§h\nGS*X~\nIEA*1*9~\n", "§h\nGS*X~\nIEA*1*9~;")
	f("§hIEA*1*9~§hIEA*1*8~\r\n\r\n§hIEA*1*7~", "§hIEA*1*9~;§hIEA*1*8~;§hIEA*1*7~;")
	f("§nGS*X\nIEA*1*9\n§hIEA*0*1~", "§nGS*X\nIEA*1*9\n;§hIEA*0*1~;")
	f("§cGS|X\rIEA|1|9\r\n", "§cGS|X\rIEA|1|9\r;")
	f("§hIEA*1*9", "§hIEA*1*9;") // no terminator at the end of the file
	f("§hIEA~", "§hIEA~;")
	f("§hNM1*IEA*1~IEAX*2~IEA*1*9~", "§hNM1*IEA*1~IEAX*2~IEA*1*9~;")
	// a header whose elements are not padded
	short := "ISA*00**00**ZZ*S*ZZ*R*260301*1253*^*00501*1*0*P*:'"
	f(short+"GS*X'IEA*1*9'", short+"GS*X'IEA*1*9';")
	// cut
	f("§hGS*X~GE*1", "§hGS*X~GE*1!truncated;")
	f("§hGS*X~§hIEA*1*9~", "§hGS*X~!truncated;§hIEA*1*9~;")
	f("§h", "§h!truncated;")
	f("§h\n", "§h!truncated;")
	// no interchange
	f("hello\nworld\n§hIEA*1*9~", "hello\nworld!syntax;§hIEA*1*9~;")
	f("§hIEA*1*9~trailer\n", "§hIEA*1*9~;trailer!syntax;")
	f("ISA*too*short~\n§hIEA*1*9~", "ISA*too*short~!syntax;§hIEA*1*9~;")
	f("ISA", "ISA!syntax;")
	// the limit: 500 bytes of gap and interchange
	f("§h"+strings.Repeat("x", 385)+"~IEA*1*9~", "§h"+strings.Repeat("x", 385)+"~IEA*1*9~;")
	f("§h"+strings.Repeat("x", 386)+"~IEA*1*9~\n§hIEA*1*8~", "§h"+strings.Repeat("x", 386)+"~IEA*1*9!record_limit;§hIEA*1*8~;")
	f("§h"+strings.Repeat("NTE*a~", 400)+"IEA*1*9~§hIEA*1*8~", "§h"+strings.Repeat("NTE*a~", 65)+"NTE*!record_limit;§hIEA*1*8~;")
	f("§h"+strings.Repeat("NTE*a~", 400)+"§hIEA*1*8~", "§h"+strings.Repeat("NTE*a~", 65)+"NTE*!record_limit;§hIEA*1*8~;")
	f(strings.Repeat("z", 2000)+"\n§hIEA*1*8~", strings.Repeat("z", 500)+"!record_limit;§hIEA*1*8~;")
}

// TestTheLimitDoesNotDependOnReads: a redelivered payload gives the same
// entries and the same errors, however the bytes arrive.
func TestTheLimitDoesNotDependOnReads(t *testing.T) {
	short := "ISA*00**00**ZZ*S*ZZ*R*260301*1253*^*00501*1*0*P*:~"
	parts := []string{short, short, "IEA*1*9~", "IEA", "ISA*", "GS*X~", "~", "\n", strings.Repeat(" ", 31), strings.Repeat("x", 40)}
	rapid.Check(t, func(rt *rapid.T) {
		in := strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 30).Draw(rt, "parts"), "")
		limit := rapid.IntRange(64, 200).Draw(rt, "limit")
		framing.Entries(rt, in, limit)
	})
}

func TestAPayloadErrorComesAfterTheInterchanges(t *testing.T) {
	whole := isa("*", ":", "~") + "IEA*1*9~"
	want := &ingest.PayloadError{Code: ingest.CodeTruncated, Offset: int64(len(whole))}
	for _, tail := range []string{"", "\n", "ISA*00", isa("*", ":", "~") + "GS*", "junk"} {
		f := New(frame.NewChunk(io.MultiReader(strings.NewReader(whole+tail), iotest.ErrReader(want)), 1000), 1000)
		if _, raw, err := f.Next(); err != nil || string(raw) != whole {
			t.Fatalf("%q: first %q, %v", tail, raw, err)
		}
		for range 2 {
			if _, _, err := f.Next(); err != want {
				t.Fatalf("%q: then %v", tail, err)
			}
		}
	}
}

func TestNothingVanishes(t *testing.T) {
	parts := []string{isa("*", ":", "~"), isa("|", ">", "\n"), "IEA*1*9~", "IEA|1|9\n", "ISA*", "GS*X~", "\n", "\r\n ", "x", "é"}
	rapid.Check(t, func(t *rapid.T) {
		framing.Entries(t, strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 30).Draw(t, "parts"), ""), 1<<20)
	})
}

func FuzzFramer(f *testing.F) {
	f.Add([]byte(isa("*", ":", "~") + "GS*X~IEA*1*9~\njunk\nISA*"))
	f.Add([]byte(isa("|", ">", "\r") + "IEA|1|9"))
	f.Fuzz(func(t *testing.T, in []byte) { framing.Entries(t, string(in), 1<<20) })
}

func TestFramingDoesNotAllocate(t *testing.T) {
	in := strings.Repeat(isa("*", ":", "~")+"GS*HC*A*B~ST*837*1~NM1*IL*1*DOE~IEA*1*9~\n", 1000)
	f := New(frame.NewChunk(strings.NewReader(in), 1<<20), 1<<20)
	n := testing.AllocsPerRun(500, func() {
		if _, _, err := f.Next(); err != nil {
			t.Fatal(err)
		}
	})
	if n > 0 {
		t.Errorf("%v allocations an interchange", n)
	}
}
