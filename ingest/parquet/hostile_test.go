package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"go.uber.org/goleak"

	"github.com/scrubline/scrubline/ingest"
)

// pageOf is a page of version 1, or a dictionary: n values and size bytes by its
// own word.
func pageOf(typ, enc, n, size int, body []byte) []byte {
	h := &out{}
	h.begin()
	h.i32(1, typ)
	h.i32(2, size)
	h.i32(3, len(body))
	id := 5
	if typ == dictPage {
		id = 7
	}
	h.field(id, tStruct)
	h.begin()
	h.i32(1, n)
	h.i32(2, enc)
	if typ == dataPage {
		h.i32(3, encRLE)
		h.i32(4, encRLE)
	}
	h.end()
	h.end()
	return append(h.Bytes(), body...)
}

// deltaHead is the header of DELTA_BINARY_PACKED numbers, a least difference of
// zero and a miniblock of equal numbers: all that the library needs to fill
// a block.
func deltaHead(block, n uint64) []byte {
	b := binary.AppendUvarint(nil, block)
	b = append(b, 1)
	return append(binary.AppendUvarint(b, n), 0, 0, 0)
}

// firstRow reads one row and returns what it took, in bytes.
func firstRow(file []byte) (allocated uint64, err error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f, err := Rows(bytes.NewReader(file), int64(len(file)), ingest.DefaultLimits)
	if err == nil {
		_, _, err = f.Next()
	}
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, err
}

