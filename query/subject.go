package query

import (
	"fmt"
	"slices"
	"strings"

	s "github.com/scrubline/scrubline/schemas"
)

// accessTable has each event once for every subject it has, in the order of
// subjects: schemas/migrations/00003_access_by_subject.sql.
const accessTable = "access_by_subject"

// accessColumns are the columns that accessTable shares with events.
var accessColumns = []s.Column{
	s.TenantID, s.EventTime, s.Source, s.Action, s.Service, s.StatusID, s.StatusCode, s.ReadOnly, s.CloudAccount, s.CloudRegion,
	s.RecipientAccount, s.ActorType, s.ActorID, s.ActorName, s.ActorRole, s.ActorSession, s.MFA, s.SrcIP, s.SrcAddr, s.SrcCountry,
	s.ResourceIDs, s.ResourceType, s.HTTPStatus, s.SessionIDCol, s.PatientToken, s.PurposeOfUse, s.FHIRResource, s.Flags, s.Present,
	s.Batch, s.RecordNo,
}

// Kinds of subjects.
const (
	aResource = "r:"
	aPatient  = "p:"
	aSession  = "s:"
	anActor   = "a:"
)

// subjectKind is the kind of subject a field asks about, "" if none.
func (f *Field) subjectKind() string {
	switch f.match {
	case matchResource:
		return aResource
	case matchPatient:
		return aPatient
	case matchActor, matchUser:
		return anActor
	}
	if f.Column() == s.SessionIDCol {
		return aSession
	}
	return ""
}

// subjectOf finds a term of a condition that accessTable can be read by, if all
// of the condition can be answered there; nil otherwise. Patients and sessions have
// fewer rows than people and things, so they go first.
func subjectOf(where Node) *Term {
	terms, ok := where.(And)
	if !ok {
		terms = And{where}
	}
	for _, kind := range []string{aPatient, aSession, anActor, aResource} {
		for i, n := range terms {
			t, ok := n.(*Term)
			if !ok || t.Field.subjectKind() != kind || !t.ranges() {
				continue
			}
			others := slices.Concat(terms[:i], terms[i+1:])
			if covered(others, kind != aResource) {
				return t
			}
		}
	}
	return nil
}

// ranges reports whether the term's values are ranges of accessTable.
func (t *Term) ranges() bool {
	kind := t.Field.subjectKind()
	for _, v := range t.Values {
		text, plain := v.Plain()
		switch {
		case plain && text == "", v.Any():
			return false // all that have none, or any
		case !plain && kind != aResource:
			return false // a pattern over several columns
		case kind == aResource && balancer(v):
			return false
		}
	}
	return t.Op == Match
}

// balancer reports whether a load balancer may be what a value names: accessTable
// has what requests did to patients, not every request.
func balancer(v Value) bool {
	const prefix = "app/"
	if text, plain := v.Plain(); plain {
		return strings.HasPrefix(text, prefix)
	}
	return strings.HasPrefix(v.Parts[0], prefix) || strings.HasPrefix(prefix, v.Parts[0])
}

// covered reports whether accessTable has what a condition asks about; things says
// whether the rows that are read name the things that were touched.
func covered(n Node, things bool) bool {
	missing := func(m Node) bool { return !covered(m, things) }
	switch n := n.(type) {
	case And:
		return !slices.ContainsFunc(n, missing)
	case Or:
		return !slices.ContainsFunc(n, missing)
	case Not:
		return covered(n.Node, things)
	case *Term:
		return !slices.ContainsFunc(n.Field.columns, func(col s.Column) bool {
			return slices.Contains(s.Events.Columns(), col) && (!slices.Contains(accessColumns, col) || col == s.ResourceIDs && !things)
		})
	}
	return true
}

// subject is the condition on accessTable for a term that ranges: its ranges, and what
// the rows of those must meet besides, or "".
func (c *condition) subject(t *Term) (ranges, besides string) {
	var names, alternatives []string
	kind := t.Field.subjectKind()
	c.mayAsk(t.Field)
	for _, v := range t.Values {
		text, plain := v.Plain()
		s3 := Value{Parts: append([]string{s3ARN + v.Parts[0]}, v.Parts[1:]...)}
		switch {
		case plain && kind == aResource:
			names = append(names, kind+text, kind+s3.Parts[0])
		case plain && kind == anActor:
			for _, spelling := range c.spellings(t.Field, text) {
				names = append(names, kind+spelling[strings.LastIndexAny(spelling, "/:")+1:])
			}
		case plain:
			for _, spelling := range c.spellings(t.Field, text) {
				names = append(names, kind+spelling)
			}
		default:
			for _, v := range []Value{v, s3} {
				v = Value{Parts: append([]string{kind + v.Parts[0]}, v.Parts[1:]...)}
				if len(v.Parts) == 2 && v.Parts[1] == "" {
					alternatives = append(alternatives, fmt.Sprintf("startsWith(subject, %s)", c.text(v.Parts[0])))
				} else {
					alternatives = append(alternatives, "subject LIKE "+c.text(likePattern(v)))
				}
			}
		}
	}
	switch len(names) {
	case 0:
	case 1: // one range, which can be read in its order
		alternatives = append(alternatives, "subject = "+c.text(names[0]))
	default:
		alternatives = append(alternatives, "subject IN "+c.param("Array(String)", names))
	}
	if kind == anActor { // the last element is not all of a name
		besides = c.term(t)
	}
	return anyOf(alternatives), besides
}
