package query

import (
	"fmt"
	"math"
	"math/bits"
	"net/netip"
	"strings"

	"github.com/scrubline/scrubline/schemas"
)

// s3ARN starts the ARN of a bucket or an object; people write bucket/key.
const s3ARN = "arn:aws:s3:::"

// present is true where one of the field's columns holds a value.
func (c *condition) present(f *Field) string {
	var parts []string
	for _, col := range f.columns {
		if !c.has(col) {
			continue
		}
		switch col.Info().Kind {
		case schemas.KString, schemas.KDict:
			parts = append(parts, col.String()+" != ''")
		case schemas.KStrings:
			parts = append(parts, "notEmpty("+col.String()+")")
		case schemas.KTime:
			parts = append(parts, always)
		default:
			if text := addrText(col); text != schemas.None {
				parts = append(parts, text.String()+" != ''")
			} else if bit := col.PresentBit(); bit != 0 {
				parts = append(parts, fmt.Sprintf("bitTest(present, %d)", bitOf(bit)))
			} else {
				parts = append(parts, col.String()+" != 0")
			}
		}
	}
	if f.Name == "status" || f.Name == "kind" {
		return "(1)" // every row has one
	}
	return anyOf(parts)
}

func bitOf(mask uint64) int { return bits.TrailingZeros64(mask) }

// numbers compares a number column. A row without the number meets nothing.
func (c *condition) numbers(f *Field, op Op, v Value, add func(string)) {
	col := f.columns[0]
	if !c.has(col) {
		return
	}
	sign := op.String()
	if op == Match {
		sign = "="
	}
	s := fmt.Sprintf("%s %s %s", col, sign, c.number(v.Number))
	// Most numbers are 0 where the record had none; a name asks for that 0.
	if bit := col.PresentBit(); bit != 0 && len(f.Names) == 0 {
		s = fmt.Sprintf("(%s AND bitTest(present, %d))", s, bitOf(bit))
	}
	add(s)
}

func (c *condition) number(n float64) string {
	if n == math.Trunc(n) {
		return c.param("UInt64", uint64(n))
	}
	return c.param("Float64", n)
}

// status takes a word (success, failure, unknown) or a code: the service's own
// or HTTP's. The comparisons are about HTTP's.
func (c *condition) status(op Op, v Value, add func(string)) {
	text, plain := v.Plain()
	if op != Match {
		if c.has(schemas.HTTPStatus) {
			add(fmt.Sprintf("(http_status %s %s AND bitTest(present, %d))", op, c.number(v.Number), bitOf(schemas.HTTPStatus.PresentBit())))
		}
		return
	}
	if n, ok := FieldByName("status").number(strings.ToLower(text)); ok && plain {
		add(fmt.Sprintf("status_id = %d", n))
		return
	}
	if c.has(schemas.StatusCode) {
		add("status_code ILIKE " + c.text(likePattern(v)))
	}
	if v.IsNum && c.has(schemas.HTTPStatus) {
		add("http_status = " + c.number(v.Number))
	}
}

// list takes rows of which one element meets the value.
func (c *condition) list(f *Field, v Value, add func(string)) {
	col := f.columns[0]
	if !c.has(col) {
		return
	}
	s3 := Value{Parts: append([]string{s3ARN + v.Parts[0]}, v.Parts[1:]...)}
	text, plain := v.Plain()
	switch {
	case plain && f.match == matchResource:
		add(fmt.Sprintf("hasAny(%s, %s)", col, c.param("Array(String)", []string{text, s3.Parts[0]})))
	case plain:
		add(fmt.Sprintf("has(%s, %s)", col, c.text(text)))
	case f.match == matchResource:
		add(fmt.Sprintf("arrayExists(x -> x LIKE %s OR x LIKE %s, %s)", c.text(likePattern(v)), c.text(likePattern(s3)), col))
	default:
		add(fmt.Sprintf("arrayExists(x -> x LIKE %s, %s)", c.text(likePattern(v)), col))
	}
}

// addrText is the column with an address as the log wrote it, or its token.
func addrText(col schemas.Column) schemas.Column {
	switch col {
	case schemas.SrcIP:
		return schemas.SrcAddr
	case schemas.DstIP:
		return schemas.DstAddr
	}
	return schemas.None
}

// Prefix lengths that src_ip keeps of an address whose token stands in src_addr.
const (
	keptV4 = 24
	keptV6 = 48
)

// address takes an address, a network, or text as the log wrote it.
func (c *condition) address(f *Field, v Value, add func(string)) {
	text, plain := v.Plain()
	var in, is string
	for _, col := range f.columns {
		if !c.has(col) {
			continue
		}
		if v.Prefix.IsValid() {
			if in == "" {
				first, last := ends(v.Prefix)
				in = fmt.Sprintf("BETWEEN toIPv6(%s) AND toIPv6(%s)", c.text(first), c.text(last))
			}
			s := col.String() + " " + in
			if col == schemas.SrcIP && v.Prefix.Bits() > kept(v.Prefix) {
				// A row that keeps only the network cannot say whether the
				// address lies in a part of it; its token can.
				s = fmt.Sprintf("(%s AND NOT bitTest(flags, %d))", s, bitOf(schemas.FlagAddressPrefix))
			}
			add(s)
		}
		textCol := addrText(col)
		if textCol == schemas.None || !c.has(textCol) {
			continue
		}
		switch {
		case !plain:
			add(textCol.String() + " LIKE " + c.text(likePattern(v)))
		case v.Prefix.IsValid() && !v.Prefix.IsSingleIP():
		default:
			if is == "" {
				is = c.param("Array(String)", append([]string{text}, c.candidates(f.token, text)...))
			}
			add(textCol.String() + " IN " + is)
		}
	}
}

func kept(p netip.Prefix) int {
	if p.Addr().Is4() {
		return keptV4
	}
	return keptV6
}

// ends are the first and the last address of a network, as IPv6 text.
func ends(p netip.Prefix) (first, last string) {
	b := p.Addr().As16()
	offset := 0
	if p.Addr().Is4() {
		offset = 96
	}
	first = netip.AddrFrom16(b).String()
	for bit := offset + p.Bits(); bit < 128; bit++ {
		b[bit/8] |= 0x80 >> (bit % 8)
	}
	return first, netip.AddrFrom16(b).String()
}
