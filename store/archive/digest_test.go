package archive

import (
	"bytes"
	"context"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive/batchtest"
	"github.com/scrubline/scrubline/store/archive/object/local"
)

func digest(t testing.TB, data string) Hash {
	t.Helper()
	s, err := local.Open(filepath.Join(data, Folder), local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h, err := Digest(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// archived writes whole payloads, cut into parts of at most size rows, and
// returns the digest.
func archived(t testing.TB, size int, payloads ...*event.Batch) Hash {
	t.Helper()
	data := tempDir(t)
	a := open(t, data)
	for _, b := range payloads {
		for at := 0; ; {
			part := slice(b, at, min(size, b.Rows()-at))
			at += part.Rows()
			part.Final = at == b.Rows()
			write(t, a, part)
			if part.Final {
				break
			}
		}
	}
	closeArchive(t, a)
	return digest(t, data)
}

func payload(name string, rows int, fill func(b *event.Batch, row int)) *event.Batch {
	b := event.NewBatch(schemas.Events)
	b.Reset(batchtest.Meta(schemas.Events, "app", name, 0, true))
	for row := range rows {
		b.SetNum(schemas.RecordNo, uint64(row))
		fill(b, row)
		b.EndRow()
	}
	return b
}

// tokens returns rows with tokens made with a key: the same letter stands for
// the same secret value.
func tokens(name, key, version string, flags uint64) *event.Batch {
	token := func(typ string, value byte) string {
		return "t1." + typ + "." + version + "." + strings.Repeat(key, 25) + string(value)
	}
	return payload(name, 4, func(b *event.Batch, row int) {
		b.SetString(schemas.PatientToken, token("mrn", "abca"[row]))
		b.SetString(schemas.Native, `{"who":"`+token("user", 'a')+`","mrn":"`+token("mrn", "abca"[row])+`","t1.x":"t1.mrn."}`)
		b.SetString(schemas.ResourceIDs, token("mrn", 'b'))
		b.SetNum(schemas.Flags, flags)
		b.SetNum(schemas.IngestTime, uint64(len(key)+int(flags)))
		b.SetString(schemas.Batch, name)
		b.SetString(schemas.Origin, "/data/"+name)
	})
}

func TestDigestDoesNotDependOnTheRun(t *testing.T) {
	t.Parallel()
	want := archived(t, 100, tokens("aa", "a", "1", 0), tokens("bb", "b", "1", 0))
	for name, got := range map[string]Hash{
		"batch borders": archived(t, 1, tokens("aa", "a", "1", 0), tokens("bb", "b", "1", 0)),
		"order":         archived(t, 3, tokens("bb", "a", "1", 0), tokens("aa", "b", "1", 0)),
		"names":         archived(t, 100, tokens("cc", "a", "1", 0), tokens("dd", "b", "1", 0)),
		"token key":     archived(t, 2, tokens("aa", "z", "12", 0), tokens("bb", "7", "9", 0)),
		"duplicates":    archived(t, 2, tokens("aa", "a", "1", schemas.FlagDuplicate), tokens("bb", "b", "1", 0)),
	} {
		if got != want {
			t.Errorf("it depends on %s", name)
		}
	}
	if once := archived(t, 100, tokens("aa", "a", "1", 0)); once == want {
		t.Error("a payload under two paths counts once")
	}
	// The time of a payload is not the record's.
	at := func(flags uint64, when time.Duration) Hash {
		return archived(t, 100, payload("aa", 3, func(b *event.Batch, _ int) {
			b.SetNum(schemas.Flags, flags)
			b.SetNum(schemas.EventTime, uint64(when.Milliseconds()))
		}))
	}
	if at(schemas.FlagTimeFromPayload, 0) != at(schemas.FlagTimeFromPayload, time.Hour) {
		t.Error("it depends on the payload's time")
	}
	if at(0, 0) == at(0, time.Hour) {
		t.Error("it does not depend on the event's time")
	}
}

// Tokens are renumbered, not ignored: who is the same as whom is content.
func TestDigestKeepsWhichTokensAreEqual(t *testing.T) {
	t.Parallel()
	with := func(values string) Hash {
		return archived(t, 100, payload("aa", len(values), func(b *event.Batch, row int) {
			b.SetString(schemas.PatientToken, "t1.mrn.1."+strings.Repeat("a", 25)+values[row:row+1])
		}))
	}
	if with("aba") != with("xyx") || with("aba") == with("abb") || with("aba") == with("abc") {
		t.Error("tokens do not count as they should")
	}
}

func TestTokenAt(t *testing.T) {
	t.Parallel()
	f := func(v string, typ, size int) {
		t.Helper()
		if a, b := tokenAt([]byte(v)); a != typ || b != size {
			t.Errorf("%s: %d, %d", v, a, b)
		}
	}
	rest := "abcdefghijklmnopqrstuvw234"
	f("t1.mrn.3."+rest, 7, 35)
	f("t1.us_npi.12."+rest+"zzz", 10, 39)
	f("t1.mrn.3."+rest[1:], 0, 0)
	f("t1.mrn.3."+rest[:25]+"1", 0, 0)
	f("t1.mrn.3."+rest[:25]+"A", 0, 0)
	f("t1.mrn.x."+rest, 0, 0)
	f("t1..3."+rest, 0, 0)
	f("t1.mrn..", 0, 0)
	f("t1.mrn", 0, 0)
	f("t1.", 0, 0)
}

// Change any one cell, or the order of rows, and the digest is another.
func TestDigestSeesEveryCell(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		table := schemas.Table(rapid.IntRange(0, 1).Draw(rt, "table"))
		b := whole(rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0)), table, "aa", 6)
		c := rapid.SampledFrom(b.Columns()).Draw(rt, "column")
		row := rapid.IntRange(0, 5).Draw(rt, "row")
		for i := range b.Rows() {
			b.Nums(schemas.Flags)[i] &^= schemas.FlagTimeFromPayload
		}
		other := change(b, c, row)
		free := c == schemas.IngestTime || c == schemas.Batch || c == schemas.Origin
		if (archived(t, 100, b) == archived(t, 100, other)) != free {
			rt.Fatalf("column %s, row %d", c, row)
		}
	})
}

// change copies b with another value in one cell.
func change(b *event.Batch, c schemas.Column, row int) *event.Batch {
	out := slice(b, 0, b.Rows())
	switch c.Info().Kind {
	case schemas.KString:
		var s event.Str
		for i := range b.Rows() {
			v := b.Str(c).At(i)
			if i == row {
				v = append(bytes.Clone(v), '!')
			}
			s.Append(v)
		}
		*out.Str(c) = s
	case schemas.KDict:
		d := out.Dict(c)
		d.Append([]byte(d.At(row) + "!"))
		d.Keys[row] = d.Keys[b.Rows()]
		d.Keys = d.Keys[:b.Rows()]
	case schemas.KStrings:
		var s event.Strs
		for i := range b.Rows() {
			from, to := b.Strs(c).Row(i)
			for ; from < to; from++ {
				s.Items.Append(b.Strs(c).Items.At(from))
			}
			if i == row {
				s.Items.Append(nil)
			}
			s.End = append(s.End, uint32(s.Items.Len()))
		}
		*out.Strs(c) = s
	case schemas.KIP:
		out.Addrs(c)[row][3]++
	default:
		bit := uint64(2)
		if c == schemas.Flags {
			bit = schemas.FlagOddShape
		}
		out.Nums(c)[row] ^= bit
	}
	return out
}