// TestSizesAreNotBelieved: the library makes room for as much as each of these
// files of a few bytes says, from hundreds of megabytes up to more than there
// is, which ends the program.
func TestSizesAreNotBelieved(t *testing.T) {
	bin := []field{{name: "v", physical: pBytes}}
	num := []field{{name: "v", physical: pInt64}}
	rows := [][][]any{{{str("")}, {str("")}, {str("")}}}
	concat := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	ids := pageOf(dataPage, encRLEDict, 3, 7, concat([]byte{32}, binary.AppendUvarint(nil, 3<<1), i32(15<<20)))
	data := func(enc int, body []byte) []byte { return pageOf(dataPage, enc, 3, len(body), body) }
	prefix := []byte(strings.Repeat("x", 4<<20))
	var shared, ends []int64
	for i := range 1000 {
		shared, ends = append(shared, int64(min(i, 1)*len(prefix))), append(ends, 1)
	}
	ends[0] = int64(len(prefix))
	starts := concat(deltaOf(shared, true), deltaOf(ends, true), prefix, make([]byte, 999))
	zeros := pack(t, 6, make([]byte, 256<<20))
	for name, c := range map[string]struct {
		kids  []field
		codec int
		pages []byte
		want  ingest.Code
	}{
		"values of a page":        {num, 0, pageOf(dataPage, encDelta, math.MaxInt32, 11, deltaHead(128, math.MaxInt32)), ingest.CodeSize},
		"values of a dictionary":  {bin, 0, concat(pageOf(dictPage, encPlain, 1<<19, 4, i32(0)), ids), ingest.CodeSyntax},
		"dictionary for its file": {bin, 0, concat(pageOf(dictPage, encPlain, 16<<20, 4, i32(0)), ids), ingest.CodeRatio},
		"block of numbers":        {num, 0, data(encDelta, deltaHead(math.MaxUint32-127, 3)), ingest.CodeSyntax},
		"block of lengths":        {bin, 0, data(encDeltaLength, deltaHead(math.MaxUint32-127, 3)), ingest.CodeSyntax},
		"block of shared lengths": {bin, 0, data(encDeltaByteArray, concat(deltaOf([]int64{0, 0, 0}, true), deltaHead(math.MaxUint32-127, 3))), ingest.CodeSyntax},
		"zstd":                    {bin, 6, pageOf(dataPage, encPlain, 3, 12, zeros), ingest.CodeCompression},
		"snappy":                  {bin, 1, pageOf(dataPage, encPlain, 3, 12, binary.AppendUvarint(nil, math.MaxUint32)), ingest.CodeCompression},
		"page":                    {bin, 1, pageOf(dataPage, encPlain, 3, math.MaxInt32, nil), ingest.CodeSyntax},
		"shared starts":           {bin, 0, pageOf(dataPage, encDeltaByteArray, 1000, len(starts), starts), ""},
	} {
		used, err := firstRow(write(t, c.kids, rows, style{codec: c.codec, pages: c.pages}))
		var re *ingest.RecordError
		if c.want == "" && !errors.As(err, &re) || c.want != "" && payloadCode(t, err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
		if used > 64<<20 {
			t.Errorf("%s: %d bytes allocated", name, used)
		}
	}
}

// TestAllColumnsShareTheMemory: pages that are small enough each.
func TestAllColumnsShareTheMemory(t *testing.T) {
	var kids []field
	for _, name := range strings.Split("abcdefgh", "") {
		kids = append(kids, field{name: name, physical: pBytes})
	}
	row := make([]any, len(kids))
	for i := range row {
		row[i] = str("")
	}
	body := make([]byte, 50<<20)
	file := write(t, kids, [][][]any{{row}}, style{codec: 6, pages: pageOf(dataPage, encPlain, 1, len(body), pack(t, 6, body))})
	used, err := firstRow(file)
	if payloadCode(t, err) != ingest.CodeSize || used > pageMemory+maxPage {
		t.Errorf("%v, %d bytes allocated", err, used)
	}
}

// TestFootersAreNotBelieved: counts of what is not there.
func TestFootersAreNotBelieved(t *testing.T) {
	footer := func(write func(o *out)) []byte {
		o := &out{}
		o.begin()
		o.i32(1, 1)
		write(o)
		o.end()
		file := append([]byte("PAR1"), o.Bytes()...)
		return append(append(file, i32(int32(o.Len()))...), "PAR1"...)
	}
	root := func(o *out, children int) {
		o.begin()
		o.str(4, "root")
		o.i32(5, children)
		o.end()
	}
	for name, file := range map[string][]byte{
		"elements": footer(func(o *out) { o.listOf(2, tStruct, 100<<20) }),
		"children": footer(func(o *out) {
			o.listOf(2, tStruct, 1)
			root(o, math.MaxInt32)
			o.i64(3, 0)
			o.listOf(4, tStruct, 0)
		}),
		"row groups": footer(func(o *out) {
			o.listOf(2, tStruct, 1)
			root(o, 0)
			o.i64(3, 0)
			o.listOf(4, tStruct, 100<<20)
		}),
		"nesting": footer(func(o *out) {
			o.listOf(2, tStruct, 3000)
			for range 3000 {
				root(o, 1)
			}
			o.i64(3, 0)
			o.listOf(4, tStruct, 0)
		}),
	} {
		used, err := firstRow(file)
		payloadCode(t, err)
		if used > 16<<20 {
			t.Errorf("%s: %d bytes allocated", name, used)
		}
	}
}

func TestColumnsOverTheLimitAreRefusedUnread(t *testing.T) {
	kids, groups, _ := flow()
	f := func(claims int, payload int64) {
		t.Helper()
		lim := ingest.DefaultLimits
		lim.Payload = payload
		file := write(t, kids, groups, style{perPage: 10, claims: claims})
		if _, err := Rows(bytes.NewReader(file), int64(len(file)), lim); err == nil || payloadCode(t, err) != ingest.CodeSize {
			t.Errorf("%d of %d: %v", claims, payload, err)
		}
	}
	f(maxChunk+1, math.MaxInt64)
	f(1000, 1000) // six columns, three groups
}

// TestFailuresOfTheInputAreNotTheFiles: and what a reader says of them does not
// get out.
func TestFailuresOfTheInputAreNotTheFiles(t *testing.T) {
	kids, groups, _ := flow()
	file := write(t, kids, groups, style{perPage: 10})
	for after := range 40 {
		r := &failing{r: bytes.NewReader(file), after: after}
		f, err := Rows(r, int64(len(file)), ingest.DefaultLimits)
		for err == nil {
			_, _, err = f.Next()
		}
		if err == io.EOF {
			if r.after < 0 {
				t.Errorf("failed read %d went unseen", after)
			}
			continue
		}
		if payloadCode(t, err) != ingest.CodeUnreadable || errors.Is(err, iotest.ErrTimeout) || strings.Contains(err.Error(), "timeout") {
			t.Errorf("read %d: %v", after, err)
		}
	}
}

type failing struct {
	r     io.ReaderAt
	after int
}

func (f *failing) ReadAt(b []byte, off int64) (int, error) {
	if f.after--; f.after < 0 {
		return 0, iotest.ErrTimeout
	}
	return f.r.ReadAt(b, off)
}

func TestNoGoroutineIsLeft(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	kids, groups, _ := flow()
	for _, st := range styles {
		file := write(t, kids, groups, st)
		f, err := Rows(bytes.NewReader(file), int64(len(file)), ingest.DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		for range 5 { // and then let go
			if _, _, err := f.Next(); err != nil {
				t.Fatal(err)
			}
		}
	}
}
