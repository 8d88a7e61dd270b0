package sigma

import (
	"net/netip"
	"regexp"
)

// Expr is a condition over one record: And, Or, Not or *Match.
type Expr interface{ isExpr() }

type (
	// And holds if all of its parts do. It has two or more.
	And []Expr
	// Or holds if one of its parts does. It has two or more.
	Or []Expr
	// Not holds if its part does not.
	Not struct{ X Expr }
	// Match tests the values of a field: it holds if one of them passes. What
	// the values are is said at Test.
	Match struct {
		Field string // "": the record's whole text (a keyword)
		Test  Test
		Line  int
	}
)

func (And) isExpr()    {}
func (Or) isExpr()     {}
func (Not) isExpr()    {}
func (*Match) isExpr() {}

// TestKind says what a Test looks for.
type TestKind uint8

const (
	Text     TestKind = iota // the value's text matches Pattern
	Compare                  // the number that the value's text reads as, or the Part of its time, is Op Number
	Null                     // no value but null
	Exists                   // the field is there (Want) or not
	Regexp                   // Re finds something in the value's text
	CIDR                     // the value is an address in Prefix
	FieldRef                 // the value's text equals one of another field's, or holds it as Place says
)

// Op is a comparison of numbers.
type Op uint8

const (
	EQ Op = iota
	LT
	LTE
	GT
	GTE
	NEQ // of correlations
)

// Part is a part of a time.
type Part uint8

const (
	NoPart Part = iota
	Minute
	Hour
	Day
	Week // ISO 8601
	Month
	Year
)

// Place says where in a value something stands.
type Place uint8

const (
	Whole Place = iota
	Prefix
	Suffix
	Inside
)

// Test is what a rule asks of a field's values.
//
// A field's values are those that its path reaches; arrays on the way and at its
// end stand for their elements. A string's text is itself, a number's is as AppendNumber writes it,
// true and false are those words, an object's is its compact JSON text. null and
// an empty array have no text, a missing field has no values: no test of text
// holds for them, not even *. An empty string has a text, "", which is not null.
//
// Null holds if the field is missing or all of its values are null. Exists asks
// whether the field is there, with null or an empty array too.
//
// Text is compared without regard to case (see Fold) unless Cased.
type Test struct {
	Kind    TestKind
	Cased   bool
	Pattern Pattern // folded unless Cased
	Number  float64
	Op      Op
	Part    Part
	Want    bool
	Re      *regexp.Regexp
	Prefix  netip.Prefix
	Ref     string // the other field
	Place   Place
}
