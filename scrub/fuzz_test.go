package scrub

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

// FuzzFilter: whatever the bytes, read as each format, the engine answers with
// bytes that pass the gate and with matches in order, and scrubbing what it
// answered changes nothing.
func FuzzFilter(f *testing.F) {
	r := rand.New(rand.NewPCG(3, 3))
	for _, format := range benchFormats {
		f.Add([]byte(generate(format, r, true)))
	}
	for range 40 {
		f.Add(plant(r, newIdentity(r)).raw)
	}
	f.Add([]byte("MSH|^~\\&|A|B|C|D|20260301||ADT^A01|1|P|2.5\rPID|1||40012345^^^C^MR~1^^^D||DOE^ADA||19470615\r"))
	f.Add([]byte(`{"a":"[123456789]","ssn":"{\"x\":[1,{\"ssn\":512348871}]}"}`))
	rs := rigs(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		for format, rig := range rs {
			before := bytes.Clone(raw)
			once, ms, code := rig.filter(raw)
			if !bytes.Equal(raw, before) {
				t.Fatalf("%s: the record was changed", format)
			}
			if code == ingest.CodeScrub {
				t.Fatalf("%s: %s of %q", format, code, raw)
			}
			if code != "" {
				continue
			}
			at := uint32(0)
			for _, m := range ms {
				if m.Start < at || m.End <= m.Start || int(m.End) > len(raw) {
					t.Fatalf("%s: match [%d,%d) after %d", format, m.Start, m.End, at)
				}
				at = m.End
			}
			if leaks(once) {
				t.Fatalf("%s: %q leaks", format, once)
			}
			once = bytes.Clone(once)
			if twice, _, code := rig.filter(once); code == ingest.CodeBinary || code == ingest.CodeFields || code == ingest.CodeDuplicateKey {
				continue // with less text between the control bytes; with a number gone that looked like several fields; with the broken escape gone that made JSON plain text
			} else if code != "" || !bytes.Equal(once, twice) {
				t.Fatalf("%s %q\nonce  %q\ntwice %q %s", format, raw, once, twice, code)
			}
			if code := rig.record(raw); code != "" {
				t.Fatalf("%s: Record says %s, Filter does not", format, code)
			}
			if rig.batch.Rows() > 1000 {
				rig.newBatch()
			}
		}
	})
}

// FuzzTwice: scrubbing text twice is scrubbing it once, whatever the text.
func FuzzTwice(f *testing.F) {
	r := rand.New(rand.NewPCG(4, 4))
	for range 60 {
		id := newIdentity(r)
		for _, p := range id.phrases() {
			f.Add([]byte(p.text), uint8(r.IntN(13)))
		}
	}
	e := newEngine(f, newKeys(f), "twice")
	f.Fuzz(func(t *testing.T, text []byte, hint uint8) {
		h := schemas.Hint(hint % uint8(schemas.TraceID+1))
		scrub := func(b []byte) ([]byte, ingest.Code) {
			var rec ingest.Record
			rec.Reset("app", schemas.Events, b)
			rec.Add(0, len(b), schemas.Field{Treat: schemas.Scan, Hint: h}, ingest.Plain)
			out, _, code := e.Filter(&rec, nil)
			return out, code
		}
		once, code := scrub(text)
		if code != "" {
			return
		}
		if twice, code := scrub(once); code != "" || !bytes.Equal(once, twice) {
			t.Fatalf("%v %q\nonce  %q\ntwice %q %s", h, text, once, twice, code)
		}
	})
}

// FuzzFields: whatever fields a decoder gives, in order and apart from one
// another as it promises, or not.
func FuzzFields(f *testing.F) {
	f.Add([]byte("ssn 512-34-8871 of ada@mail.example"), []byte{0, 3, 1, 5, 0, 0, 4, 30, 2, 5, 1, 1})
	f.Add([]byte(`{"a":"[123456789]"}`), []byte{6, 17, 1, 5, 0, 0})
	e := newEngine(f, newKeys(f), "fields")
	batch := newRig(f, "app", e).batch
	f.Fuzz(func(t *testing.T, raw, layout []byte) {
		var rec ingest.Record
		rec.Reset("app", schemas.Events, raw)
		for ; len(layout) >= 6; layout = layout[6:] {
			rec.Fields = append(rec.Fields, ingest.Field{
				Start: uint32(layout[0]), End: uint32(layout[1]), KeyStart: uint32(layout[2]) % 8, KeyEnd: uint32(layout[2]) / 8,
				Field: schemas.Field{Treat: schemas.Treatment(layout[3] % 7), Hint: schemas.Hint(layout[4] % 13), Column: schemas.Column(binary.LittleEndian.Uint16(layout[4:]) % uint16(schemas.NumColumns))},
				Enc:   ingest.Encoding(layout[5] % 5), Alias: layout[5]&0x80 != 0,
			})
		}
		rows := batch.Rows()
		code := e.Record(&rec, nil, batch)
		if batch.Rows() != rows+1 {
			t.Fatalf("%d rows for one record", batch.Rows()-rows)
		}
		native := batch.Str(schemas.Native).At(rows)
		if code != "" && len(native) > 0 || leaks(native) {
			t.Fatalf("%s: %q", code, native)
		}
	})
}
