// Package drill marks events that are not real: an exercise that runs through the
// real inputs must be told from an attack, and an attack must not be able to pass
// for an exercise.
//
// The mark is the event's own id (CloudTrail's eventID): a UUID of version 8 (RFC
// 9562) that holds the drill's number, the event's, and a keyed hash of both. Who
// lacks the key cannot make one.
package drill

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// Marker makes and knows marks. It is safe for many goroutines.
type Marker struct{ key []byte }

// New returns a marker with a secret key.
func New(key []byte) *Marker { return &Marker{key} }

// NewDrill returns a new drill's number, 8 hexadecimal digits.
func NewDrill() string {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// ID returns the id of the n-th event of a drill.
func (m *Marker) ID(drill string, n uint16) string {
	var id [16]byte
	_, _ = hex.Decode(id[:4], []byte(drill)[:8])
	binary.BigEndian.PutUint16(id[4:], n)
	m.sign(&id)
	x := hex.EncodeToString(id[:])
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

// sign fills id's last ten bytes with the hash of its first six, but for the
// UUID's version and variant.
func (m *Marker) sign(id *[16]byte) {
	h := hmac.New(sha256.New, m.key)
	_, _ = h.Write(id[:6])
	copy(id[6:], h.Sum(nil))
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
}

// Drill returns the number of the drill that an id marks, "" for all others.
func (m *Marker) Drill(id string) string {
	if m == nil || len(id) != 36 || id[8] != '-' || id[13] != '-' || id[14] != '8' || id[18] != '-' || id[23] != '-' {
		return ""
	}
	var got, want [16]byte
	if _, err := hex.Decode(got[:], []byte(id[:8]+id[9:13]+id[14:18]+id[19:23]+id[24:])); err != nil {
		return ""
	}
	copy(want[:6], got[:6])
	m.sign(&want)
	if !hmac.Equal(got[:], want[:]) {
		return ""
	}
	return id[:8]
}
