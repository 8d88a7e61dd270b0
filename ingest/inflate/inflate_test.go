package inflate

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	klauspost "github.com/klauspost/compress/gzip"
)

// texts are inputs of every kind that compressors treat differently.
func texts() map[string][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	random := make([]byte, 300<<10)
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	var log, few bytes.Buffer
	for i := range 6000 {
		fmt.Fprintf(&log, "2026-03-02T00:%02d:%02d.%06dZ app/portal 203.0.113.%d:%d GET /portal/home?page=%d HTTP/2.0 Root=1-%08x\n", i/60%60, i%60, r.IntN(1e6), r.IntN(256), r.IntN(65536), r.IntN(99), r.Uint32())
	}
	for range 200 << 10 {
		few.WriteByte("aab"[r.IntN(3)])
	}
	return map[string][]byte{
		"nothing": nil, "a byte": {'x'}, "short": []byte("hello hello hello"), "random": random, "log": log.Bytes(), "few": few.Bytes(),
		"zeros": make([]byte, 500<<10), "far": append(append(bytes.Clone(random[:window]), random[:window]...), random[1:window]...),
		"steps": []byte(strings.Repeat("ab", 300) + strings.Repeat("abc", 300) + strings.Repeat("abcdefg", 300) + strings.Repeat("abcdefghi", 300)),
	}
}

