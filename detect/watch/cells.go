package watch

import (
	"fmt"
	"strings"

	"github.com/scrubline/scrubline/detect/alert"
	"github.com/scrubline/scrubline/schemas"
)

// cells gives the texts of a row's columns, "" where it has none.
type cells func(schemas.Column) string

// first returns the first of columns that has a text, and its name.
func (text cells) first(cs ...schemas.Column) (name, value string) {
	for _, c := range cs {
		if t := text(c); t != "" {
			return c.String(), t
		}
	}
	return cs[0].String(), ""
}

// actor is who did it, as far as the record says.
func (text cells) actor() (name, value string) {
	return text.first(schemas.ActorID, schemas.ActorName, schemas.ActorSession, schemas.SessionIDCol, schemas.SrcAddr, schemas.SrcIP, schemas.InterfaceID)
}

// who is the default group: the account and who did it.
func (text cells) who() ([]alert.Label, string) {
	name, value := text.actor()
	account := text(schemas.CloudAccount)
	labels := []alert.Label{{Name: name, Value: cut(value, 256)}}
	if account != "" {
		labels = append(labels, alert.Label{Name: schemas.CloudAccount.String(), Value: account})
	}
	return labels, account + "\x00" + name + "\x00" + value
}

// sentence says why a rule's alert was raised: what happened, and what the rule is
// about. Texts are scrubbed ones; addresses of pages are left out.
func (text cells) sentence(title string) string {
	_, who := text.actor()
	if who == "" {
		who = "somebody"
	}
	var s strings.Builder
	s.WriteString(cut(who, 128))
	if a := text(schemas.Action); a != "" {
		fmt.Fprintf(&s, " did %s", cut(a, 64))
	} else {
		s.WriteString(" is in a record")
	}
	if _, from := text.first(schemas.SrcAddr, schemas.SrcIP); from != "" && from != who {
		fmt.Fprintf(&s, " from %s", cut(from, 64))
	}
	if account := text(schemas.CloudAccount); account != "" {
		fmt.Fprintf(&s, " in account %s", account)
		if region := text(schemas.CloudRegion); region != "" {
			fmt.Fprintf(&s, ", %s", region)
		}
	}
	if code := text(schemas.StatusCode); code != "" {
		fmt.Fprintf(&s, " (%s)", cut(code, 48))
	}
	fmt.Fprintf(&s, ": %s", title)
	return s.String()
}
