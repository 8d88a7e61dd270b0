package parquet

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/ingest"
)

func i32(v int32) []byte   { return binary.LittleEndian.AppendUint32(nil, uint32(v)) }
func i64(v int64) []byte   { return binary.LittleEndian.AppendUint64(nil, uint64(v)) }
func f32(v float32) []byte { return binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)) }
func f64(v float64) []byte { return binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)) }
func str(v string) []byte  { return []byte(v) }

// rowsOf reads a file and returns gaps and rows together; the error is the one
// that ended it, nil at a good end.
func rowsOf(in []byte, lim ingest.Limits) (string, error) {
	f, err := Rows(bytes.NewReader(in), int64(len(in)), lim)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for {
		gap, raw, err := f.Next()
		b.Write(gap)
		b.Write(raw)
		var re *ingest.RecordError
		switch {
		case err == io.EOF:
			return b.String(), nil
		case errors.As(err, &re):
			fmt.Fprintf(&b, "!%s", re.Code)
		case err != nil:
			return b.String(), err
		}
	}
}

const utf8Text = 1 // converted type plus 1

var styles = func() (all []style) {
	for _, enc := range []int{encPlain, encRLEDict, encDelta, encDeltaLength, encDeltaByteArray, encSplit} {
		for _, codec := range []int{0, 1, 2, 6} {
			for _, v2 := range []bool{false, true} {
				all = append(all, style{enc: enc, codec: codec, v2: v2, perPage: 3})
			}
		}
	}
	return append(all, style{enc: encPlain, codec: 0, v2: false, perPage: 1000}, style{enc: encDelta, codec: 6, v2: true, perPage: 1000})
}()

// flow is a table like VPC flow logs': flat, with values that may be missing.
func flow() ([]field, [][][]any, string) {
	kids := []field{
		{name: "version", rep: required, physical: pInt32},
		{name: "srcaddr", rep: optional, physical: pBytes, conv: utf8Text},
		{name: "bytes", rep: optional, physical: pInt64},
		{name: "start", rep: required, physical: pInt64, conv: 10},
		{name: "ok", rep: optional, physical: pBoolean},
		{name: "rate", rep: required, physical: pDouble},
	}
	var groups [][][]any
	var want strings.Builder
	for g := range 3 {
		var rows [][]any
		for i := range 40 * g {
			row := []any{i32(int32(5 - i)), str(fmt.Sprintf("10.0.%d.%d", g, i/3)), i64(int64(i) << (i % 60)), i64(1_700_000_000_123 + int64(i)),
				[]byte{byte(i & 1)}, f64(float64(i) / 8)}
			addr, size, ok := fmt.Sprintf(`"10.0.%d.%d"`, g, i/3), strconv.FormatInt(int64(i)<<(i%60), 10), strconv.FormatBool(i&1 == 1)
			if i%4 == 1 {
				row[1], addr = nil, "null"
			}
			if i%5 == 2 {
				row[2], row[4], size, ok = nil, nil, "null", "null"
			}
			rows = append(rows, row)
			fmt.Fprintf(&want, `{"version":%d,"srcaddr":%s,"bytes":%s,"start":%q,"ok":%s,"rate":%s}`+"\n",
				5-i, addr, size, time.UnixMilli(1_700_000_000_123+int64(i)).UTC().Format(time.RFC3339Nano), ok, strconv.FormatFloat(float64(i)/8, 'f', -1, 64))
		}
		groups = append(groups, rows)
	}
	return kids, groups, want.String()
}

