package pipeline

import (
	"context"
	"encoding/binary"
	"hash/maphash"
	"sync"

	"github.com/bits-and-blooms/bloom/v3"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/clickhouse"
)

// duplicates marks events whose source delivered them before: CloudTrail writes
// the same event into the files of several regions. An event is a duplicate if
// its (recipient account, native id) stands in a row before it: in the same
// batch, in one that is not inserted yet (flight), or in the sink, which is asked
// only for ids that the filter may hold.
//
// Ids in flight are held as 64-bit hashes under a random key: with a million of
// them the chance that a record is marked wrongly is one in 10^13.
type duplicates struct {
	sink  Sink
	bears func(context.Context, error) bool // whether a question is asked again
	seed  maphash.Seed

	mu     sync.Mutex
	filter filter
	flight map[uint64]int      // batches under way that have the id
	of     map[string][]uint64 // the ids of each batch under way, by its key
}

func newDuplicates(sink Sink, bears func(context.Context, error) bool) *duplicates {
	return &duplicates{sink: sink, bears: bears, seed: maphash.MakeSeed(), flight: map[uint64]int{}, of: map[string][]uint64{}}
}

// learn adds a stored id to the filter.
func (d *duplicates) learn(account, id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var h maphash.Hash
	h.SetSeed(d.seed)
	_, _ = h.WriteString(account)
	_ = h.WriteByte(0)
	_, _ = h.WriteString(id)
	d.filter.add(h.Sum64())
}

func (d *duplicates) hash(account string, id []byte) uint64 {
	var h maphash.Hash
	h.SetSeed(d.seed)
	_, _ = h.WriteString(account)
	_ = h.WriteByte(0)
	_, _ = h.Write(id)
	return h.Sum64()
}

// each calls f for the rows of b that have a native id.
func (d *duplicates) each(b *event.Batch, f func(row int, account string, id []byte, hash uint64)) {
	if b.Table != schemas.Events {
		return
	}
	ids, accounts := b.Str(schemas.NativeID), b.Dict(schemas.RecipientAccount)
	for i := range b.Rows() {
		if id := ids.At(i); len(id) > 0 {
			account := accounts.At(i)
			f(i, account, id, d.hash(account, id))
		}
	}
}

// mark sets FlagDuplicate on b's rows that are duplicates and takes its ids for
// being in flight until stored or forget is called with its key.
func (d *duplicates) mark(ctx context.Context, b *event.Batch) error {
	flags := b.Nums(schemas.Flags)
	key := b.Key()
	var rows []int
	var ask []clickhouse.NativeKey
	d.mu.Lock()
	mine := d.of[key]
	d.each(b, func(row int, account string, id []byte, h uint64) {
		if d.flight[h] > 0 {
			flags[row] |= schemas.FlagDuplicate
			return
		}
		d.flight[h]++
		mine = append(mine, h)
		if d.filter.add(h) {
			rows = append(rows, row)
			ask = append(ask, clickhouse.NativeKey{Account: account, ID: string(id)})
		}
	})
	if len(mine) > 0 {
		d.of[key] = mine
	}
	d.mu.Unlock()
	if len(ask) == 0 {
		return nil
	}
	seen, err := d.sink.Seen(ctx, key, ask)
	for pause := aheadPause; err != nil && d.bears(ctx, err); pause = min(2*pause, aheadLastPause) {
		wait(ctx, pause)
		seen, err = d.sink.Seen(ctx, key, ask)
	}
	if err != nil {
		return err
	}
	for k, row := range rows {
		if seen[k] {
			flags[row] |= schemas.FlagDuplicate
		}
	}
	return nil
}

// adopt takes the ids of a batch that another life archived, flags and all, for
// being in flight.
func (d *duplicates) adopt(b *event.Batch) {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := b.Key()
	mine := d.of[key]
	d.each(b, func(_ int, _ string, _ []byte, h uint64) {
		d.flight[h]++
		mine = append(mine, h)
		d.filter.add(h)
	})
	if len(mine) > 0 {
		d.of[key] = mine
	}
}

// stored says that a batch is inserted: the sink knows its ids now.
func (d *duplicates) stored(key string) { d.forget(key) }

// forget says that a batch is not under way any more.
func (d *duplicates) forget(key string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, h := range d.of[key] {
		if d.flight[h]--; d.flight[h] == 0 {
			delete(d.flight, h)
		}
	}
	delete(d.of, key)
}

// filter is a Bloom filter that grows: a chain of filters, each twice as long as
// the one before. An id costs 14.4 bits for one wrong yes in a thousand, so the
// first holds 256 Ki ids in 460 KiB and eight hold 64 Mi in 115 MiB. There it
// ends: beyond, wrong answers grow more frequent, and each costs a share of a
// query, never a wrong mark.
type filter struct {
	parts []*bloom.BloomFilter
	room  uint // ids that the last part still takes
	next  uint // size of the part after it
}

const (
	filterFirst = 1 << 18
	filterParts = 8
	filterWrong = 0.001
)

// add adds a hash and tells whether it may have been there.
func (f *filter) add(h uint64) bool {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], h)
	for _, p := range f.parts {
		if p.Test(b[:]) {
			return true
		}
	}
	if f.room == 0 && len(f.parts) < filterParts {
		if f.next == 0 {
			f.next = filterFirst
		}
		f.parts = append(f.parts, bloom.NewWithEstimates(f.next, filterWrong))
		f.room, f.next = f.next, 2*f.next
	}
	if f.room > 0 {
		f.room--
	}
	f.parts[len(f.parts)-1].Add(b[:])
	return false
}
