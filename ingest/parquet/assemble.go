package parquet

import (
	"github.com/apache/arrow-go/v18/parquet"

	"github.com/scrubline/scrubline/ingest"
)

// A column holds, for each entry, the value and two levels: at which depth of
// repeated elements the entry starts anew (rep), and how far down its path
// exists (def). The functions here walk the schema and take from each column
// what belongs to the row: a path that ends early has one entry in each of its
// columns all the same.

// members writes the group n as an object.
func (f *Framer) members(n *node) ingest.Code {
	f.put('{')
	for i, c := range n.children {
		if i > 0 {
			f.put(',')
		}
		f.puts(c.name)
		if code := f.member(c); code != "" {
			return code
		}
	}
	f.put('}')
	return ""
}

// member writes what stands at n: a value, null, or a list.
func (f *Framer) member(n *node) ingest.Code {
	head := &f.cols[n.first]
	if !head.ok {
		return ingest.CodeSyntax
	}
	switch {
	case n.repetition == parquet.Repetitions.Required:
		return f.value(n)
	case n.repetition == parquet.Repetitions.Repeated:
		return f.elements(n, n)
	case head.def < n.def:
		f.puts("null")
		return f.pass(n)
	}
	return f.value(n)
}

// elements writes the repeated group or value n as an array of what.
func (f *Framer) elements(n, what *node) ingest.Code {
	head := &f.cols[n.first]
	f.put('[')
	defer f.put(']')
	if head.def < n.def {
		return f.pass(n)
	}
	for i := 0; ; i++ {
		if i > 0 {
			f.put(',')
		}
		var code ingest.Code
		if what == n {
			code = f.value(n)
		} else {
			code = f.member(what)
		}
		if code != "" {
			return code
		}
		if !head.ok || head.rep < n.rep {
			return ""
		}
		if head.rep > n.rep || head.def < n.def {
			return ingest.CodeSyntax
		}
	}
}

// value writes n, which is there.
func (f *Framer) value(n *node) ingest.Code {
	if len(n.children) == 0 {
		c := &f.cols[n.first]
		if !c.ok || c.def != n.def {
			return ingest.CodeSyntax
		}
		f.write(c)
		return c.advance()
	}
	if !n.list {
		return f.members(n)
	}
	inner := n.children[0]
	switch {
	case n.dict:
		return f.entries(inner)
	case len(inner.children) == 1 && inner.children[0].repetition != parquet.Repetitions.Repeated && !inner.tuple:
		// three levels: the list, a repeated group of one, the element
		return f.elements(inner, inner.children[0])
	}
	return f.elements(inner, inner)
}

// entries writes a map with text for keys as an object.
func (f *Framer) entries(n *node) ingest.Code {
	head := &f.cols[n.first]
	f.put('{')
	defer f.put('}')
	if head.def < n.def {
		return f.pass(n)
	}
	for i := 0; ; i++ {
		if i > 0 {
			f.put(',')
		}
		if code := f.value(n.children[0]); code != "" {
			return code
		}
		f.put(':')
		if code := f.member(n.children[1]); code != "" {
			return code
		}
		if !head.ok || head.rep < n.rep {
			return ""
		}
		if head.rep > n.rep || head.def < n.def {
			return ingest.CodeSyntax
		}
	}
}

// pass takes the one entry that each column under n has for a path that ends
// above it.
func (f *Framer) pass(n *node) ingest.Code {
	for i := n.first; i < n.first+n.leaves; i++ {
		c := &f.cols[i]
		if !c.ok || c.def >= n.def {
			return ingest.CodeSyntax
		}
		if code := c.advance(); code != "" {
			return code
		}
	}
	return ""
}

// put writes one byte of the row; what is over the limit is not kept.
func (f *Framer) put(b byte) {
	if !f.full(1) {
		f.out = append(f.out, b)
	}
}

func (f *Framer) puts(s string) {
	if !f.full(len(s)) {
		f.out = append(f.out, s...)
	}
}

func (f *Framer) full(n int) bool {
	f.lost = f.lost || len(f.out)+n > f.lim.Record
	return f.lost
}