func TestFlatTableInEveryStyle(t *testing.T) {
	kids, groups, want := flow()
	for _, st := range styles {
		got, err := rowsOf(write(t, kids, groups, st), ingest.DefaultLimits)
		if err != nil {
			t.Fatalf("%+v: %v", st, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("%+v: %s", st, d)
		}
	}
}

// finding is a table like OCSF's: structs in lists in structs, maps.
func finding() []field {
	text := func(name string, rep int) field { return field{name: name, rep: rep, physical: pBytes, conv: utf8Text} }
	return []field{
		{name: "metadata", rep: optional, kids: []field{
			{name: "product", rep: optional, kids: []field{text("name", optional), text("vendor", required)}},
			{name: "profiles", rep: optional, conv: 4, kids: []field{{name: "list", rep: repeated, kids: []field{text("element", optional)}}}},
		}},
		{name: "resources", rep: optional, conv: 4, kids: []field{{name: "array", rep: repeated, kids: []field{
			text("uid", optional),
			{name: "tags", rep: optional, conv: 2, kids: []field{{name: "key_value", rep: repeated, kids: []field{text("key", required), text("value", optional)}}}},
			{name: "ports", rep: repeated, physical: pInt32},
		}}}},
		{name: "old", rep: optional, conv: 4, kids: []field{{name: "array", rep: repeated, kids: []field{text("only", required)}}}},
		{name: "counts", rep: optional, conv: 2, kids: []field{{name: "map", rep: repeated, kids: []field{
			{name: "key", rep: required, physical: pInt32}, {name: "value", rep: required, physical: pInt32}}}}},
	}
}

func TestNestedTableInEveryStyle(t *testing.T) {
	list := func(v ...any) []any { return []any{v} } // the members of a group whose one member repeats
	row := func(v ...any) []any { return v }
	rows := [][]any{
		{nil, nil, nil, nil},
		{row(nil, nil), list(), list(), list()},
		{row(row(nil, str("AWS")), list(row(str("cloud")), row(nil), row(str("x")))),
			list(
				row(str("arn:1"), list(row(str("env"), str("prod")), row(str("team"), nil)), []any{i32(80), i32(443)}),
				row(nil, nil, []any{}),
				row(str("arn:3"), list(), []any{i32(22)})),
			list(row(str("one")), row(str("two"))),
			list(row(i32(1), i32(2)), row(i32(3), i32(4)))},
		{row(row(str("n"), str("v")), nil), nil, list(row(str("z"))), nil},
	}
	want := strings.Join([]string{
		`{"metadata":null,"resources":null,"old":null,"counts":null}`,
		`{"metadata":{"product":null,"profiles":null},"resources":[],"old":[],"counts":[]}`,
		`{"metadata":{"product":{"name":null,"vendor":"AWS"},"profiles":["cloud",null,"x"]},` +
			`"resources":[{"uid":"arn:1","tags":{"env":"prod","team":null},"ports":[80,443]},{"uid":null,"tags":null,"ports":[]},{"uid":"arn:3","tags":{},"ports":[22]}],` +
			`"old":[{"only":"one"},{"only":"two"}],"counts":[{"key":1,"value":2},{"key":3,"value":4}]}`,
		`{"metadata":{"product":{"name":"n","vendor":"v"},"profiles":null},"resources":null,"old":[{"only":"z"}],"counts":null}`,
	}, "\n") + "\n"
	for _, st := range styles {
		got, err := rowsOf(write(t, finding(), [][][]any{rows}, st), ingest.DefaultLimits)
		if err != nil {
			t.Fatalf("%+v: %v", st, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("%+v: %s", st, d)
		}
	}
}

func TestValues(t *testing.T) {
	f := func(l field, v []byte, want string) {
		t.Helper()
		l.name = "v"
		got, err := rowsOf(write(t, []field{l}, [][][]any{{{v}}}, style{perPage: 10}), ingest.DefaultLimits)
		if err != nil || got != `{"v":`+want+"}\n" {
			t.Errorf("got %s, %v; want %s", got, err, want)
		}
		if !json.Valid([]byte(got)) {
			t.Errorf("%s is no JSON", got)
		}
	}
	bin := field{physical: pBytes}
	f(bin, []byte{0, 255, 1}, `"AP8B"`)
	f(bin, []byte{}, `""`)
	txt := field{physical: pBytes, conv: utf8Text}
	f(txt, str("a\"b\\c\n\r\t\x00\x1fé𝄞"), `"a\"b\\c\n\r\t\u0000\u001fé𝄞"`)
	f(txt, str("bad \xff\xc3"), "\"bad \ufffd\ufffd\"")
	f(field{physical: pBytes, conv: 20}, str(`{"a":1}`), `"{\"a\":1}"`)
	f(field{physical: pInt32}, i32(-5), `-5`)
	f(field{physical: pInt32, conv: 14}, i32(-1), `4294967295`)
	f(field{physical: pInt64, conv: 15}, i64(-1), `18446744073709551615`)
	f(field{physical: pInt64}, i64(math.MinInt64), `-9223372036854775808`)
	f(field{physical: pInt32, conv: 7}, i32(20_000), `"2024-10-04"`)
	f(field{physical: pInt32, conv: 7}, i32(math.MaxInt32), `2147483647`)
	f(field{physical: pInt64, conv: 10}, i64(1_700_000_000_000), `"2023-11-14T22:13:20Z"`)
	f(field{physical: pInt64, conv: 11}, i64(1_700_000_000_000_001), `"2023-11-14T22:13:20.000001Z"`)
	f(field{physical: pInt64, conv: 11}, i64(math.MaxInt64), `9223372036854775807`)
	f(field{physical: pInt32, conv: 8}, i32(3_723_004), `"01:02:03.004"`)
	f(field{physical: pInt32, conv: 8}, i32(-1), `-1`)
	f(field{physical: pInt96}, append(i64(3_723_000_000_000), i32(2_440_589)...), `"1970-01-02T01:02:03Z"`)
	f(field{physical: pInt32, conv: 6, scale: 2}, i32(-12345), `"-123.45"`)
	f(field{physical: pInt32, conv: 6, scale: 4}, i32(-5), `"-0.0005"`)
	f(field{physical: pInt64, conv: 6}, i64(7), `"7"`)
	f(field{physical: pBytes, conv: 6, scale: 3}, []byte{0xff, 0x85}, `"-0.123"`)
	f(field{physical: pFixed, length: 16, conv: 6, scale: 1}, append(make([]byte, 8), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), `"1844674407370955161.5"`)
	f(field{physical: pFloat}, f32(0.1), `0.1`)
	f(field{physical: pDouble}, f64(1e300), `1e+300`)
	f(field{physical: pDouble}, f64(math.NaN()), `"NaN"`)
	f(field{physical: pDouble}, f64(math.Inf(-1)), `"-Infinity"`)
	f(field{physical: pBoolean}, []byte{1}, `true`)
	// logical types, as thrift: the field of the union, what is in it, two ends
	micros := []byte{0x8c, 0x11, 0x1c, 0x2c, 0, 0, 0, 0}
	f(field{physical: pInt64, logical: micros}, i64(1_700_000_000_000_001), `"2023-11-14T22:13:20.000001Z"`)
	nanos := []byte{0x8c, 0x11, 0x1c, 0x3c, 0, 0, 0, 0}
	f(field{physical: pInt64, logical: nanos}, i64(1_700_000_000_000_000_001), `"2023-11-14T22:13:20.000000001Z"`)
	f(field{physical: pBytes, logical: []byte{0x1c, 0, 0}}, str("x"), `"x"`)
	unsigned := []byte{0xac, 0x13, 64, 0x12, 0, 0}
	f(field{physical: pInt64, logical: unsigned}, i64(-1), `18446744073709551615`)
	id := []byte{0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x12, 0xd3, 0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40, 0x00}
	f(field{physical: pFixed, length: 16, logical: []byte{0xec, 0, 0}}, id, `"123e4567-e89b-12d3-a456-426614174000"`)
	f(field{physical: pFixed, length: 2, logical: []byte{0xfc, 0, 0}}, []byte{0x00, 0xc1}, `-2.5`)
	// an annotation that does not fit is not believed, nor is the file
	for _, l := range []field{{name: "v", physical: pBoolean, conv: 7}, {name: "v", physical: pBytes, conv: 10}} {
		_, err := rowsOf(write(t, []field{l}, [][][]any{{{[]byte{0}}}}, style{perPage: 10}), ingest.DefaultLimits)
		if err == nil || payloadCode(t, err) != ingest.CodeSyntax {
			t.Errorf("%+v: %v", l, err)
		}
	}
}

// TestAnyTableRoundTrips writes tables of any shape and compares with the JSON
// that follows from the values.
func TestAnyTableRoundTrips(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var kids []field
		for i := range rapid.IntRange(1, 3).Draw(rt, "columns") {
			kids = append(kids, drawField(rt, "c"+strconv.Itoa(i), 0))
		}
		var groups [][][]any
		var want strings.Builder
		for range rapid.IntRange(0, 2).Draw(rt, "groups") {
			var rows [][]any
			for range rapid.IntRange(0, 6).Draw(rt, "rows") {
				v, text := drawMembers(rt, kids)
				rows = append(rows, v)
				want.WriteString(text + "\n")
			}
			groups = append(groups, rows)
		}
		st := rapid.SampledFrom(styles).Draw(rt, "style")
		got, err := rowsOf(write(t, kids, groups, st), ingest.DefaultLimits)
		if err != nil || got != want.String() {
			rt.Fatalf("%v: got\n%s\nwant\n%s", err, got, want.String())
		}
	})
}

