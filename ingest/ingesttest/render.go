package ingesttest

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

var (
	framingNames  = [...]string{"lines", "json", "hl7", "x12", "document"}
	encodingNames = [...]string{"plain", "json_text", "json_value", "slash_x", "percent"}
	kindNames     = [...]string{"event", "header", "tombstone", "gap"}
	flagNames     = [...]string{"time_from_payload", "duplicate", "address_prefix", "coverage_gap", "odd_time", "odd_shape"}
)

// render writes one record: its number and kind or error, its columns in the
// table's order, then its fields in the order they were added, each as
// column/treatment/hint/encoding: text.
func render(w io.Writer, rec *ingest.Record, raw []byte, err error) {
	if err != nil {
		fmt.Fprintf(w, "\n%d error %s\n", rec.Ordinal, errorText(err))
		return
	}
	kind, _ := rec.Num(schemas.RowKind)
	fmt.Fprintf(w, "\n%d %s %s %s\n", rec.Ordinal, kindNames[kind], rec.Source, rec.Table)
	for c := schemas.None + 1; c < schemas.NumColumns; c++ {
		if c != schemas.RowKind {
			renderColumn(w, rec, c)
		}
	}
	for _, f := range rec.Fields {
		fmt.Fprintf(w, "\t%s\n", fieldText(f, raw))
	}
}

func renderColumn(w io.Writer, rec *ingest.Record, c schemas.Column) {
	if s := rec.Derived(c); s != "" {
		fmt.Fprintf(w, "  %s = %s\n", c, s)
	}
	n, set := rec.Num(c)
	if !set && !(c == schemas.Flags && n != 0) {
		return
	}
	text := strconv.FormatUint(n, 10)
	switch c.Info().Kind {
	case schemas.KTime:
		text = time.UnixMilli(int64(n)).UTC().Format("2006-01-02T15:04:05.000Z")
	case schemas.KF32:
		text = strconv.FormatFloat(float64(math.Float32frombits(uint32(n))), 'g', -1, 32)
	case schemas.KIP:
		a, _ := rec.Addr(c)
		text = netip.AddrFrom16(a).Unmap().String()
	}
	if c == schemas.Flags {
		text = flagsText(n)
	}
	fmt.Fprintf(w, "  %s = %s\n", c, text)
}

func flagsText(n uint64) string {
	var names []string
	for i, name := range flagNames {
		if n&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

func fieldText(f ingest.Field, raw []byte) string {
	if int(f.End) > len(raw) || f.Start > f.End || int(f.KeyEnd) > len(raw) || f.KeyStart > f.KeyEnd {
		return "a span outside the record"
	}
	col := "-"
	if f.Column != schemas.None {
		col = f.Column.String()
	}
	what := f.Treat.String()
	if f.Alias {
		what = "alias"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s/%s/%s/%s", col, what, f.Hint, encodingNames[f.Enc])
	if f.Type != "" {
		fmt.Fprintf(&b, "/%s", f.Type)
	}
	if f.KeyEnd > f.KeyStart {
		fmt.Fprintf(&b, " key=%s", visible(raw[f.KeyStart:f.KeyEnd]))
	}
	fmt.Fprintf(&b, ": %s", visible(raw[f.Start:f.End]))
	return b.String()
}

// visible quotes text whose ends or bytes an eye would miss.
func visible(b []byte) string {
	s := string(b)
	q := strconv.Quote(s)
	if s == "" || s != strings.TrimSpace(s) || strings.ReplaceAll(strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`), `\\`, `\`) != s {
		return q
	}
	return s
}

func errorText(err error) string {
	var re *ingest.RecordError
	if errors.As(err, &re) {
		return re.Error()
	}
	return fmt.Sprintf("of an unexpected type: %T", err)
}