func pack(t testing.TB, text []byte, level int) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, level)
	if err == nil {
		_, err = w.Write(text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// member reads the first member of in; rest is what stands behind it.
func member(z *Reader, in io.Reader) (text, rest []byte, err error) {
	b := bufio.NewReaderSize(in, 32<<10)
	if err := z.Reset(b); err != nil {
		return nil, nil, err
	}
	if text, err = io.ReadAll(z); err != nil {
		return text, nil, err
	}
	rest, err = io.ReadAll(b)
	return text, rest, err
}

func TestWhatWasCompressedComesBack(t *testing.T) {
	var z Reader
	for name, text := range texts() {
		packed := map[string][]byte{}
		for level := gzip.HuffmanOnly; level <= gzip.BestCompression; level++ {
			packed[fmt.Sprint(level)] = pack(t, text, level)
		}
		var b bytes.Buffer
		w, _ := klauspost.NewWriterLevel(&b, klauspost.StatelessCompression)
		_, _ = w.Write(text)
		_ = w.Close()
		packed["stateless"] = b.Bytes()
		for how, p := range packed {
			p = append(bytes.Clone(p), "behind it"...)
			for _, in := range []io.Reader{bytes.NewReader(p), iotest.OneByteReader(bytes.NewReader(p)), iotest.DataErrReader(bytes.NewReader(p))} {
				got, rest, err := member(&z, in)
				if err != nil || !bytes.Equal(got, text) || string(rest) != "behind it" {
					t.Errorf("%s at level %s: %v, %d bytes of %d, %q behind", name, how, err, len(got), len(text), rest)
				}
			}
		}
	}
}

func TestHeadersOfEveryKind(t *testing.T) {
	body := pack(t, []byte("text"), 6)[10:]
	sum := func(h string) string {
		c := crc32.ChecksumIEEE([]byte(h))
		return h + string([]byte{byte(c), byte(c >> 8)})
	}
	const start = "\x1f\x8b\x08%c\x00\x00\x00\x00\x00\xff"
	head := func(flags byte) string { return strings.Replace(start, "%c", string([]byte{flags}), 1) }
	var z Reader
	for name, h := range map[string]struct {
		header string
		want   error
	}{
		"bare": {head(0), nil}, "name": {head(8) + "name\x00", nil}, "comment": {head(16) + "c\x00", nil}, "extra": {head(4) + "\x03\x00abc", nil},
		"all": {sum(head(31) + "\x01\x00xname\x00comment\x00"), nil}, "wrong sum": {sum(head(2))[:10] + "\x00\x01", ErrHeader},
		"magic": {"PK" + head(0)[2:], ErrHeader}, "method": {"\x1f\x8b\x07" + head(0)[3:], ErrHeader},
	} {
		got, _, err := member(&z, strings.NewReader(h.header+string(body)))
		if !errors.Is(err, h.want) || h.want == nil && string(got) != "text" {
			t.Errorf("%s: %v, %q", name, err, got)
		}
	}
	if err := z.Reset(bufio.NewReader(strings.NewReader(""))); err != io.EOF {
		t.Errorf("nothing: %v", err)
	}
}

// same says how z differs from the standard library on in, "" if not. Before a fault
// it may give some symbols more: the library wants to see as many bits as the end of
// the block has.
func same(z *Reader, in []byte) string {
	got, _, err := member(z, bytes.NewReader(in))
	b := bufio.NewReader(bytes.NewReader(in))
	std, wantErr := gzip.NewReader(b)
	var want []byte
	if wantErr == nil {
		std.Multistream(false)
		want, wantErr = io.ReadAll(std)
	}
	kind := func(err error) string {
		switch {
		case err == nil:
			return "none"
		case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
			return "cut"
		}
		return "bad"
	}
	more := 0
	if err != nil {
		more = mostBits * 258
	}
	if k, w := kind(err), kind(wantErr); k != w || !bytes.HasPrefix(got, want) || len(got) > len(want)+more {
		return fmt.Sprintf("%d bytes and %s (%v), want %d bytes and %s (%v)", len(got), k, err, len(want), w, wantErr)
	}
	return ""
}

func TestBrokenAndCutAsTheStandardLibraryHasIt(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var z Reader
	for name, text := range texts() {
		for _, level := range []int{0, 1, 6, gzip.HuffmanOnly} {
			p := pack(t, text[:min(len(text), 3000)], level)
			for cut := range len(p) {
				if d := same(&z, p[:cut]); d != "" {
					t.Fatalf("%s at level %d cut at %d: %s", name, level, cut, d)
				}
				if got, _, _ := member(&z, bytes.NewReader(p[:cut])); !bytes.HasPrefix(text, got) {
					t.Fatalf("%s at level %d cut at %d: other bytes", name, level, cut)
				}
			}
			for range 2000 {
				q := bytes.Clone(p)
				q[10+r.IntN(len(q)-10)] ^= 1 << r.IntN(8)
				if d := same(&z, q); d != "" {
					t.Fatalf("%s at level %d broken: %s\n%x", name, level, d, q)
				}
			}
		}
	}
}

func TestFaultOfTheInputComesAsItIs(t *testing.T) {
	broken := errors.New("broken")
	p := pack(t, texts()["log"], 6)
	var z Reader
	for _, cut := range []int{3, 10, 11, 100, len(p) - 9, len(p) - 1} {
		if _, _, err := member(&z, io.MultiReader(bytes.NewReader(p[:cut]), iotest.ErrReader(broken))); !errors.Is(err, broken) {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
}

func TestReadingCostsNoAllocation(t *testing.T) {
	p, z, out := pack(t, texts()["log"], 6), new(Reader), make([]byte, 32<<10)
	in := bytes.NewReader(nil)
	b := bufio.NewReader(in)
	if n := testing.AllocsPerRun(10, func() {
		in.Reset(p)
		b.Reset(in)
		if err := z.Reset(b); err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := z.Read(out); err == io.EOF {
				return
			} else if err != nil {
				t.Fatal(err)
			}
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzReader(f *testing.F) {
	for _, text := range texts() {
		for _, level := range []int{0, 1, 9, gzip.HuffmanOnly} {
			f.Add(pack(f, text[:min(len(text), 2000)], level))
		}
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if d := same(new(Reader), in); d != "" {
			t.Error(d)
		}
	})
}

// BenchmarkRead reads a log beside the libraries.
func BenchmarkRead(b *testing.B) {
	text := bytes.Repeat(texts()["log"], 8)
	p := pack(b, text, 6)
	in := bytes.NewReader(nil)
	buf := bufio.NewReaderSize(in, 32<<10)
	for name, r := range map[string]interface {
		io.Reader
		Reset(io.Reader) error
	}{"klauspost": new(klauspost.Reader), "standard": new(gzip.Reader), "own": onBuffer{new(Reader)}} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				in.Reset(p)
				buf.Reset(in)
				if err := r.Reset(buf); err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

type onBuffer struct{ *Reader }

func (a onBuffer) Reset(r io.Reader) error { return a.Reader.Reset(r.(*bufio.Reader)) }
