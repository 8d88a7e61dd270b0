package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"sort"
	"strconv"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive/object"
)

// Digest returns one hash over every archived row's identity and content. It is
// equal for two archives made from the same payloads whatever the batch
// borders, times of ingest, names and token keys; FORMAT.md defines it.
func (a *Archive) Digest(ctx context.Context) (Hash, error) { return Digest(ctx, a.store) }

// Digest is Archive.Digest for a store, without opening an archive on it.
func Digest(ctx context.Context, s object.Store) (Hash, error) {
	type payload struct {
		rows uint64
		hash Hash
	}
	var all []payload
	var id string
	var d *rowHasher
	end := func() {
		if d != nil {
			all = append(all, payload{d.rows, Hash(d.h.Sum(nil))})
		}
	}
	b := event.NewBatch(0)
	err := walk(ctx, s, newCodec(), b, func(o Object) error {
		if o.Meta.Source == schemas.AuditSource {
			return nil // it would be another after each question
		}
		if d == nil || o.Meta.PayloadID != id {
			end()
			id, d = o.Meta.PayloadID, newRowHasher(o.Meta.Table)
		}
		d.add(b)
		return nil
	})
	if err != nil {
		return Hash{}, err
	}
	end()
	sort.Slice(all, func(i, j int) bool {
		if c := bytes.Compare(all[i].hash[:], all[j].hash[:]); c != 0 {
			return c < 0
		}
		return all[i].rows < all[j].rows
	})
	h := sha256.New()
	for _, p := range all {
		h.Write(p.hash[:])
		h.Write(binary.LittleEndian.AppendUint64(nil, p.rows))
	}
	return Hash(h.Sum(nil)), nil
}

// rowHasher hashes the rows of one payload.
type rowHasher struct {
	h      hash.Hash
	rows   uint64
	buf    []byte
	value  []byte
	tokens map[string]int
}

func newRowHasher(t schemas.Table) *rowHasher {
	d := &rowHasher{h: sha256.New(), tokens: map[string]int{}}
	d.h.Write([]byte(t.String() + "\n"))
	return d
}

// add hashes the rows of the payload's next batch.
func (d *rowHasher) add(b *event.Batch) {
	for row := range b.Rows() {
		d.buf = binary.LittleEndian.AppendUint64(d.buf[:0], b.Start+uint64(row))
		flags := b.Nums(schemas.Flags)[row]
		for _, c := range b.Columns() {
			switch c {
			case schemas.IngestTime, schemas.Batch, schemas.Origin:
			case schemas.Flags:
				d.number(flags &^ schemas.FlagDuplicate)
			case schemas.EventTime:
				if flags&schemas.FlagTimeFromPayload != 0 {
					d.number(0)
				} else {
					d.number(b.Nums(c)[row])
				}
			default:
				d.column(b, c, row)
			}
		}
		d.h.Write(d.buf)
		d.rows++
	}
}

func (d *rowHasher) column(b *event.Batch, c schemas.Column, row int) {
	switch c.Info().Kind {
	case schemas.KString:
		d.text(b.Str(c).At(row))
	case schemas.KDict:
		d.value = append(d.value[:0], b.Dict(c).At(row)...)
		d.text(d.value)
	case schemas.KStrings:
		s := b.Strs(c)
		from, to := s.Row(row)
		d.buf = binary.LittleEndian.AppendUint32(d.buf, uint32(to-from))
		for i := from; i < to; i++ {
			d.text(s.Items.At(i))
		}
	case schemas.KIP:
		d.buf = binary.LittleEndian.AppendUint32(d.buf, 16)
		d.buf = append(d.buf, b.Addrs(c)[row][:]...)
	default:
		d.number(b.Nums(c)[row])
	}
}

func (d *rowHasher) number(v uint64) {
	d.buf = binary.LittleEndian.AppendUint32(d.buf, 8)
	d.buf = binary.LittleEndian.AppendUint64(d.buf, v)
}

// text hashes a text with its tokens replaced by their numbers.
func (d *rowHasher) text(v []byte) {
	at := len(d.buf)
	d.buf = append(d.buf, 0, 0, 0, 0)
	for {
		i := bytes.Index(v, []byte("t1."))
		if i < 0 {
			break
		}
		typ, size := tokenAt(v[i:])
		if size == 0 {
			d.buf = append(d.buf, v[:i+1]...)
			v = v[i+1:]
			continue
		}
		n, ok := d.tokens[string(v[i:i+size])]
		if !ok {
			n = len(d.tokens)
			d.tokens[string(v[i:i+size])] = n
		}
		d.buf = append(d.buf, v[:i+typ]...) // t1.<type>.
		d.buf = append(d.buf, '#')
		d.buf = strconv.AppendInt(d.buf, int64(n), 10)
		v = v[i+size:]
	}
	d.buf = append(d.buf, v...)
	binary.LittleEndian.PutUint32(d.buf[at:], uint32(len(d.buf)-at-4))
}

// tokenAt measures the token that v starts with: the length of t1.<type>. and of
// the whole; 0, 0 if it is none. A type is lower-case letters, digits and '_',
// a version decimal digits, the rest 26 characters of lower-case base32.
func tokenAt(v []byte) (typ, size int) {
	i := len("t1.")
	for i < len(v) && (v[i] >= 'a' && v[i] <= 'z' || v[i] >= '0' && v[i] <= '9' || v[i] == '_') {
		i++
	}
	if i == len("t1.") || i == len(v) || v[i] != '.' {
		return 0, 0
	}
	i++
	typ = i
	for i < len(v) && v[i] >= '0' && v[i] <= '9' {
		i++
	}
	if i == typ || i == len(v) || v[i] != '.' || len(v) < i+1+26 {
		return 0, 0
	}
	for _, c := range v[i+1 : i+1+26] {
		if (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return 0, 0
		}
	}
	return typ, i + 1 + 26
}
