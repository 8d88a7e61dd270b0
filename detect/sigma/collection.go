package sigma

// collection joins the documents of a file, as Sigma's rule collections want:
// what a document with "action: global" says holds for all behind it, until
// "action: reset"; one with "action: repeat" is the document before it, changed.
type collection struct {
	global, last *node
}

// next returns the document that n makes, or nil if n only changes others.
func (c *collection) next(n *node) (*node, error) {
	if n.kind != isMap {
		return nil, at(n.line, "document is not a map")
	}
	action := n.str("action")
	own := &node{kind: isMap, line: n.line}
	for i, k := range n.keys {
		if k != "action" {
			own.set(k, n.vals[i])
		}
	}
	switch action {
	case "":
		c.last = merge(c.global, own)
		return c.last, nil
	case "global":
		c.global = merge(c.global, own)
		return nil, nil
	case "reset":
		c.global = nil
		return nil, nil
	case "repeat":
		if c.last == nil {
			return nil, at(n.line, "action repeat without a document before it")
		}
		c.last = merge(c.last, own)
		return c.last, nil
	}
	return nil, at(n.line, "action %q is not supported", action)
}

// merge returns base with over's members in it; maps are merged in turn.
func merge(base, over *node) *node {
	if base == nil || base.kind != isMap || over.kind != isMap {
		return over
	}
	out := &node{kind: isMap, line: over.line}
	for i, k := range base.keys {
		out.set(k, base.vals[i])
	}
	for i, k := range over.keys {
		if old := out.key(k); old != nil {
			out.set(k, merge(old, over.vals[i]))
		} else {
			out.set(k, over.vals[i])
		}
	}
	return out
}
