package pipeline

import (
	"context"
	"errors"
	"time"

	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/scrub/link"
	"github.com/scrubline/scrubline/scrub/policy"
	"github.com/scrubline/scrubline/scrub/roster"
	"github.com/scrubline/scrubline/scrub/token"
	"github.com/scrubline/scrubline/store/archive"
	"github.com/scrubline/scrubline/store/clickhouse"
	"github.com/scrubline/scrubline/store/quarantine"
)

// Sink is where batches become visible. clickhouse.Store is one.
type Sink interface {
	// Insert returns when every row of the batches is there once in effect.
	// doubt says that rows of them may be there already.
	Insert(ctx context.Context, batches []*event.Batch, doubt bool) error
	// Has says which batches were inserted whole, by their keys.
	Has(ctx context.Context, keys []string) (map[string]clickhouse.Held, error)
	// Seen tells which native ids stand in other batches.
	Seen(ctx context.Context, except string, ids []clickhouse.NativeKey) ([]bool, error)
}

// Archive is where batches are kept. archive.Archive is one.
type Archive interface {
	Write(ctx context.Context, b *event.Batch) (o archive.Object, adopted bool, err error)
	Read(ctx context.Context, key string, into *event.Batch) error
	Chain(ctx context.Context, payloadID string) ([]archive.Object, error)
	Tail(ctx context.Context, payloadID string, below uint64) (o archive.Object, ok bool, err error)
	Before(ctx context.Context, o *archive.Object) (archive.Object, error)
}

// Quarantine is where the bytes of tombstones are kept. quarantine.Store and
// quarantine.Bucket are.
type Quarantine interface {
	Put(ctx context.Context, e quarantine.Entry, raw []byte) (string, error)
	// Sync returns when what was put of the payload is durable.
	Sync(ctx context.Context, payloadID string) error
}

// Config wires a Runner.
type Config struct {
	Archive    Archive
	Sink       Sink
	Quarantine Quarantine
	Keys       *token.Keyring
	Tenant     string
	Link       link.Policy
	Linked     *link.Window // addresses linked by other records; nil: records stand alone
	// Patience is how long a payload waits for others that may say whose its
	// addresses are; 0 means until the input ends, which an input that goes on for
	// ever must not have. Without Linked nothing waits.
	Patience time.Duration
	// Quiet, if not 0, is how long after the last payload nothing more is waited for,
	// though Patience lasts: what comes together is looked through together, and what
	// comes alone goes at once.
	Quiet  time.Duration
	Policy *policy.Policy // nil: the built-in one; Link is its Link
	// Roster, if set, is asked before each payload for the organisation's own
	// patients; see roster.Follower.Current.
	Roster func() (*roster.Roster, error)
	// KeepRules, if set, keeps the text of the rules in force together with the
	// roster before the first batch that has its hash.
	KeepRules  func(text []byte, hash string) error
	Options    ingest.Options // of the decoders
	Format     string         // source to use for every payload, "" to sniff
	Workers    int            // payloads read at a time
	BatchRows  int            // rows of a batch at most
	BatchBytes int            // memory of a batch, about
	// Known, if set, lists the native ids of stored events, for the filter that
	// finds duplicates.
	Known func(ctx context.Context, each func(account, id string)) error
	// Doubt says that the sink may have lost what it had (it did not end
	// cleanly): batches that it says were inserted are compared row by row.
	Doubt bool
	// RunAhead is how many bytes of archived objects may wait for a sink that takes
	// nothing, which is then asked until it does; beyond, reading stops. With 0 a
	// failed insert ends the run.
	RunAhead int64
	Metrics  *Metrics // nil: nothing is counted
	Log      zerolog.Logger

	plain bool // envelopes are records themselves: their shape is kept
}

// Defaults of Config. A batch of 64 Ki rows is one ClickHouse part and one
// archive object. The batches of all workers, and two that wait to be inserted,
// share 64 MiB; a batch below 4 MiB would make too many objects, one above 24 MiB
// gains nothing.
const (
	DefaultBatchRows = 1 << 16

	batchesBytes  = 64 << 20
	minBatchBytes = 4 << 20
	maxBatchBytes = 24 << 20
)

func (c *Config) defaults() error {
	if c.Archive == nil || c.Sink == nil || c.Quarantine == nil || c.Keys == nil {
		return errors.New("pipeline needs an archive, a sink, a quarantine and keys")
	}
	if c.Workers < 1 {
		c.Workers = 1
	}
	if c.BatchRows < 1 {
		c.BatchRows = DefaultBatchRows
	}
	if c.BatchBytes < 1 {
		c.BatchBytes = min(max(batchesBytes/(c.Workers+2), minBatchBytes), maxBatchBytes)
	}
	if c.Options.Limits == (ingest.Limits{}) {
		c.Options.Limits = ingest.DefaultLimits
	}
	return nil
}

// Result says what became of a payload. Records = Events + Tombstones: those of
// its rows that are archived and inserted.
type Result struct {
	Origin     string
	Source     string
	Records    uint64
	Events     uint64 // headers and duplicates are events too
	Tombstones uint64
	Duplicates uint64
	Bytes      int64       // as delivered
	Error      ingest.Code // why the payload was not read to its end, or ""
	Offset     int64       // uncompressed bytes before the error, -1 if unknown
	Cause      string      // why the input failed, if Error is CodeUnreadable and it is known
	First      Fault       // of the tombstones that this run made, the first
	Resumed    bool        // an earlier run had archived some or all of it
	Matches    map[string]uint64
}

// Fault says why a record is a tombstone.
type Fault struct {
	Code   ingest.Code // "" if there is none
	Record uint64      // number in the payload, from 0
}
