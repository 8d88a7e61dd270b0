package query

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/scrubline/scrubline/query/identity"
	"github.com/scrubline/scrubline/schemas"
)

// ErrNobody means that a question came without anybody who asks it.
var ErrNobody = errors.New("nobody was recognised who may ask this")

// ErrTenant means that whoever asks belongs to another tenant.
var ErrTenant = errors.New("this server answers for another tenant")

// HiddenError is a question about a field that whoever asks may not see.
type HiddenError struct{ Field string }

func (e *HiddenError) Error() string { return "the field " + e.Field + " is hidden from you" }

// scope is what of the store an answer may be made of. It is the first wall: a
// condition in each statement, and columns that none reads.
type scope struct {
	tenant  string
	sources []string // empty: all
	hidden  schemas.ColumnSet
	narrow  bool // some are hidden
	open    bool // see WithoutConditions: statements have no conditions, to see what the second wall holds
}

// needed are columns that no answer can be made without.
var needed = []schemas.Column{schemas.TenantID, schemas.EventTime, schemas.IngestTime, schemas.Source, schemas.RowKind, schemas.StatusID,
	schemas.Flags, schemas.Present, schemas.Batch, schemas.RecordNo}

// carriers are columns that say the same as one another, or much of it: with one of
// a group all are hidden.
var carriers = [][]schemas.Column{
	{schemas.ActorID, schemas.ActorName, schemas.ActorSession, schemas.ActorRole, schemas.CredentialID},
	{schemas.SrcIP, schemas.SrcAddr, schemas.PktSrcIP},
	{schemas.DstIP, schemas.DstAddr, schemas.PktDstIP},
}

// tellers are columns that may name what a hidden one names: a FHIR resource and
// a path have the patient's token, and the address of a record's object its key.
var tellers = map[schemas.Column][]schemas.Column{
	schemas.PatientToken: {schemas.ResourceIDs, schemas.URLPath},
	schemas.ResourceIDs:  {schemas.URLPath},
}

func newScope(from identity.Scope) (scope, error) {
	sc := scope{tenant: from.Tenant, sources: from.Sources, narrow: len(from.HiddenFields) > 0}
	for _, name := range from.HiddenFields {
		if err := CheckHidden(name); err != nil {
			return scope{}, err
		}
		for _, c := range FieldByName(name).columns {
			sc.hide(c)
		}
	}
	if sc.narrow {
		sc.hidden.Add(schemas.Native) // has all of the record
	}
	return sc, nil
}

func (sc *scope) hide(c schemas.Column) {
	sc.hidden.Add(c)
	for _, other := range tellers[c] {
		sc.hidden.Add(other)
	}
	for _, group := range carriers {
		if slices.Contains(group, c) {
			for _, other := range group {
				sc.hidden.Add(other)
			}
		}
	}
}

// CheckHidden says why a field cannot be hidden, nil if it can.
func CheckHidden(name string) error {
	f := FieldByName(name)
	switch {
	case f == nil || len(f.columns) == 0:
		return fmt.Errorf("there is no field %q that holds values", shortened(name))
	case slices.ContainsFunc(f.columns, func(c schemas.Column) bool { return slices.Contains(needed, c) }):
		return fmt.Errorf("the field %s cannot be hidden: no answer can be made without it", f.Name)
	}
	return nil
}

// scope says what of the store whoever asks in ctx may see.
func (s *Service) scope(ctx context.Context) (scope, error) {
	p, ok := identity.From(ctx)
	switch {
	case !ok && s.named:
		return scope{}, ErrNobody
	case !ok:
		return scope{tenant: s.opt.Tenant}, nil
	case p.Scope.Tenant != s.opt.Tenant:
		return scope{}, ErrTenant
	}
	sc, err := newScope(p.Scope)
	sc.open = s.open
	return sc, err
}

// Named returns a service that answers nobody whom no context names: for whatever
// takes questions from others.
func (s *Service) Named() *Service {
	named := *s
	named.named = true
	return &named
}

// columns lists the columns of a table that may be read.
func (sc *scope) columns(of []schemas.Column) []schemas.Column {
	if !sc.narrow {
		return of
	}
	return slices.DeleteFunc(slices.Clone(of), func(c schemas.Column) bool { return sc.hidden.Has(c) })
}

// ShownColumns lists the columns that an answer to q may show whoever asks in ctx, in
// their order. It fails if the question is about what they may not see.
func (s *Service) ShownColumns(ctx context.Context, q *Query) ([]schemas.Column, error) {
	sc, err := s.scope(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range q.Tables() {
		if r := q.scan(t, sc, s.opt.Tokens); r.err != nil {
			return nil, r.err
		}
	}
	return sc.columns(ShownColumns(q.Tables())), nil
}

// check returns a HiddenError if what the field is mostly about is hidden. What is
// left of others is read alone: ip finds one end if the other is hidden.
func (sc *scope) check(f *Field) error {
	if sc.hidden.Has(f.Column()) {
		return &HiddenError{f.Name}
	}
	return nil
}

// rows is the condition on rows that the scope has.
func (c *condition) rows() string {
	if c.scope.open {
		return always
	}
	mine := "tenant_id = " + c.text(c.scope.tenant)
	if len(c.scope.sources) > 0 {
		mine += " AND " + c.sources()
	}
	return mine
}

// sources is the condition on a column source.
func (c *condition) sources() string {
	if len(c.scope.sources) == 0 || c.scope.open {
		return always
	}
	return "source IN " + c.param("Array(String)", c.scope.sources)
}

// read is the SQL of the values of text columns, each under its name: of a hidden
// one what a record without it has.
func (c *condition) read(cols ...schemas.Column) string {
	list := make([]string, len(cols))
	for i, col := range cols {
		switch {
		case !c.scope.hidden.Has(col):
			list[i] = col.String()
		case col.Info().Kind == schemas.KStrings:
			list[i] = "emptyArrayString() AS " + col.String()
		default:
			list[i] = "'' AS " + col.String()
		}
	}
	return strings.Join(list, ", ")
}

// filter is the condition on rows as text, for a statement that somebody wrote.
func (sc *scope) filter() string {
	if sc.open {
		return "1"
	}
	mine := "tenant_id = " + literal(sc.tenant)
	if len(sc.sources) == 0 {
		return mine
	}
	names := make([]string, len(sc.sources))
	for i, name := range sc.sources {
		names[i] = literal(name)
	}
	return mine + " AND source IN (" + strings.Join(names, ", ") + ")"
}

// hides reports whether what the server says of an identifier has the name of what is
// hidden among its words: a name of a table before it may have any characters.
func (sc *scope) hides(identifier string) bool {
	return sc.narrow && slices.ContainsFunc(strings.FieldsFunc(identifier, func(r rune) bool {
		return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}), func(word string) bool { return word == "subject" || sc.hidden.Has(schemas.ColumnByName(word)) })
}
