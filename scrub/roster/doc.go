// Package roster holds what an organisation knows of its own patients, in a form
// that finds them in text and tells nothing to whoever has the file.
//
// Words: a roster is made once from a table of patients and consulted ever after;
// an entry is one identifier of a patient in its canonical form (a name as a set
// of folded words, a number without punctuation and leading zeros, a street as
// the Postal Service abbreviates it); a section holds the entries of one shape.
//
// An entry is never stored. Its keyed hash gives three places in a binary fuse
// filter (Graf, Lemire: "Binary Fuse Filters", 2022) and half of the 24 bits that
// must come out there; the other half are of its HMAC-SHA-256, which is computed
// only for text that passes the first half. On disk all of it is encrypted and
// authenticated under a key derived from the data folder's keyring: FORMAT.md.
//
// Scanner.Scan finds entries in text, whatever their case, order and punctuation.
// What is cheap comes first: adjacent words both of which stand in names, runs of
// as many digits, with the same first three, as a number of the roster has.
package roster
