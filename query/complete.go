package query

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/schemas"
)

// Completion proposes what the word at the cursor could become.
type Completion struct {
	Start, End int // characters of the text that an Item stands for
	Items      []Item
}

// Item is one proposal.
type Item struct {
	Text  string // as the query needs it, quoted if it must be
	Kind  string // field, value or keyword
	Help  string // of a field
	Count uint64 // of a value: rows among those that were looked at; 0: not counted
}

const (
	maxItems       = 20
	completionDays = 7 // of rows that values are taken from, if the query has no range
)

// word is the part of a query's text that the cursor stands in.
type word struct {
	start, end int    // bytes
	field      *Field // of a value; nil: it is a field's name, or text
	prefix     string // what stands before the cursor, without quote and escapes
	quoted     bool
}

// wordAt finds the word that the cursor at byte at stands in.
func wordAt(text string, at int) word {
	w := word{}
	name, quoted := "", false
	for i := 0; i < at; {
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '\\' && i+1 < at:
			_, m := utf8.DecodeRuneInString(text[i+n:])
			i += m
		case r == '"':
			quoted = !quoted
			if quoted {
				w.start = i
			}
		case quoted:
		case unicode.IsSpace(r):
			w.start, name = i+n, ""
		case r == '(' || r == ',':
			w.start = i + n
			if i > 0 && text[i-1] != ':' && r == '(' {
				name = ""
			}
		case r == ')':
			w.start, name = i+n, ""
		case r == ':' || r == '<' || r == '>' || r == '=':
			switch {
			case name == "":
				name = strings.TrimLeft(text[w.start:i], "-")
				if FieldByName(name) != nil {
					w.start = i + n
				}
			case r == '=' && i == w.start: // of >= and <=
				w.start = i + n
			}
		}
		i += n
	}
	w.field, w.quoted = FieldByName(name), quoted
	if w.field == nil && strings.HasPrefix(text[w.start:at], "-") {
		w.start++
	}
	w.end = at
	for w.end < len(text) && (quoted || !strings.ContainsRune(" \t\n(),:<>", rune(text[w.end]))) {
		if text[w.end] == '"' {
			w.end++
			break
		}
		w.end++
	}
	raw := strings.TrimPrefix(text[w.start:at], `"`)
	w.prefix = strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\*`, `*`).Replace(raw)
	return w
}

// Complete proposes how the word at the cursor goes on: names of fields, or values
// that stand in the rows the rest of the query finds. at counts characters from 0. A
// text that is no query yet, the rest included, still gets names and fixed values.
func (s *Service) Complete(ctx context.Context, text string, at int, now time.Time, zone *time.Location) (*Completion, error) {
	if len(text) > MaxText {
		return nil, errAt(text, MaxText, len(text), "a query may have at most %d bytes", MaxText)
	}
	cursor := len(text)
	for i := range text {
		if at == 0 {
			cursor = i
			break
		}
		at--
	}
	w := wordAt(text, cursor)
	c := &Completion{Start: utf8.RuneCountInString(text[:w.start]), End: utf8.RuneCountInString(text[:w.end])}
	if w.field == nil {
		if !w.quoted {
			c.names(w.prefix)
		}
		return c, nil
	}
	for _, n := range w.field.Names {
		if strings.HasPrefix(n.Name, strings.ToLower(w.prefix)) {
			c.Items = append(c.Items, Item{Text: n.Name, Kind: "value"})
		}
	}
	if len(c.Items) > 0 {
		return c, nil
	}
	// The values of the rows that the rest of the query finds.
	rest := text[:w.start] + "*" + text[w.end:]
	q, err := Parse(rest, now, zone)
	if err != nil {
		q = &Query{}
	}
	if q.Since.IsZero() {
		q.Since = milli(now.AddDate(0, 0, -completionDays))
	}
	err = s.values(ctx, q, w, c)
	return c, err
}

// names proposes fields, those that start with the prefix before those that have an
// alias which does.
func (c *Completion) names(prefix string) {
	prefix = strings.ToLower(prefix)
	var byAlias []Item
	for _, f := range Fields() {
		item := Item{Text: f.Name + ":", Kind: "field", Help: f.Help}
		switch {
		case strings.HasPrefix(f.Name, prefix):
			c.Items = append(c.Items, item)
		case slices.ContainsFunc(f.Aliases, func(a string) bool { return strings.HasPrefix(a, prefix) }):
			byAlias = append(byAlias, item)
		}
	}
	c.Items = append(c.Items, byAlias...)
	if prefix != "" {
		for _, k := range []string{"AND", "OR", "NOT"} {
			if strings.HasPrefix(k, strings.ToUpper(prefix)) {
				c.Items = append(c.Items, Item{Text: k, Kind: "keyword"})
			}
		}
	}
	c.Items = c.Items[:min(len(c.Items), maxItems)]
}

// values counts the field's values that start with the prefix, or have it after a /
// or : as the last element of an ARN, in the newest rows.
func (s *Service) values(ctx context.Context, q *Query, w word, c *Completion) error {
	sc, err := s.scope(ctx)
	if err != nil {
		return err
	}
	if err := sc.check(w.field); err != nil {
		return err
	}
	counts := map[string]uint64{}
	for _, t := range q.Tables() {
		r := q.scan(t, sc, s.opt.Tokens)
		value := r.facetSQL(w.field)
		if value == "" && w.field.match == matchResource && r.has(schemas.ResourceIDs) {
			value = "arrayJoin(arrayMap(r -> if(startsWith(r, '" + s3ARN + "'), substring(r, 14), r), resource_ids))"
		}
		if value == "" {
			continue
		}
		newest := r.sql("batch, record_no, "+value+" AS value", "ORDER BY "+newestFirst+" LIMIT "+r.param("UInt64", maxFacetRows))
		prefix := r.text(likePattern(Value{Parts: []string{w.prefix, ""}}))
		sql := fmt.Sprintf("SELECT value, uniqExact(batch, record_no) AS n FROM (%s) WHERE value != '' AND (value ILIKE %s OR value ILIKE concat('%%/', %[2]s)) GROUP BY value ORDER BY n DESC, value LIMIT %d",
			newest, prefix, maxItems)
		if r.err != nil {
			return r.err
		}
		err := s.each(ctx, sql, r.params, maxItems, func(rows driver.Rows) error {
			var v string
			var n uint64
			err := rows.Scan(&v, &n)
			counts[v] += n
			return err
		})
		if err != nil {
			return err
		}
	}
	for _, n := range topCounts(counts, maxItems) {
		c.Items = append(c.Items, Item{Text: printValue(Value{Parts: []string{n.Name}}, false), Kind: "value", Count: n.Count})
	}
	return nil
}
