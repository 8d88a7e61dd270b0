package alb

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/ingesttest"
	"github.com/scrubline/scrubline/schemas"
)

// today makes an access line as balancers write them now, its values to be
// replaced.
func today(values map[int]string) []byte {
	v := []string{
		"https", "2024-05-06T07:08:09.123456Z", "app/portal/50dc6c495c0c9188", "203.0.113.9:49152", "10.0.0.2:8443",
		"0.001", "0.048", "0.000", "200", "200", "100", "90000",
		`"GET https://portal.example.org:443/fhir/Patient/7?_count=20 HTTP/1.1"`, `"Mozilla/5.0 (X11)"`,
		"ECDHE-RSA-AES128-GCM-SHA256", "TLSv1.2", "arn:aws:elasticloadbalancing:us-east-2:111122223333:targetgroup/portal/73e2d6bc24d8a067",
		`"Root=1-58337262-36d228ad5d99923122bbe354"`, `"portal.example.org"`, `"arn:aws:acm:us-east-2:111122223333:certificate/12345678-1234-1234-1234-123456789012"`,
		"1", "2024-05-06T07:08:09.120000Z", `"waf,forward"`, `"-"`, `"-"`, `"10.0.0.2:8443"`, `"200"`, `"-"`, `"-"`,
		"TID_231067b12e7b17eaad737277c337b23e", `"-"`, `"-"`, `"-"`,
	}
	for at, s := range values {
		v[at] = s
	}
	var line []byte
	for i, s := range v {
		if i > 0 {
			line = append(line, ' ')
		}
		line = append(line, s...)
	}
	return line
}

// outcome is all that a decoder says of a line, but its fields.
type outcome struct {
	set, words schemas.ColumnSet
	nums       [schemas.NumColumns]uint64
	addrs      [schemas.NumColumns][16]byte
	derived    [schemas.NumColumns]string
	err        error
}

func decoded(d ingest.Decoder, line []byte) (o outcome, fields []ingest.Field) {
	var rec ingest.Record
	rec.Reset("aws_alb", schemas.Events, line)
	if o.err = d.Decode(line, &rec); o.err != nil {
		return outcome{err: o.err}, nil
	}
	o.set, o.words = rec.Columns()
	for c := schemas.None + 1; c < schemas.NumColumns; c++ {
		o.nums[c], _ = rec.Num(c)
		o.addrs[c], _ = rec.Addr(c)
		o.derived[c] = rec.Derived(c)
	}
	return o, rec.Fields
}

// checkQuick compares a decoder that knows some lines with one that knows none,
// which takes every value apart.
func checkQuick(t interface{ Fatalf(string, ...any) }, warm ingest.Decoder, line []byte) {
	got, fields := decoded(warm, line)
	want, wantFields := decoded(New().NewDecoder(ingest.Origin{}, options), line)
	if got != want || !slices.Equal(fields, wantFields) {
		t.Fatalf("%q\n%+v %+v\nwant\n%+v %+v", line, got, fields, want, wantFields)
	}
}

// warmed returns a decoder that has seen common lines.
func warmed() *decoder {
	d := New().NewDecoder(ingest.Origin{}, options).(*decoder)
	for _, line := range append(ingesttest.Lines(accesses(3)), today(nil), today(nil)) {
		decoded(d, line)
	}
	return d
}

// TestCommonLinesAreQuick: the quick way is taken, or it would be of no use.
func TestCommonLinesAreQuick(t *testing.T) {
	d := warmed()
	quick := func(line []byte) bool {
		var rec ingest.Record
		rec.Reset("aws_alb", schemas.Events, line)
		return d.quickLine(line, &rec)
	}
	for i, line := range ingesttest.Lines(accesses(200)) {
		if !quick(line) {
			t.Fatalf("line %d is not: %s", i, line)
		}
	}
	for _, v := range []map[int]string{
		nil,
		{atTarget: "-", atRequestTime: "-1", atTargetTime: "-1", atResponseTime: "-1", atTargetStatus: "-", atTargetList: `"-"`},
		{atKind: "h2", atRequest: `"POST https://portal.example.org:443/a HTTP/2.0"`},
		{atRequest: `"- http://portal.example.org:80- -"`},
		{atUserAgent: `"-"`, atStatus: "404", atTargetStatus: "404"},
		{atRule: "12", atTime: "2024-12-31T23:59:59.999999Z", atCreated: "2024-12-31T23:59:58.000000Z"},
		{atConn: "-"},
	} {
		if line := today(v); !quick(line) {
			t.Errorf("%v is not", v)
		}
	}
}