func drawField(rt *rapid.T, name string, depth int) field {
	f := field{name: name, rep: rapid.IntRange(0, 2).Draw(rt, "rep")}
	if depth < 3 && rapid.Bool().Draw(rt, "group") {
		for i := range rapid.IntRange(1, 3).Draw(rt, "members") {
			f.kids = append(f.kids, drawField(rt, name+strconv.Itoa(i), depth+1))
		}
		return f
	}
	f.physical = rapid.SampledFrom([]int{pBoolean, pInt32, pInt64, pBytes}).Draw(rt, "type")
	return f
}

func drawMembers(rt *rapid.T, kids []field) ([]any, string) {
	var v []any
	var text []string
	for _, k := range kids {
		m, s := drawValue(rt, k)
		v = append(v, m)
		text = append(text, `"`+k.name+`":`+s)
	}
	return v, "{" + strings.Join(text, ",") + "}"
}

func drawValue(rt *rapid.T, f field) (any, string) {
	one := f
	one.rep = required
	switch {
	case f.rep == optional && rapid.Bool().Draw(rt, "null"):
		return nil, "null"
	case f.rep == repeated:
		items, text := []any{}, []string{}
		for range rapid.IntRange(0, 3).Draw(rt, "elements") {
			v, s := drawValue(rt, one)
			items, text = append(items, v), append(text, s)
		}
		return items, "[" + strings.Join(text, ",") + "]"
	case len(f.kids) > 0:
		v, s := drawMembers(rt, f.kids)
		return v, s
	}
	switch f.physical {
	case pBoolean:
		v := rapid.Bool().Draw(rt, "v")
		return []byte{map[bool]byte{true: 1}[v]}, strconv.FormatBool(v)
	case pInt32:
		v := rapid.Int32().Draw(rt, "v")
		return i32(v), strconv.Itoa(int(v))
	case pInt64:
		v := rapid.Int64().Draw(rt, "v")
		return i64(v), strconv.FormatInt(v, 10)
	}
	v := rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(rt, "v")
	if v == nil {
		v = []byte{}
	}
	return v, `"` + base64.StdEncoding.EncodeToString(v) + `"`
}

