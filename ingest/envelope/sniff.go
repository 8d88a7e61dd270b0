package envelope

import (
	"bytes"
	"io"

	"github.com/scrubline/scrubline/ingest"
)

const sniffEntries = 16 // inner entries that Sniff returns at most

// Sniff looks into head, the first bytes of an unpacked payload, perhaps cut
// inside an envelope. If they begin with one, inner is a copy of its first
// entries, one a line, as far as head reaches, for the sources to sniff; m says
// what the envelope says about them. Entries may be cut.
func Sniff(head []byte) (inner []byte, m Meta, ok bool) {
	text := bytes.TrimPrefix(head, []byte("\ufeff"))
	if b := bytes.TrimLeft(text, " \t\r\n,\x1e"); len(b) == 0 || b[0] != '{' && b[0] != '[' {
		return nil, Meta{}, false
	}
	f := Wrap(nothing{}, ingest.DefaultLimits)
	f.tolerant = true
	f.levels[0] = level{mode: values, rest: text}
	f.depth, f.entry = 1, head
	for range sniffEntries {
		_, raw, err := f.Next()
		if err == nil && f.control {
			continue
		}
		if err != nil || f.meta.Kind == None {
			break
		}
		if !ok {
			m, ok = f.meta, true
		}
		inner = append(append(inner, raw...), '\n')
	}
	return inner, m, ok
}

type nothing struct{}

func (nothing) Next() (gap, raw []byte, err error) { return nil, nil, io.EOF }
