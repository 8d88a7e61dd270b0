// Package policy reads scrub.yaml, in which an organisation says what becomes of
// the identifiers and fields that the scrubber meets, and compiles it into what
// the engine asks at a match.
//
// Without a file everything is as the recognizers and source schemas say. A
// file can make that stricter anywhere, and weaker only where the key that does
// so holds the word unsafe; each of those is a warning at every start.
//
// Words: a class is a Safe Harbor letter (45 CFR 164.514(b)(2)(i)(A)–(R)) or the
// name of a recognizer; a choice is what the file wants for a class or a field;
// rules are the choices that hold in one source; an allowance is an entry of the
// allow list; a custom recognizer is one that the file describes.
//
// Allowed values are identifiers themselves, of test patients or of the
// organisation. No message, explanation or stored form of a policy holds them:
// an entry is called by its name and line.
package policy
