package watch

import (
	"net/netip"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
)

// row is one row of a batch, to be asked for texts.
type row struct {
	b *event.Batch
	i int
}

// text returns a column's text, "" where the table lacks the column or the row has
// none.
func (r row) text(c schemas.Column) string {
	if !r.has(c) {
		return ""
	}
	switch c.Info().Kind {
	case schemas.KString:
		return string(r.b.Str(c).At(r.i))
	case schemas.KDict:
		return r.b.Dict(c).At(r.i)
	case schemas.KIP:
		if r.b.Nums(schemas.Present)[r.i]&c.PresentBit() == 0 {
			return ""
		}
		return netip.AddrFrom16(r.b.Addrs(c)[r.i]).Unmap().String()
	}
	return ""
}

func (r row) has(c schemas.Column) bool {
	for _, k := range r.b.Columns() {
		if k == c {
			return !r.b.Unset(c)
		}
	}
	return false
}
