package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
	"github.com/scrubline/scrubline/scrub/token"
)

// treat does what the schema says of one field, the i-th of the record.
func (e *Engine) treat(raw []byte, f *ingest.Field, i int) {
	e.trace(f, i)
	switch f.Treat {
	case schemas.Keep:
		return
	case schemas.Scan:
		e.scanField(raw, f)
		return
	case schemas.Address:
		if e.bareAddress(raw, f) {
			return
		}
	}
	v := e.view(raw, f)
	switch f.Treat {
	case schemas.Address:
		if !e.address(&v, 0, len(v.b)) {
			e.scanField(raw, f) // a list, or no address at all
		}
	case schemas.Token:
		if ours(v.b) != len(v.b) && !empty(v.b) {
			k, t := whom(f)
			if k == recognizer.SessionID && len(v.b) < 5 && numbers(v.b, len(v.b)) {
				return // of a kernel
			}
			e.replace(&v, 0, len(v.b), k, schemas.Token, t)
		}
	case schemas.Label:
		if ours(v.b) != len(v.b) && !empty(v.b) {
			k := recognizer.ByName(f.Type)
			if k == recognizer.None {
				k = recognizer.OtherID
			}
			e.replace(&v, 0, len(v.b), k, schemas.Label, 0)
		}
	default: // Drop, and whatever nobody thought of
		if string(v.b) != dropped && !empty(v.b) {
			e.replace(&v, 0, len(v.b), recognizer.Secret, schemas.Drop, 0)
		}
	}
}

// view is a field's text with the encoding of the record undone.
func (e *Engine) view(raw []byte, f *ingest.Field) view {
	v := view{b: raw[f.Start:f.End], base: f.Start, name: f.Hint == schemas.MapKey}
	buf := &e.levels[0].buf[0]
	switch f.Enc {
	case ingest.JSONText:
		return buf.unescapeJSON(&v)
	case ingest.SlashX:
		if bytes.IndexByte(v.b, '\\') >= 0 {
			return buf.unescapeSlashX(&v)
		}
		v.in = v.in.add(inSlashX)
	case ingest.Percent:
		v, _ = buf.percent(&v, noPlus)
	case ingest.JSONValue:
		v.bare = true
		return v.whole()
	default:
		if f.Start > 0 && int(f.End) < len(raw) && raw[f.Start-1] == '"' && raw[f.End] == '"' {
			v.in = v.in.add(inJSON) // a string without escapes, but one
		}
	}
	return v
}

// empty says that a value is the sign of an absent one.
func empty(b []byte) bool {
	return len(b) == 0 || len(b) == 1 && b[0] == '-' || string(b) == "null"
}

// whom says what a field whose treatment is Token holds, by its hint or else by
// its type, and the type of its tokens.
func whom(f *ingest.Field) (recognizer.Kind, token.Type) {
	k, t := kindOf(f.Hint), token.ParseType(f.Type)
	if k == recognizer.OtherID {
		switch t {
		case token.Session:
			k = recognizer.SessionID
		case token.User:
			k = recognizer.UserID
		case token.Email:
			k = recognizer.Email
		case token.Patient:
			k = recognizer.PatientID
		case token.MRN:
			k = recognizer.MRN
		case token.Name:
			k = recognizer.PersonName
		case token.Member:
			k = recognizer.HealthPlan
		}
	}
	if t == 0 {
		if t = tokenTypes[k]; t == 0 {
			t = token.ID
		}
	}
	return k, t
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
func (e *Engine) scanField(raw []byte, f *ingest.Field) {
	var a announcement
	if f.KeyEnd > f.KeyStart {
		a = e.inTable(raw, f, e.announceIn(raw, int(f.KeyStart), int(f.KeyEnd)))
	}
	switch f.Hint {
	case schemas.MapKey:
		if f.Enc == ingest.Plain {
			if plainKey(raw[f.Start:f.End]) {
				return
			}
		} else if v := e.view(raw, f); plainKey(v.b) {
			return
		}
	case schemas.Number:
		v := e.view(raw, f)
		e.number(&v, a)
		return
	case schemas.SessionID, schemas.UserID, schemas.PatientID:
		if v := e.view(raw, f); !empty(v.b) && ours(v.b) != len(v.b) {
			k := kindOf(f.Hint)
			if k == recognizer.UserID && recognizer.ServiceAccount(v.b) || k == recognizer.SessionID && messageSID(v.b) || k != recognizer.PatientID && len(v.b) < 5 && numbers(v.b, len(v.b)) {
				break // a machine, which analysts ask for by its name; a user or session of a kernel
			}
			e.replace(&v, 0, len(v.b), k, schemas.Token, tokenTypes[k])
		}
		return
	case schemas.TraceID:
		if v := e.view(raw, f); traceShape(v.b) {
			return // link decides
		}
	}
	e.scanKnown(raw, f, a)
}

// traceShape says that b is a trace id as tracers write it: hexadecimal digits,
// a letter among them, so that it can be no number of a person.
func traceShape(b []byte) bool {
	letters := 0
	for _, c := range b {
		switch {
		case recognizer.IsDigit(c) || c == '-':
		case hexDigit(c) >= 0:
			letters++
		default:
			return false
		}
	}
	return len(b) >= 16 && len(b) <= 64 && letters > 0
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
// a card number can be a number too. v is a blob: a match covers all of it.
func (e *Engine) number(v *view, a announcement) {
	e.customs(v)
	if len(v.b) < 2 {
		return
	}
	e.knownNumber(v)
	if a.kind != recognizer.None && !a.weak {
		if end := recognizer.All[a.kind].Value(v.b, 0, false); end == len(v.b) {
			e.add(v, 0, end, a.kind)
			return
		}
		if a.kind == recognizer.BirthDate && recognizer.BirthEpoch(v.b, 0) == len(v.b) {
			e.add(v, 0, len(v.b), a.kind)
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
	switch k {
	case recognizer.PersonName:
		return recognizer.PatientID
	case recognizer.ZIP: // city/state/zip: Macon, GA 31201
		return recognizer.StreetAddress
	case recognizer.MBI: // the number of another plan, or a part of one
		return recognizer.HealthPlan
	}
	return recognizer.None
}
