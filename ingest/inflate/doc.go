// Package inflate undoes gzip (RFC 1952) and the DEFLATE in it (RFC 1951), a
// member at a time.
//
// Inflating is the largest single cost of reading a log that AWS delivered, twice
// over since a payload is looked through before its rows are made. This package
// takes eight bytes of the input at once, looks a symbol and its extra bits up
// together, and makes its output in one piece of memory, from which it also copies
// what comes again. The tests hold it to what compress/gzip says of the same bytes.
package inflate