func payloadCode(t *testing.T, err error) ingest.Code {
	t.Helper()
	var pe *ingest.PayloadError
	if !errors.As(err, &pe) {
		t.Fatalf("%v is no PayloadError", err)
	}
	return pe.Code
}

func TestDamagedFilesArePayloadErrors(t *testing.T) {
	kids, groups, _ := flow()
	file := write(t, kids, groups[:2], style{enc: encRLEDict, codec: 1, v2: false, perPage: 10})
	for cut := range len(file) {
		if cut%7 != 0 && cut < len(file)-20 {
			continue
		}
		// the footer is last: what was cut has none
		if _, err := rowsOf(file[:cut], ingest.DefaultLimits); err == nil {
			t.Fatalf("cut at %d: no error", cut)
		} else if c := payloadCode(t, err); c != ingest.CodeTruncated && c != ingest.CodeSyntax {
			t.Fatalf("cut at %d: %q", cut, c)
		}
	}
	for at := range len(file) {
		broken := bytes.Clone(file)
		broken[at] ^= 0x55
		got, err := rowsOf(broken, ingest.DefaultLimits)
		if err != nil {
			payloadCode(t, err)
		}
		if err == nil && got == "" {
			t.Fatalf("byte %d changed: rows vanished in silence", at)
		}
	}
}

func TestUnsupportedIsNamed(t *testing.T) {
	kids, groups, _ := flow()
	_, err := rowsOf(write(t, kids, groups, style{codec: 4, perPage: 10}), ingest.DefaultLimits)
	if err == nil || payloadCode(t, err) != ingest.CodeCompression || !strings.Contains(err.Error(), "brotli") {
		t.Errorf("%v", err)
	}
	for _, in := range []string{"", "PAR1", "PAR1PAR1", "PAR1\x00\x00\x00\x00PAR1", "PAR1\x00\xff\xff\xff\x7fPAR1", "not a parquet file"} {
		_, err := rowsOf([]byte(in), ingest.DefaultLimits)
		if err == nil {
			t.Errorf("%q: no error", in)
			continue
		}
		payloadCode(t, err)
	}
}

