package sigma

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"slices"
	"strings"
)

// deciding are the members of a rule that say what it matches and how its matches
// become alerts. A rule's version changes with them, and not with its prose.
var deciding = []string{"logsource", "detection", "correlation", "filter", "generate", "level", "group_by", "dedup", "novel", "lookups"}

// digest hashes a document's deciding members, and what placeholders stand for.
func digest(n *node, places Placeholders) []byte {
	h := sha256.New()
	for _, k := range deciding {
		if v := n.key(k); v != nil {
			text(h, k)
			v.hash(h, places)
		}
	}
	return h.Sum(nil)
}

func (n *node) hash(h hash.Hash, places Placeholders) {
	_, _ = h.Write([]byte{byte(n.kind)})
	text(h, n.text)
	for _, name := range strings.Split(n.text, "%") {
		for _, v := range places[name] {
			text(h, v)
		}
	}
	for _, e := range n.list {
		e.hash(h, places)
	}
	for i, k := range n.keys {
		text(h, k)
		n.vals[i].hash(h, places)
	}
	_, _ = h.Write([]byte{0xff})
}

func text(h hash.Hash, s string) {
	_, _ = h.Write(binary.AppendUvarint(nil, uint64(len(s))))
	_, _ = h.Write([]byte(s))
}

// version names what r does now: its own deciding members, the filters over it
// and, for a correlation, the rules below it.
func (r *Rule) version() string {
	h := sha256.New()
	_, _ = h.Write(r.digest)
	filters := slices.Clone(r.filtered)
	slices.Sort(filters)
	for _, f := range filters {
		text(h, f)
	}
	if r.Correlation != nil {
		for _, b := range r.Correlation.Rules {
			text(h, b.Key())
			text(h, b.Version)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
