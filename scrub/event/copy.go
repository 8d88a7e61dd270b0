package event

import "github.com/scrubline/scrubline/schemas"

// CopyRow appends a row of from, a batch of the same table, as it stands.
func (b *Batch) CopyRow(from *Batch, row int) {
	for _, c := range b.order {
		switch c.Info().Kind {
		case schemas.KString:
			b.SetBytes(c, from.Str(c).At(row))
		case schemas.KDict:
			b.SetString(c, from.Dict(c).At(row))
		case schemas.KStrings:
			items := from.Strs(c)
			for i, end := items.Row(row); i < end; i++ {
				b.SetBytes(c, items.Items.At(i))
			}
		case schemas.KIP:
			b.SetAddr(c, from.Addrs(c)[row])
		default:
			b.SetNum(c, from.Nums(c)[row])
		}
	}
	b.EndRow()
}
