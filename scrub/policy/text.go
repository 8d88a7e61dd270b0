package policy

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/scrubline/scrubline/scrub/link"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// Text is the policy in one fixed form of YAML: the same for two files that say
// the same, whatever their layout, and empty if the file changes nothing. In place
// of allowed values and patterns stands their HMAC-SHA-256 under key: whoever has
// the key can check a guess, nobody else can.
func (p *Policy) Text(key []byte) string {
	if p == nil {
		return ""
	}
	w := &writer{key: key}
	w.list("classes", p.classTexts())
	w.list("fields", p.fieldTexts())
	w.list("allow", p.allowTexts(w))
	w.list("recognizers", p.customTexts())
	w.session(p.session.link())
	return w.String()
}

type writer struct {
	strings.Builder
	key []byte
}

func (w *writer) list(name string, lines []string) {
	if len(lines) == 0 {
		return
	}
	w.WriteString(name + ":\n")
	for _, l := range lines {
		w.WriteString("  - {" + l + "}\n")
	}
}

func (w *writer) mac(value []byte) string {
	h := hmac.New(sha256.New, w.key)
	_, _ = h.Write(value)
	return hex.EncodeToString(h.Sum(nil))
}

// line joins keys and values, leaving out values that are empty.
func line(pairs ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(pairs[i] + ": " + pairs[i+1])
	}
	return b.String()
}

func quoted(s string) string {
	if s == "" {
		return ""
	}
	return strconv.Quote(s)
}

func (c *Choice) text(pairs ...string) string {
	typ, as := "", ""
	if c.Type != 0 {
		typ = c.Type.String()
	}
	if c.As != recognizer.None {
		as = c.As.String()
	}
	key := "treat"
	if c.Unsafe {
		key = "unsafe"
	}
	return line(append(pairs, key, c.Treat.String(), "as", as, "type", typ, "reason", quoted(c.Reason))...)
}

func (p *Policy) classTexts() (lines []string) {
	for i := range p.classes {
		c := &p.classes[i]
		lines = append(lines, c.text("source", c.source, "class", c.class.name))
	}
	slices.Sort(lines)
	return lines
}

func (p *Policy) fieldTexts() (lines []string) {
	for i := range p.fields {
		if f := &p.fields[i]; f.set {
			lines = append(lines, f.text("source", f.source, "field", quoted(f.path)))
		}
	}
	slices.Sort(lines)
	return lines
}

func (p *Policy) allowTexts(w *writer) (lines []string) {
	for i := range p.allow {
		a := &p.allow[i]
		key, mac := "value_hmac", ""
		if a.pattern != nil {
			key, mac = "pattern_hmac", w.mac(append([]byte("pattern\x00"), a.pattern...))
		} else {
			mac = w.mac(append([]byte("value\x00"), a.value...))
		}
		lines = append(lines, line("name", a.name, "class", a.class.name, "source", a.source, "field", quoted(a.field), key, mac,
			"reason", quoted(a.reason), "owner", quoted(a.owner), "expires", quoted(a.end.AddDate(0, 0, -1).Format(time.DateOnly))))
	}
	slices.Sort(lines)
	return lines
}

// customTexts keeps the file's order: of two recognizers that match the same span
// the first one counts.
func (p *Policy) customTexts() (lines []string) {
	for i := range p.customs {
		c := &p.customs[i]
		class, as, treat, typ, distance := string(c.Letter), "", c.Treat.String(), c.Type.String(), ""
		if c.Kind != recognizer.Custom {
			class, as, treat, typ = "", c.Kind.String(), "", ""
		}
		if len(c.context) > 0 {
			distance = strconv.Itoa(c.distance)
		}
		lines = append(lines, line("name", c.Name, "class", class, "as", as, "source", c.source, "pattern", quoted(c.pattern),
			"context", quoted(strings.Join(c.context, ", ")), "distance", distance, "checksum", c.checksum, "treat", treat, "type", typ))
	}
	return lines
}

// session writes how identities and addresses are kept apart, unless that is as
// it is without a file.
func (w *writer) session(l link.Policy) {
	texts := func(l link.Policy) (out []string) {
		for _, e := range l.Exempt {
			out = append(out, e.String())
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	d := link.Default()
	if cmp.Compare(l.Mode, d.Mode) == 0 && slices.Equal(texts(l), texts(d)) {
		return
	}
	fmt.Fprintf(w, "session_ip: {mode: %s, exempt: [%s]}\n", l.Mode, quotedList(texts(l)))
}

func quotedList(ss []string) string {
	for i := range ss {
		ss[i] = strconv.Quote(ss[i])
	}
	return strings.Join(ss, ", ")
}
