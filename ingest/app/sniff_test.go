package app

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

func TestSniffChoosesTheFraming(t *testing.T) {
	const isa = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260301*1008*^*00501*000014420*0*P*:~"
	f := func(head string, score int, framing ingest.Framing) {
		t.Helper()
		got, as := source.Sniff(ingest.Origin{}, []byte(head))
		if got != score || as != framing {
			t.Errorf("%.60q: score %d, framing %d, want %d, %d", head, got, as, score, framing)
		}
	}
	f("", scoreText, ingest.Lines)
	f("hello", scoreText, ingest.Lines)
	f("\n\n2026-03-01T10:00:00Z INFO x\n", scoreLine, ingest.Lines)
	f(`203.0.113.9 - - [01/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5`, scoreLine, ingest.Lines)

	f(`{"msg":"x"}`, scoreRecords, ingest.JSON)
	f("\ufeff{\"msg\":\"x\"}", scoreRecords, ingest.JSON)
	f(`{"a":1}{"a":2}`, scoreRecords, ingest.JSON)
	f("{\"a\":1}\n{\"a\":2}\n", scoreRecords, ingest.JSON)
	f("{\"a\":1}\n{\"a\":", scoreRecords, ingest.JSON)
	f("{\n \"a\":1\n}\n{\n \"a\":2\n}\n", scoreRecords, ingest.JSON)
	f(`[{"msg":"x"},{"msg":"y"}]`, scoreRecords, ingest.JSON)
	f(`[{"log":"x","stream":"stdout","time":"t"}]`, scoreRecords, ingest.JSON)

	f(`{"a":1}`, scoreJSON, ingest.Document)
	f("{\n  \"a\": 1,\n  \"b\": ", scoreJSON, ingest.Document)
	f(`{"Records":[{"a":1}]}`, scoreJSON, ingest.Document)
	f(`{"resourceType":"Bundle","timestamp":"2026-03-01T10:00:00Z"}`, scoreJSON, ingest.Document)
	f(`[{"a":1},{"a":2}]`, scoreJSON, ingest.Document)
	f(`[{"log":"x","a":1}]`, scoreJSON, ingest.Document)
	f(`[1,2]`, scoreJSON, ingest.Document)
	f(`{}`, scoreJSON, ingest.Document)

	f("{\"a\":1}\nplain text\n{\"a\":2}\n", scoreText, ingest.Lines)
	f("{\"a\":1} and text\n", scoreText, ingest.Lines)
	f("{timeout=5}\n", scoreText, ingest.Lines)
	f("[INFO] x\n", scoreText, ingest.Lines)
	f("[1] see there\n", scoreText, ingest.Lines)
	f("[", scoreText, ingest.Lines)

	f("MSH|^~\\&|A|B\rPID|1", scoreHealth, ingest.HL7)
	f("\x0bMSH|^~\\&|A|B\rPID|1\x1c\r", scoreHealth, ingest.HL7)
	f("FHS|^~\\&|A|B\r", scoreHealth, ingest.HL7)
	f("BHS|^~\\&|A|B\r", scoreHealth, ingest.HL7)
	f(isa, scoreHealth, ingest.X12)
	f("MSH is short for something", scoreText, ingest.Lines)

	f("\x00\x00\x00\x00", 0, ingest.Lines)
	f("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00>\x00", 0, ingest.Lines)
	f("S\x00S\x00N\x00 \x001\x002\x003\x00", 0, ingest.Lines)
	f("SELECT * FROM t1\x00;", scoreText, ingest.Lines)
	f("\x1b[31mERROR\x1b[0m red", scoreText, ingest.Lines)
}

// TestDecodeRefusesTwoByteText: a recognizer that looks for digits finds none with
// a NUL behind each.
func TestDecodeRefusesTwoByteText(t *testing.T) {
	var wide []byte
	for _, u := range utf16.Encode([]rune("ssn 123-45-6789")) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	d := source.NewDecoder(ingest.Origin{}, options)
	for _, line := range [][]byte{wide, append([]byte("2026-03-01T10:00:00Z INFO "), wide...), append([]byte(`{"a":"`), wide...)} {
		var rec ingest.Record
		rec.Reset(name, schemas.Events, line)
		var re *ingest.RecordError
		if err := d.Decode(line, &rec); !errors.As(err, &re) || re.Code != ingest.CodeBinary {
			t.Errorf("%q: %v", line, err)
		}
	}
}

// TestDecodeTakesLongText: a line without blanks or of one kind of byte costs no
// more than its length.
func TestDecodeTakesLongText(t *testing.T) {
	d := source.NewDecoder(ingest.Origin{}, options)
	for _, c := range []string{"a", "=", "\"", "[", "{", "a=\"", "[a=", "<1>", "1", "a=1 ", "\\", "-", "("} {
		line := []byte(strings.Repeat(c, 1<<20/len(c)))
		var rec ingest.Record
		rec.Reset(name, schemas.Events, line)
		if err := d.Decode(line, &rec); err != nil {
			var re *ingest.RecordError
			if !errors.As(err, &re) {
				t.Errorf("%q: %T", c, err)
			}
		}
	}
}
