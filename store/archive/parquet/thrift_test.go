package parquet

import (
	"bytes"
	"testing"
)

// A megabyte of nested lists or structs must not become a megabyte of stack.
func TestNestingIsBounded(t *testing.T) {
	for _, b := range []byte{1<<4 | tList, 1<<4 | tStruct} {
		typ := int(b & 15)
		r := &reader{b: bytes.Repeat([]byte{b}, 1<<20)}
		r.skip(typ)
		if r.err == nil || len(r.up) > 20 {
			t.Errorf("%x: %v at depth %d", b, r.err, len(r.up))
		}
	}
}
