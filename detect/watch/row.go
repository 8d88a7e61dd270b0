package watch

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/scrubline/scrubline/detect/alert"
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

// first returns the first of columns that has a text, and its name.
func (r row) first(cs ...schemas.Column) (name, text string) {
	for _, c := range cs {
		if t := r.text(c); t != "" {
			return c.String(), t
		}
	}
	return cs[0].String(), ""
}

// actor is who did it, as far as the record says.
func (r row) actor() (name, text string) {
	return r.first(schemas.ActorID, schemas.ActorName, schemas.ActorSession, schemas.SessionIDCol, schemas.SrcAddr, schemas.SrcIP, schemas.InterfaceID)
}

// who is the default group: the account and who did it.
func (r row) who() ([]alert.Label, string) {
	name, text := r.actor()
	account := r.text(schemas.CloudAccount)
	labels := []alert.Label{{Name: name, Value: cut(text, 256)}}
	if account != "" {
		labels = append(labels, alert.Label{Name: schemas.CloudAccount.String(), Value: account})
	}
	return labels, account + "\x00" + name + "\x00" + text
}

// sentence says why a rule's alert was raised: what happened, and what the rule is
// about. Texts are scrubbed ones; addresses of pages are left out.
func (r row) sentence(title string) string {
	_, who := r.actor()
	if who == "" {
		who = "somebody"
	}
	var s strings.Builder
	s.WriteString(cut(who, 128))
	if a := r.text(schemas.Action); a != "" {
		fmt.Fprintf(&s, " did %s", cut(a, 64))
	} else {
		s.WriteString(" is in a record")
	}
	if _, from := r.first(schemas.SrcAddr, schemas.SrcIP); from != "" && from != who {
		fmt.Fprintf(&s, " from %s", cut(from, 64))
	}
	if account := r.text(schemas.CloudAccount); account != "" {
		fmt.Fprintf(&s, " in account %s", account)
		if region := r.text(schemas.CloudRegion); region != "" {
			fmt.Fprintf(&s, ", %s", region)
		}
	}
	if code := r.text(schemas.StatusCode); code != "" {
		fmt.Fprintf(&s, " (%s)", cut(code, 48))
	}
	fmt.Fprintf(&s, ": %s", title)
	return s.String()
}
