// Package recognizer finds protected health information in text, one kind a
// file. The letters are those of 45 CFR 164.514(b)(2)(i)(A)–(R), the 18 Safe
// Harbor identifiers.
//
// A recognizer has two ways in. Announced: a key or words before it say what a
// value is ("mrn=", "Date of Birth:"), and Value says how far it reaches. By
// shape: the bytes tell by themselves, usually by a checksum, and Shape is asked
// at every run of digits of a fitting length. Text is what a reader would see:
// the scrubber has undone escapes before. Nothing here allocates.
package recognizer
