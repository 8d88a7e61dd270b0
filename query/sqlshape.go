package query

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/scrubline/scrubline/schemas"
)

// literals are what a statement may name a person with: texts, numbers, comments,
// and quoted names. A quote that is not closed takes the rest.
var literals = regexp.MustCompile(`(?s)'(?:[^'\\]|\\.|'')*(?:'|$)` + "|`(?:[^`\\\\]|\\\\.)*(?:`|$)" + `|"(?:[^"\\]|\\.)*(?:"|$)|\$\w*\$.*|--[^\n]*|#[^\n]*|/\*.*?(?:\*/|$)|\b[0-9][0-9A-Za-z_.]*`)

// sqlWords are the statement's own words; functions and the names of tables and
// columns are besides.
var sqlWords = words(`select from where prewhere and or not in like ilike between is null as group by order asc desc limit offset having with distinct
	join left right inner outer full cross any all asof semi anti on using union intersect except case when then else end over partition rows range
	preceding following unbounded current row interval second minute hour day week month quarter year array final sample top ties true false
	totals rollup cube fill step settings format date timestamp extract cast exists`)

var sqlWord = regexp.MustCompile(`[A-Za-z_][0-9A-Za-z_]*`)

// ShapeSQL prints a statement for logs: ? stands for each literal, and for each word
// that is not one of SQL or a name of a function, a table or a column.
func ShapeSQL(statement string) string {
	text := literals.ReplaceAllStringFunc(statement, func(m string) string {
		if strings.HasPrefix(m, "--") || m[0] == '#' || strings.HasPrefix(m, "/*") {
			return " "
		}
		return "?"
	})
	text = strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return '?'
		}
		return r
	}, text)
	text = sqlWord.ReplaceAllStringFunc(text, func(w string) string {
		if sqlWords[strings.ToLower(w)] || allowed(w) || schemas.ColumnByName(w) != schemas.None || slices.Contains(guardedTables, w) {
			return w
		}
		return "?"
	})
	return strings.Join(strings.Fields(text), " ")
}
