package query

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"time"
)

// cursor is where a page ended. It carries the query's range, so that "24h" means
// the same on every page, and a sum of the rest, so that it serves no other query.
type cursor struct {
	Sum   string `json:"q"`
	Since int64  `json:"s,omitempty"` // Unix milliseconds; 0: unbounded
	Until int64  `json:"u,omitempty"`
	Time  int64  `json:"t"`
	Key   string `json:"k"`           // batch, or the group of an access answer
	Kind  string `json:"g,omitempty"` // kind of the group
	No    uint64 `json:"n,omitempty"`
}

func (c cursor) encode() string {
	b, err := json.Marshal(c)
	if err != nil {
		return "" // a struct of strings and numbers always marshals
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// decodeCursor reads a cursor that was made for text.
func decodeCursor(s, text string) (cursor, error) {
	var c cursor
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || json.Unmarshal(b, &c) != nil || c.Sum != sum(text) {
		return cursor{}, ErrBadCursor
	}
	return c, nil
}

func sum(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:8])
}

// text prints the condition without the range, which the cursor carries.
func (q *Query) text() string { return (&Query{Where: q.Where}).String() }

func (c cursor) pin(q *Query) *Query {
	return &Query{Where: q.Where, Since: fromMilli(c.Since), Until: fromMilli(c.Until)}
}

func fromMilli(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func toMilli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
