package unpack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/ingest"
)

// TestMain: decoders are dropped, not closed, so they may hold no goroutine.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func gz(t testing.TB, members ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, m := range members {
		w := gzip.NewWriter(&b)
		if _, err := io.WriteString(w, m); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func zst(t testing.TB, frames ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, f := range frames {
		w, err := zstd.NewWriter(&b, zstd.WithEncoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, f); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// read unpacks in and returns the text, the code of the fault that ended it
// ("" for a good end) and the Reader, nil if Open refused.
func read(t testing.TB, in []byte, lim ingest.Limits) (string, ingest.Code, *Reader) {
	t.Helper()
	u, err := Open(bytes.NewReader(in), int64(len(in)), lim)
	if err != nil {
		return "", code(t, err, 0), nil
	}
	text, err := io.ReadAll(u)
	if err == nil {
		if u.In() != int64(len(in)) || u.Out() != int64(len(text)) {
			t.Errorf("In, Out = %d, %d after %d bytes in and %d out", u.In(), u.Out(), len(in), len(text))
		}
		return string(text), "", u
	}
	return string(text), code(t, err, int64(len(text))), u
}

func code(t testing.TB, err error, offset int64) ingest.Code {
	t.Helper()
	var pe *ingest.PayloadError
	if !errors.As(err, &pe) {
		t.Fatalf("error %v is no PayloadError", err)
	}
	if pe.Offset != offset {
		t.Errorf("offset %d after %d bytes", pe.Offset, offset)
	}
	return pe.Code
}

func utf16Bytes(s string, big bool) string {
	var b strings.Builder
	for _, c := range utf16.Encode([]rune("\ufeff" + s)) {
		if big {
			b.WriteByte(byte(c >> 8))
			b.WriteByte(byte(c))
		} else {
			b.WriteByte(byte(c))
			b.WriteByte(byte(c >> 8))
		}
	}
	return b.String()
}

func TestStreams(t *testing.T) {
	const text = "one\ntwo\nthree\n"
	skippable := "\x50\x2a\x4d\x18\x03\x00\x00\x00abc"
	g, z := string(gz(t, text)), string(zst(t, text))
	f := func(name, in, want string, wantCode ingest.Code) {
		t.Helper()
		got, c, _ := read(t, []byte(in), ingest.DefaultLimits)
		if got != want || c != wantCode {
			t.Errorf("%s: got %q, %q; want %q, %q", name, got, c, want, wantCode)
		}
	}
	f("empty", "", "", "")
	f("one byte", "x", "x", "")
	f("plain", text, text, "")
	f("binary", "\x00\x01\xff\xfe", "\x00\x01\xff\xfe", "")
	f("gzip", g, text, "")
	f("gzip of nothing", string(gz(t, "")), "", "")
	f("three members", string(gz(t, "one\n", "two\n", "three\n")), text, "")
	f("empty members between", string(gz(t, "", "one\n", "", "two\nthree\n", "")), text, "")
	f("zero padding after a member", g+strings.Repeat("\x00", 5000), text, "")
	f("zero padding between members", g+"\x00\x00"+g, text+text, "")
	f("garbage after a member", g+"garbage", text, ingest.CodeCompression)
	f("garbage after padding", g+"\x00\x00garbage", text, ingest.CodeCompression)
	f("half a magic after a member", g+"\x1f", text, ingest.CodeTruncated)
	f("member cut in its header", g+g[:7], text, ingest.CodeTruncated)
	f("gzip with another method", "\x1f\x8b\x07\x00\x00\x00\x00\x00\x00\x00\x00", "", ingest.CodeCompression)
	f("zstd", z, text, "")
	f("zstd of nothing", string(zst(t, "")), "", "")
	f("two zstd frames", z+z, text+text, "")
	f("skippable zstd frame first", skippable+z, text, "")
	f("garbage after a zstd frame", z+"garbage", text, ingest.CodeCompression)
	f("gzip in gzip", string(gz(t, g)), text, "")
	f("members in gzip", string(gz(t, g, g)), text+text, "")
	f("zstd in gzip", string(gz(t, z)), text, "")
	f("gzip in zstd", string(zst(t, g)), text, "")
	f("three levels", string(gz(t, string(gz(t, g)))), "", ingest.CodeCompression)
	f("BOM", "\xef\xbb\xbf"+text, text, "")
	f("BOM alone", "\xef\xbb\xbf", "", "")
	f("BOM in gzip", string(gz(t, "\xef\xbb\xbf"+text)), text, "")
	f("BOM in the middle stays", "a\xef\xbb\xbfb", "a\xef\xbb\xbfb", "")
	f("UTF-16LE", utf16Bytes("Zoë 𝄞\n", false), "Zoë 𝄞\n", "")
	f("UTF-16BE", utf16Bytes("Zoë 𝄞\n", true), "Zoë 𝄞\n", "")
	f("UTF-16 in gzip", string(gz(t, utf16Bytes(text, false))), text, "")
	f("lone surrogates", "\xff\xfe\x00\xd8a\x00\x00\xdc\x00\xd8", "\ufffda\ufffd\ufffd", "")
	f("half a UTF-16 unit", utf16Bytes("ab", false)+"c", "ab", ingest.CodeTruncated)
	f("PAR1 as text", "PAR1 is a golf club\n", "PAR1 is a golf club\n", "")
	f("BZh as text", "BZh9 is no archive here\n", "BZh9 is no archive here\n", "")
	f("PK as text", "PKzip\n", "PKzip\n", "")
	f("parquet in gzip", string(gz(t, "PAR1\x15\x04PAR1")), "", ingest.CodeCompression)
}

func TestRefusedFormatsAreNamed(t *testing.T) {
	f := func(in, name string) {
		t.Helper()
		for _, in := range []string{in + "0123456789", string(gz(t, in+"0123456789"))} {
			_, err := Open(strings.NewReader(in), -1, ingest.DefaultLimits)
			if err == nil || code(t, err, 0) != ingest.CodeCompression || !strings.Contains(err.Error(), name) {
				t.Errorf("%q: error %v, want it to name %s", in, err, name)
			}
		}
	}
	f("PK\x03\x04", "zip")
	f("PK\x05\x06", "zip")
	f("BZh91AY&SY", "bzip2")
	f("BZh9\x17\x72\x45\x38\x50\x90", "bzip2")
	f("\xfd7zXZ\x00", "xz")
	f("7z\xbc\xaf\x27\x1c", "7z")
	f("\x04\x22\x4d\x18", "lz4")
	f("\xff\x06\x00\x00sNaPpY", "snappy")
	f("\x1f\x9d\x90", "compress")
	f("PARE\x15", "encrypted parquet")
	f("\xff\xfe\x00\x00a\x00\x00\x00", "utf-32")
}

// TestEveryPrefixDeliversWhatStandsBeforeTheCut cuts a file at each byte. A
// stored (uncompressed) gzip shows exactly how much the cut leaves.
func TestEveryPrefixDeliversWhatStandsBeforeTheCut(t *testing.T) {
	var text strings.Builder
	for i := range 40 {
		fmt.Fprintf(&text, "record %d, value %x\n", i, i*7919)
	}
	var stored bytes.Buffer
	w, err := gzip.NewWriterLevel(&stored, gzip.NoCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, text.String()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	const storedHeader = 10 + 5

	whole := map[string][]byte{
		"plain":  []byte(text.String()),
		"gzip":   gz(t, text.String()[:500], text.String()[500:]),
		"stored": stored.Bytes(),
		"zstd":   zst(t, text.String()[:500], text.String()[500:]),
		"nested": gz(t, string(gz(t, text.String()))),
	}
	first := len(gz(t, text.String()[:500]))
	firstFrame := len(zst(t, text.String()[:500]))
	for name, in := range whole {
		last := 0
		for cut := 1; cut < len(in); cut++ {
			if name == "zstd" && cut == 1 {
				continue // a zstd magic starts with a parenthesis: one byte of it is text
			}
			u, err := Open(bytes.NewReader(in[:cut]), int64(len(in)), ingest.DefaultLimits)
			var got []byte
			if err == nil {
				got, err = io.ReadAll(u)
			}
			if c := code(t, err, int64(len(got))); c != ingest.CodeTruncated {
				t.Fatalf("%s cut at %d of %d: code %q", name, cut, len(in), c)
			}
			if !strings.HasPrefix(text.String(), string(got)) || len(got) < last {
				t.Fatalf("%s cut at %d: %d bytes delivered, not a prefix or fewer than before", name, cut, len(got))
			}
			last = len(got)
			switch {
			case name == "plain" && len(got) != cut,
				name == "stored" && len(got) != min(max(0, cut-storedHeader), text.Len()),
				name == "gzip" && cut >= first && len(got) < 500,
				name == "zstd" && cut >= firstFrame && len(got) < 500:
				t.Fatalf("%s cut at %d: only %d bytes delivered", name, cut, len(got))
			}
		}
		if last == 0 {
			t.Errorf("%s: no prefix delivered anything", name)
		}
	}
}

// TestDamageIsReportedAfterTheGoodBytes damages the checksum of the second
// member or frame. gzip's members give all they hold before the checksum is
// seen, zstd's blocks (128 KiB) only what is proven.
func TestDamageIsReportedAfterTheGoodBytes(t *testing.T) {
	good := strings.Repeat("a good line of the log\n", 20)
	g, z := gz(t, good, "second"), zst(t, good, "second")
	g[len(g)-5] ^= 0x40
	z[len(z)-1] ^= 0x40
	if got, c, _ := read(t, g, ingest.DefaultLimits); got != good+"second" || c != ingest.CodeCompression {
		t.Errorf("gzip: %d of %d bytes, code %q", len(got), len(good)+6, c)
	}
	if got, c, _ := read(t, z, ingest.DefaultLimits); got != good || c != ingest.CodeCompression {
		t.Errorf("zstd: %d of %d bytes, code %q", len(got), len(good), c)
	}
}

func TestShortSourceIsTruncated(t *testing.T) {
	u, err := Open(strings.NewReader("half of it"), 20, ingest.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(u)
	if c := code(t, err, 10); c != ingest.CodeTruncated || string(got) != "half of it" {
		t.Errorf("got %q, %q", got, c)
	}
}

// TestSourceErrorsAreNotThePayloads: a broken connection or a shutdown must not
// become a tombstone for the rest of a good payload.
func TestSourceErrorsAreNotThePayloads(t *testing.T) {
	broken := errors.New("connection reset")
	text := strings.Repeat("line\n", 5000)
	for name, in := range map[string][]byte{
		"plain": []byte(text), "gzip": gz(t, text), "zstd": zst(t, text), "frames": zst(t, text, text), "nested": gz(t, string(gz(t, text))),
	} {
		for cut := range len(in) {
			if cut > 100 && cut%997 != 0 && cut != len(in)/2 {
				continue
			}
			r := io.MultiReader(bytes.NewReader(in[:cut]), iotest.ErrReader(broken))
			u, err := Open(r, int64(len(in)), ingest.DefaultLimits)
			if err == nil {
				_, err = io.ReadAll(u)
			}
			if err != broken {
				t.Fatalf("%s, source broken at %d: error %v", name, cut, err)
			}
		}
	}
}

// zeros gives n bytes of a line that compresses well.
type zeros struct{ n int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.n == 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), z.n))
	for i := range n {
		p[i] = 'a'
	}
	z.n -= int64(n)
	return n, nil
}

func TestBombsStopEarlyInConstantMemory(t *testing.T) {
	const size = 64 << 20
	var g, z, empty bytes.Buffer
	gw := gzip.NewWriter(&g)
	if _, err := io.Copy(gw, &zeros{size}); err != nil {
		t.Fatal(err)
	}
	if err := gw.Close(); err != nil {
		t.Fatal(err)
	}
	zw, err := zstd.NewWriter(&z, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(zw, &zeros{size}); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	// a stream of empty members inside a member makes work but no output
	ew := gzip.NewWriter(&empty)
	members := bytes.Repeat(gz(t, ""), 1000)
	for range 1000 {
		if _, err := ew.Write(members); err != nil {
			t.Fatal(err)
		}
	}
	if err := ew.Close(); err != nil {
		t.Fatal(err)
	}
	lim := ingest.DefaultLimits
	lim.Ratio = 100
	for name, in := range map[string][]byte{
		"gzip": g.Bytes(), "zstd": z.Bytes(), "nested": gz(t, g.String()), "empty members": empty.Bytes(),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		u, err := Open(bytes.NewReader(in), int64(len(in)), lim)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		n, err := io.Copy(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{u})
		if c := code(t, err, n); c != ingest.CodeRatio {
			t.Errorf("%s: code %q", name, c)
		}
		if n > size/8 {
			t.Errorf("%s: %d bytes delivered before the stop", name, n)
		}
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 12<<20 {
			t.Errorf("%s: allocated %d bytes", name, used)
		}
	}
}

func TestSizeLimitIsExact(t *testing.T) {
	lim := ingest.Limits{Payload: 100}
	f := func(n int, want ingest.Code) {
		t.Helper()
		text := strings.Repeat("x", n)
		for name, in := range map[string][]byte{"plain": []byte(text), "gzip": gz(t, text), "zstd": zst(t, text)} {
			got, c, _ := read(t, in, lim)
			if c != want || len(got) != min(n, 100) {
				t.Errorf("%s of %d: %d bytes, code %q", name, n, len(got), c)
			}
		}
	}
	f(99, "")
	f(100, "")
	f(101, ingest.CodeSize)
	f(100_000, ingest.CodeSize)
}

func TestSmallPayloadsMayExpandFar(t *testing.T) {
	text := strings.Repeat("x", ratioFrom)
	if got, c, _ := read(t, gz(t, text), ingest.Limits{Ratio: 2}); c != "" || got != text {
		t.Errorf("%d bytes, code %q", len(got), c)
	}
}

func TestPeekDoesNotConsume(t *testing.T) {
	text := strings.Repeat("0123456789", 20_000)
	u, err := Open(bytes.NewReader(gz(t, text)), -1, ingest.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 100, PeekMax, 10 * PeekMax} {
		head, err := u.Peek(n)
		if err != nil || string(head) != text[:min(n, PeekMax)] {
			t.Errorf("Peek(%d): %d bytes, %v", n, len(head), err)
		}
	}
	if got, err := io.ReadAll(u); err != nil || string(got) != text {
		t.Errorf("%d bytes, %v after Peek", len(got), err)
	}
	if head, err := u.Peek(1); len(head) != 0 || err != io.EOF {
		t.Errorf("Peek at the end: %q, %v", head, err)
	}
}

func TestPeekShowsTheBytesBeforeAFault(t *testing.T) {
	g := gz(t, "good")
	u, err := Open(bytes.NewReader(append(g, "garbage"...)), -1, ingest.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	if head, err := u.Peek(PeekMax); string(head) != "good" || err != nil {
		t.Errorf("Peek: %q, %v", head, err)
	}
	got, err := io.ReadAll(u)
	if string(got) != "good" || code(t, err, 4) != ingest.CodeCompression {
		t.Errorf("Read: %q, %v", got, err)
	}
}

func TestParquetIsHandedOver(t *testing.T) {
	const file = "PAR1\x15\x04\x00footerPAR1"
	got, c, u := read(t, []byte(file), ingest.DefaultLimits)
	if got != file || c != "" || !u.IsParquet() || u.Depth() != 0 {
		t.Errorf("got %q, %q", got, c)
	}
}

// TestResetReusesTheDecoders also shows that a fault leaves nothing behind.
func TestResetReusesTheDecoders(t *testing.T) {
	text := strings.Repeat("a line that repeats itself\n", 10_000)
	inputs := [][]byte{
		gz(t, text), zst(t, text), gz(t, string(zst(t, text))), gz(t, text)[:100], []byte(text), gz(t, string(gz(t, text))),
	}
	u, err := Open(strings.NewReader(""), 0, ingest.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	var r bytes.Reader
	sink := struct{ io.Writer }{io.Discard}
	round := func() {
		for i, in := range inputs {
			r.Reset(in)
			if err := u.Reset(&r, -1); err != nil {
				t.Fatal(err)
			}
			n, err := u.buf.WriteTo(sink)
			if i == 3 {
				code(t, err, n)
			} else if err != nil || n != int64(len(text)) {
				t.Fatalf("input %d: %d bytes, %v", i, n, err)
			}
		}
	}
	round()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	round()
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 64<<10 {
		t.Errorf("a second round allocated %d bytes", used)
	}
}

func TestAnyNestingRoundTrips(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringMatching(`[a-y \n]{0,300}`).Draw(rt, "text")
		in := []byte(text)
		for range rapid.IntRange(0, maxNesting).Draw(rt, "levels") {
			cut := rapid.IntRange(0, len(in)).Draw(rt, "cut")
			if rapid.Bool().Draw(rt, "zstd") {
				in = zst(t, string(in[:cut]), string(in[cut:]))
			} else {
				in = gz(t, string(in[:cut]), string(in[cut:]))
			}
		}
		u, err := Open(iotest.OneByteReader(bytes.NewReader(in)), int64(len(in)), ingest.DefaultLimits)
		if err != nil {
			rt.Fatal(err)
		}
		if got, err := io.ReadAll(u); err != nil || string(got) != text {
			rt.Fatalf("got %q, %v; want %q", got, err, text)
		}
	})
}

func FuzzOpen(f *testing.F) {
	for _, s := range [][]byte{
		gz(f, "one", "two"), zst(f, "one", "two"), gz(f, string(zst(f, "nested"))), []byte("\xff\xfea\x00"),
		[]byte("\xfe\xff\x00a\xd8\x00"), append(gz(f, "x"), 0, 0), []byte("PAR1\x15"), gz(f, "cut")[:15], nil,
	} {
		f.Add(s)
	}
	lim := ingest.Limits{Payload: 4 << 20, Ratio: 200}
	f.Fuzz(func(t *testing.T, in []byte) {
		u, err := Open(bytes.NewReader(in), int64(len(in)), lim)
		if err != nil {
			code(t, err, 0)
			return
		}
		head, _ := u.Peek(100)
		head = bytes.Clone(head)
		got, err := io.ReadAll(u)
		if !bytes.HasPrefix(got, head) {
			t.Fatal("Peek and Read differ")
		}
		if int64(len(got)) > lim.Payload {
			t.Fatalf("%d bytes are over the limit", len(got))
		}
		if err != nil {
			code(t, err, int64(len(got)))
		} else if u.In() != int64(len(in)) {
			t.Fatalf("a good end after %d of %d bytes", u.In(), len(in))
		}
		if u.Depth() == 0 && u.Kind() == Plain && err == nil && !bytes.HasSuffix(in, got) {
			t.Fatal("plain text was changed")
		}
	})
}
