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
// the same event into the files of several regions. A Bloom filter of the ids of
// this run and of those already stored stands in front of the exact check.
type duplicates struct {
	sink Sink

	mu     sync.Mutex
	seed   maphash.Seed
	filter *bloom.BloomFilter
	flight map[uint64]string // ids of batches not inserted yet, by hash: the batch's key
}

func newDuplicates(sink Sink) *duplicates {
	return &duplicates{sink: sink, seed: maphash.MakeSeed(), filter: bloom.NewWithEstimates(4<<20, 0.001), flight: map[uint64]string{}}
}

// learn adds a stored id to the filter.
func (d *duplicates) learn(account, id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.filter.Add(d.bytes(d.hash([]byte(account), []byte(id))))
}

func (d *duplicates) hash(account, id []byte) uint64 {
	var h maphash.Hash
	h.SetSeed(d.seed)
	_, _ = h.Write(account)
	_ = h.WriteByte(0)
	_, _ = h.Write(id)
	return h.Sum64()
}

func (d *duplicates) bytes(h uint64) []byte {
	return binary.LittleEndian.AppendUint64(make([]byte, 0, 8), h)
}

// mark sets FlagDuplicate on b's rows whose (recipient account, native id)
// stands in an earlier row.
func (d *duplicates) mark(ctx context.Context, b *event.Batch) error {
	if b.Table != schemas.Events {
		return nil
	}
	ids, accounts, flags := b.Str(schemas.NativeID), b.Dict(schemas.RecipientAccount), b.Nums(schemas.Flags)
	key := b.Key()
	var rows []int
	var ask []clickhouse.NativeKey
	d.mu.Lock()
	for i := range b.Rows() {
		id := ids.At(i)
		if len(id) == 0 {
			continue
		}
		account := accounts.At(i)
		h := d.hash([]byte(account), id)
		if _, ok := d.flight[h]; ok {
			flags[i] |= schemas.FlagDuplicate
			continue
		}
		d.flight[h] = key
		if d.filter.TestAndAdd(d.bytes(h)) {
			rows = append(rows, i)
			ask = append(ask, clickhouse.NativeKey{Account: account, ID: string(id)})
		}
	}
	d.mu.Unlock()
	if len(ask) == 0 {
		return nil
	}
	seen, err := d.sink.Seen(ctx, key, ask)
	if err != nil {
		return err
	}
	for k, i := range rows {
		if seen[k] {
			flags[i] |= schemas.FlagDuplicate
		}
	}
	return nil
}

// stored forgets the ids of an inserted batch: the exact check knows them now.
func (d *duplicates) stored(key string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for h, k := range d.flight {
		if k == key {
			delete(d.flight, h)
		}
	}
}
