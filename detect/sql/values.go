package sql

import (
	"fmt"
	"strings"

	"github.com/scrubline/scrubline/detect/fields"
	"github.com/scrubline/scrubline/schemas"
)

// doc is the record as rules read it.
const doc = "toValidUTF8(native)"

// values writes an array of what lies at ref's places, as JSON: arrays as such,
// not their elements. A column's text is written as a JSON string.
func (w *writer) values(ref fields.Ref) string {
	var parts []string
	for _, p := range ref.Paths {
		parts = append(parts, w.paths(p)...)
	}
	if plain := w.plain(ref); plain != "" {
		parts = append(parts, fmt.Sprintf("arrayMap(x0 -> concat('\"', x0, '\"'), %s)", plain))
	}
	return join(parts)
}

// texts writes an array of the texts of ref's values.
func (w *writer) texts(ref fields.Ref) string {
	var parts []string
	if len(ref.Paths) > 0 {
		var at []string
		for _, p := range ref.Paths {
			at = append(at, w.paths(p)...)
		}
		v := w.name()
		parts = append(parts, fmt.Sprintf(
			"arrayMap(%s -> if(startsWith(%s, '\"'), JSONExtractString(%s), %s), arrayFilter(x0 -> NOT startsWith(x0, 'n'), %s))",
			v, v, v, v, w.elements(join(at))))
	}
	if plain := w.plain(ref); plain != "" {
		parts = append(parts, plain)
	}
	return join(parts)
}

func join(parts []string) string {
	switch len(parts) {
	case 0:
		return "emptyArrayString()"
	case 1:
		return parts[0]
	}
	return "arrayConcat(" + strings.Join(parts, ", ") + ")"
}

// paths writes the arrays of JSON texts at a path, and at the path as one key.
func (w *writer) paths(path []string) []string {
	out := []string{w.path(path)}
	if len(path) > 1 {
		out = append(out, w.path([]string{strings.Join(path, ".")}))
	}
	return out
}

// path writes an array of the JSON texts at a path. Most paths lead through
// objects only, which one call tells; if there are arrays on the way, each step
// goes over all elements.
func (w *writer) path(path []string) string {
	keys := ""
	for _, k := range path {
		keys += ", " + quote(k)
	}
	slow := "emptyArrayString()"
	if len(path) > 1 {
		slow = fmt.Sprintf("if(JSONHas(%s, %s), [JSONExtractRaw(%s, %s)], emptyArrayString())", doc, quote(path[0]), doc, quote(path[0]))
		for _, k := range path[1:] {
			v := w.name()
			slow = fmt.Sprintf("arrayMap(%s -> JSONExtractRaw(%s, %s), arrayFilter(%s -> startsWith(%s, '{') AND JSONHas(%s, %s), %s))",
				v, v, quote(k), v, v, v, quote(k), w.elements(slow))
		}
	}
	return fmt.Sprintf("if(JSONHas(%s%s), [JSONExtractRaw(%s%s)], %s)", doc, keys, doc, keys, slow)
}

// elements writes an array of JSON texts with arrays replaced by their elements,
// three deep, as package match does.
func (w *writer) elements(array string) string {
	for range 3 {
		v := w.name()
		array = fmt.Sprintf("arrayFlatten(arrayMap(%s -> if(startsWith(%s, '['), JSONExtractArrayRaw(%s), [%s]), %s))", v, v, v, v, array)
	}
	return array
}

// plain writes an array of the texts that are not JSON: of the column and the
// request line. "" if there are none.
func (w *writer) plain(ref fields.Ref) string {
	var parts []string
	if ref.Column != schemas.None && w.has[ref.Column] {
		parts = append(parts, column(ref.Column))
	}
	if ref.URL {
		url := fmt.Sprintf("extract(%s, %s)", doc, quote(`"[A-Z_-]+ (?:[a-z]+://[^/"]*)?([^"]*) HTTP/[0-9.]+"`))
		cond := url + " != ''"
		if w.json {
			cond = fmt.Sprintf("%s AND JSONType(%s) != 'Object'", cond, doc)
		}
		parts = append(parts, fmt.Sprintf("if(%s, [%s], emptyArrayString())", cond, url))
	}
	if len(parts) == 0 {
		return ""
	}
	return join(parts)
}

// column writes an array of a column's texts.
func column(c schemas.Column) string {
	name := c.String()
	text := "toString(" + name + ")"
	switch c.Info().Kind {
	case schemas.KStrings:
		return fmt.Sprintf("arrayFilter(x0 -> x0 != '', %s)", name)
	case schemas.KIP:
		text = fmt.Sprintf("replaceRegexpOne(toString(%s), '^::ffff:', '')", name)
	case schemas.KTime:
		text = fmt.Sprintf("toString(toUnixTimestamp64Milli(%s))", name)
	}
	cond := name + " != ''"
	if bit := c.PresentBit(); bit != 0 {
		cond = fmt.Sprintf("bitAnd(present, %d) != 0", bit)
	} else if k := c.Info().Kind; k != schemas.KString && k != schemas.KDict {
		cond = "1"
	}
	return fmt.Sprintf("if(%s, [%s], emptyArrayString())", cond, text)
}

// Cell writes the text that a row of a table has in a column, "" where the table or
// the row has none.
func Cell(table schemas.Table, c schemas.Column) string {
	for _, k := range table.Columns() {
		if k == c {
			return column(c) + "[1]"
		}
	}
	return "''"
}
