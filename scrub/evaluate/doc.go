// Package evaluate measures a scrubber on annotated records: what it leaves in
// clear, what it takes away that was no PHI.
//
// Words: a span is a piece of PHI that a person annotated, with its type and
// its Safe Harbor letter. It is caught if every letter and digit of it that
// must go is covered by replaced spans, else it leaked: half a name is a leak.
// A date may keep its year and a ZIP code its first three digits (45 CFR
// 164.514(b)(2)(i)(B) and (C)). An optional span counts neither when it is left
// nor when it is replaced. A negative is a record without PHI; it is touched if
// anything in it is replaced. An analyst token is what an analyst searches for,
// an ARN, a UUID, a time: it is lost if a byte of it is replaced although it
// holds no PHI.
//
// Nothing here prints a value: records are named by their ids, spans by offsets.
package evaluate
