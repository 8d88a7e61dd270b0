// Package match runs many Sigma rules over a record at once.
//
// Compile makes one program for each source. A program knows the fields that its
// rules name (slots), where they are, and for each rule what must be seen before
// it can match (its anchors): a field with a certain value, a field that holds a
// certain piece of text, or a field at all. A Scanner walks the record once,
// notes the values of the slots, looks them up in the index of anchors, and
// evaluates the few rules that are left. Most records leave none.
//
// What a test means is said in package sigma; a slow evaluator in this package's
// tests says it a second time, and package sql a third.
package match
