package policy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrInvalid is wrapped by the error of a policy that cannot be used.
var ErrInvalid = errors.New("policy cannot be used")

// Problem is one thing that is wrong with a policy file, or that its owner must
// know. Line and Column count from 1; 0 stands for the whole file.
type Problem struct {
	Line, Column int
	Warning      bool // the policy can be used
	Text         string
}

// Problems are those of one file, in its order.
type Problems struct {
	File string
	List []Problem
}

// Errors counts those that are not warnings.
func (p *Problems) Errors() (n int) {
	for i := range p.List {
		if !p.List[i].Warning {
			n++
		}
	}
	return n
}

// String lists the problems, one a line, as compilers do.
func (p *Problems) String() string {
	var b strings.Builder
	for i := range p.List {
		b.WriteString(p.Line(i))
		b.WriteByte('\n')
	}
	return b.String()
}

// Line is the i-th problem: file:line:column: error: text.
func (p *Problems) Line(i int) string {
	q, kind := &p.List[i], "error"
	if q.Warning {
		kind = "warning"
	}
	if q.Line == 0 {
		return fmt.Sprintf("%s: %s: %s", p.File, kind, q.Text)
	}
	return fmt.Sprintf("%s:%d:%d: %s: %s", p.File, q.Line, q.Column, kind, q.Text)
}

// err is nil if there is no error among the problems.
func (p *Problems) err() error {
	for i := range p.List {
		if !p.List[i].Warning {
			more := ""
			if n := p.Errors(); n > 1 {
				more = fmt.Sprintf(" (and %d more: scrubline config check %s)", n-1, p.File)
			}
			return fmt.Errorf("%w: %s%s", ErrInvalid, p.Line(i), more)
		}
	}
	return nil
}

func (p *Problems) sort() {
	slices.SortStableFunc(p.List, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}
