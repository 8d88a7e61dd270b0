package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
	"github.com/scrubline/scrubline/scrub/token"
)

// treat does what the schema says of one field.
func (e *Engine) treat(rec *ingest.Record, raw []byte, f *ingest.Field) {
	v := view{b: raw[f.Start:f.End], base: f.Start}
	e.quote = f.Enc == ingest.JSONValue
	switch f.Enc {
	case ingest.JSONText:
		v = e.levels[0].buf[0].unescapeJSON(&v)
	case ingest.SlashX:
		if bytes.IndexByte(v.b, '\\') >= 0 {
			v = e.levels[0].buf[0].unescapeSlashX(&v)
		}
	case ingest.Percent:
		v, _ = e.levels[0].buf[0].percent(&v, false)
	}
	switch f.Treat {
	case schemas.Keep:
	case schemas.Scan:
		e.scanField(raw, f, &v)
	case schemas.Address:
		e.address(&v, 0, len(v.b), f.Column)
	case schemas.Token:
		if n := ours(v.b); n == len(v.b) || empty(v.b) {
			return
		}
		t := token.ParseType(f.Type)
		if t == 0 {
			t = token.ID
		}
		e.addToken(&v, 0, len(v.b), kindOf(f.Hint), t)
	case schemas.Label:
		if n := ours(v.b); n == len(v.b) || empty(v.b) {
			return
		}
		k := recognizer.ByName(f.Type)
		if k == recognizer.None {
			k = recognizer.OtherID
		}
		from := len(e.repl)
		e.repl = label(e.repl, k.String())
		e.note(&v, 0, len(v.b), k, schemas.Label, from)
	default: // Drop, and whatever nobody thought of
		if string(v.b) == dropped || empty(v.b) {
			return
		}
		from := len(e.repl)
		e.repl = append(e.repl, dropped...)
		e.note(&v, 0, len(v.b), recognizer.Secret, schemas.Drop, from)
	}
}

// empty says that a value is the sign of an absent one.
func empty(b []byte) bool {
	return len(b) == 0 || len(b) == 1 && b[0] == '-' || string(b) == "null"
}

// kindOf is the kind of identifier that a field with a hint holds.
func kindOf(h schemas.Hint) recognizer.Kind {
	switch h {
	case schemas.SessionID:
		return recognizer.SessionID
	case schemas.UserID:
		return recognizer.UserID
	case schemas.PatientID:
		return recognizer.PatientID
	}
	return recognizer.OtherID
}

// scanField runs the recognizers over a field, announced by its key.
func (e *Engine) scanField(raw []byte, f *ingest.Field, v *view) {
	var a announcement
	if f.KeyEnd > f.KeyStart {
		a = e.announce(raw[f.KeyStart:f.KeyEnd])
	}
	switch f.Hint {
	case schemas.MapKey:
		if plainKey(v.b) {
			return
		}
	case schemas.Number:
		e.number(v, a)
		return
	case schemas.SessionID, schemas.UserID, schemas.PatientID:
		if !empty(v.b) && ours(v.b) == 0 {
			k := kindOf(f.Hint)
			e.addToken(v, 0, len(v.b), k, tokenTypes[k])
		}
		return
	case schemas.TraceID:
		return // kept: package link decides about trace ids
	}
	e.scan(v, a, f.Hint, 1)
}

// plainKey says that an object key is a word of a program: letters and
// separators, so that only long runs of digits, blanks or an @ are looked at.
func plainKey(b []byte) bool {
	digits := 0
	for _, c := range b {
		switch {
		case recognizer.IsDigit(c):
			if digits++; digits > 3 {
				return false
			}
		case c == '@' || c == '%' || c == ' ' || c == '/' || c >= 0x80:
			return false
		}
	}
	return true
}

// number scans an unquoted JSON number: "ssn": 123456789 has no separators, and
// a card number can be a number too.
func (e *Engine) number(v *view, a announcement) {
	if len(v.b) < 2 {
		return
	}
	if a.kind != recognizer.None && !a.weak {
		if end := recognizer.All[a.kind].Value(v.b, 0, false); end == len(v.b) {
			e.add(v, 0, end, a.kind)
			return
		}
		if alt := alternative(a.kind); alt != recognizer.None && len(v.b) > 2 {
			if end := recognizer.All[alt].Value(v.b, 0, false); end == len(v.b) {
				e.add(v, 0, end, alt)
				return
			}
		}
	}
	if len(v.b) >= 13 && len(v.b) <= 19 {
		if end := recognizer.All[recognizer.Card].Shape(v.b, 0); end == len(v.b) {
			e.add(v, 0, end, recognizer.Card)
		}
	}
}

// alternative is the kind that a key can announce when its first meaning did not
// fit: "patient" announces a name or an id.
func alternative(k recognizer.Kind) recognizer.Kind {
	if k == recognizer.PersonName {
		return recognizer.PatientID
	}
	return recognizer.None
}

// announce is recognizer.Announce with a memory for keys.
func (e *Engine) announce(key []byte) announcement {
	if len(key) > 48 {
		key = key[len(key)-48:]
	}
	if a, ok := e.keys[string(key)]; ok {
		return a
	}
	k, weak := recognizer.Announce(key)
	a := announcement{k, weak}
	if len(e.keys) >= 4096 { // keys made up by an attacker must not fill the memory
		clear(e.keys)
	}
	e.keys[string(key)] = a
	return a
}