// TestQuickLinesSayTheSame puts odd values in the place of each value in turn.
func TestQuickLinesSayTheSame(t *testing.T) {
	for at := range maxFields {
		for _, odd := range []string{
			"-", `"-"`, `""`, "", " ", "x", stray, `"` + stray + `"`, "0", "00", "007", "-1", "-2", "256", "1000", "99999999", "123456789", "4294967297",
			"1.2.3.4:5", "1.2.3.4", "01.2.3.4:5", "1.2.3.256:5", "1.2.3.4:65536", "1.2.3.4:", "[2001:db8::1]:443", "2001:db8::1:443",
			"0.0001", "0.0000001", ".5", "5.", "12345678.000001", "123456789.1", `"1.2.3.4:5"`, `"1.2.3.4:5 1.2.3.5:5"`, `"[::1]:5"`,
			"2024-05-06T07:08:10.123456Z", "2024-05-06 07:08:09.123456Z", "2024-13-06T07:08:09.123456Z", "2024-05-06T07:08:09.12345xZ", "2024-05-06T07:08:09Z",
			`"GET https://portal.example.org:443/ HTTP/1.1"`, `"GET https://portal.example.org:443 HTTP/1.1"`, `"GET https://portal.example.org:443/a b HTTP/1.1"`,
			`"GET https://portal.example.org:443/a HTTP/1.1 "`, `"GET https://portal.example.org:443/a?"`, `"GET https://portal.example.org:443?a HTTP/1.1"`,
			`"a\"b"`, `"a"b"`, `"a\\"`, `"Root=1-58337262-36d228ad5d99923122bbe35x"`, `"Self=1-1;Root=1-58337262-36d228ad5d99923122bbe354"`,
			"ABC DEF", "arn:aws", "session-reused", `"forward,x"`, "TID_1 x", "TID_1\r", "\x00", "\xff\xff\xff\xff",
		} {
			line := today(map[int]string{at: odd})
			d := warmed()
			for range 3 { // it may have learned from it
				checkQuick(t, d, line)
			}
			checkQuick(t, d, today(nil))
			checkQuick(t, d, append(line, ' '))
			checkQuick(t, d, line[:len(line)-len(noneNewer)])
		}
	}
}

func TestLinesBeforeChangeNothing(t *testing.T) {
	lines := ingesttest.Lines(accesses(5))
	lines = append(lines, today(nil))
	for _, in := range samples(t, "alb") {
		lines = append(lines, ingesttest.Lines(in)...)
	}
	rapid.Check(t, func(t *rapid.T) {
		d := New().NewDecoder(ingest.Origin{}, options)
		for range rapid.IntRange(1, 12).Draw(t, "lines") {
			line := bytes.Clone(rapid.SampledFrom(lines).Draw(t, "line"))
			if len(line) > 0 && rapid.Bool().Draw(t, "changed") {
				at := rapid.IntRange(0, len(line)-1).Draw(t, "at")
				put := rapid.SampledFrom([]string{" ", `"`, "-", "0", ".", ":", "x", `\`, "\x00", ""}).Draw(t, "put")
				line = append(append(line[:at:at], put...), line[min(len(line), at+rapid.IntRange(0, 2).Draw(t, "cut")):]...)
			}
			checkQuick(t, d, line)
		}
	})
}

// TestVariedLinesAreLeftAlone: where nothing repeats, the quick way is not tried
// again and again, and is when that is over.
func TestVariedLinesAreLeftAlone(t *testing.T) {
	d := warmed()
	tried := 0
	for i := range 20 * patience {
		line := today(map[int]string{atDomain: fmt.Sprintf(`"d%d.example.org"`, i)})
		if d.quick.rest == 0 {
			tried++
		}
		checkQuick(t, d, line)
	}
	if tried > 4*patience {
		t.Errorf("%d of %d lines were tried", tried, 20*patience)
	}
	for range 10*patience + 2 {
		checkQuick(t, d, today(nil))
	}
	if d.quick.rest > 0 || d.quick.credit < patience/2 {
		t.Errorf("common lines are not tried again: %d lines of rest, credit %d", d.quick.rest, d.quick.credit)
	}
}

func FuzzQuick(f *testing.F) {
	f.Add(today(nil))
	for _, line := range ingesttest.Lines(accesses(2)) {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		d := warmed()
		for range 2 {
			checkQuick(t, d, line)
		}
		checkQuick(t, d, today(nil))
	})
}

// BenchmarkDecodeToday is lines of 33 values, whose pieces come in a few kinds.
func BenchmarkDecodeToday(b *testing.B) {
	var payload []byte
	for i := range 1000 {
		payload = append(payload, today(map[int]string{
			atClient: fmt.Sprintf("203.0.%d.%d:%d", i%200, i%250, 1024+i*61%60000),
			atTarget: fmt.Sprintf("10.0.0.%d:8443", i%3), atTargetList: fmt.Sprintf(`"10.0.0.%d:8443"`, i%3),
			atTargetTime: fmt.Sprintf("0.%03d", i%900), atSent: fmt.Sprint(i * 97),
			atCipher: []string{"ECDHE-RSA-AES128-GCM-SHA256", "TLS_AES_128_GCM_SHA256"}[i&1], atProtocol: []string{"TLSv1.2", "TLSv1.3"}[i&1],
			atRequest: fmt.Sprintf(`"%s https://portal.example.org:443/fhir/Patient/%d?_count=20&page=%d HTTP/1.1"`, []string{"GET", "GET", "POST"}[i%3], i, i%7),
			atTrace:   fmt.Sprintf(`"Root=1-58337262-36d228ad5d99923122b%05x"`, i),
		})...)
		payload = append(payload, '\n')
	}
	ingesttest.Benchmark(b, New(), options, payload, ingesttest.Lines)
}