func TestALongRowIsOneError(t *testing.T) {
	kids := []field{{name: "a", physical: pBytes, conv: utf8Text}, {name: "b", physical: pInt32}}
	rows := [][]any{{str("x"), i32(1)}, {str(strings.Repeat("y", 500)), i32(2)}, {str("z"), i32(3)}}
	lim := ingest.DefaultLimits
	lim.Record = 100
	got, err := rowsOf(write(t, kids, [][][]any{rows}, style{perPage: 10}), lim)
	if want := `{"a":"x","b":1}` + "\n" + `{"a":!record_limit` + "\n" + `{"a":"z","b":3}` + "\n"; got != want || err != nil {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

// TestBombsStopEarly: a dictionary of one long value, named a million times, and
// levels that say "null" sixteen million times in four bytes.
func TestBombsStopEarly(t *testing.T) {
	long := str(strings.Repeat("x", 10_000))
	var rows [][]any
	for range 50_000 {
		rows = append(rows, []any{long})
	}
	value := write(t, []field{{name: "a", physical: pBytes, conv: utf8Text}}, [][][]any{rows}, style{enc: encRLEDict, codec: 6, v2: false, perPage: 1 << 20})
	for i := range rows {
		rows[i] = []any{nil}
	}
	null := write(t, []field{{name: strings.Repeat("n", 3000), rep: optional, physical: pInt32}}, [][][]any{rows}, style{perPage: 1 << 20})
	for name, file := range map[string][]byte{"value": value, "null": null} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		lim := ingest.DefaultLimits
		lim.Ratio = 100
		f, err := Rows(bytes.NewReader(file), int64(len(file)), lim)
		if err != nil {
			t.Fatal(err)
		}
		var n int64
		for err == nil {
			var raw []byte
			_, raw, err = f.Next()
			n += int64(len(raw))
		}
		if c := payloadCode(t, err); c != ingest.CodeRatio {
			t.Errorf("%s: %q", name, c)
		}
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; n > 50<<20 || used > 20<<20 {
			t.Errorf("%s: %d bytes of rows, %d allocated, of a file of %d", name, n, used, len(file))
		}
	}
}

func TestRowsDoNotAllocate(t *testing.T) {
	kids := finding()[:1]
	kids = append(kids, field{name: "n", rep: optional, physical: pInt64, conv: 10})
	var rows [][]any
	for i := range 5000 {
		rows = append(rows, []any{[]any{[]any{str("n"), str("v")}, nil}, i64(int64(i))})
	}
	file := write(t, kids, [][][]any{rows}, style{enc: encRLEDict, codec: 1, v2: false, perPage: 1 << 20})
	f, err := Rows(bytes.NewReader(file), int64(len(file)), ingest.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	n := testing.AllocsPerRun(1000, func() {
		if _, _, err := f.Next(); err != nil {
			t.Fatal(err)
		}
	})
	if n > 0 {
		t.Errorf("%v allocations a row", n)
	}
}

func FuzzRows(f *testing.F) {
	kids, groups, _ := flow()
	groups[1], groups[2] = groups[1][:5], nil
	for _, st := range []style{{enc: encRLEDict, codec: 1, v2: false, perPage: 3}, {enc: encDelta, codec: 0, v2: true, perPage: 3}, {enc: encDeltaByteArray, codec: 0, v2: false, perPage: 3}, {enc: encPlain, codec: 2, v2: true, perPage: 9}} {
		f.Add(write(f, kids, groups, st))
	}
	f.Add(write(f, finding(), [][][]any{{{nil, nil, nil, nil}}}, style{perPage: 3}))
	lim := ingest.Limits{Record: 1 << 16, Payload: 1 << 20, Ratio: 50}
	f.Fuzz(func(t *testing.T, in []byte) {
		fr, err := Rows(bytes.NewReader(in), int64(len(in)), lim)
		if err != nil {
			payloadCode(t, err)
			return
		}
		for {
			_, raw, err := fr.Next()
			var re *ingest.RecordError
			switch {
			case err == io.EOF:
				return
			case errors.As(err, &re):
				continue
			case err != nil:
				payloadCode(t, err)
				return
			case !json.Valid(raw):
				t.Fatal("a row is no JSON")
			}
		}
	})
}
