package object

import (
	"context"
	"errors"
	"time"
)

// ErrRefused says that the store will not do what was asked, however often:
// somebody has to change its settings or our permissions. Everything else that
// is not a sentinel of this package may pass.
var ErrRefused = errors.New("store refuses")

// Version is one of the things that a store has had under a key: an object, or
// the marker that somebody deleted it. A store that is only put to has one
// version of each key, and no markers; anything else is somebody's tampering.
type Version struct {
	Key     string
	ID      string // names the version within its key; "" where there is only one
	Size    int64  // bytes; 0 of a marker
	Stored  time.Time
	Deleted bool // a delete marker, not an object
	Latest  bool // what Get and Head see
}

// Versioned is a Store that shows what lies behind its objects.
type Versioned interface {
	// Versions calls fn for every version and delete marker whose key starts with
	// prefix, in ascending byte order of the keys, of a key the newest first. An
	// error from fn ends the list and is returned as it is.
	Versions(ctx context.Context, prefix string, fn func(Version) error) error

	// GetVersion is Get of one version. ErrNotExist for a marker too.
	GetVersion(ctx context.Context, key, id string, buf []byte) ([]byte, error)

	// HeadVersion is Head of one version. ErrNotExist for a marker too.
	HeadVersion(ctx context.Context, key, id string) (Info, error)
}

// Retainer is a Store that locks its objects for a time of the caller's.
type Retainer interface {
	// PutFor is Put with a lock for a time, in place of the one that the store was
	// made with. The time counts from when the store says that the object came.
	PutFor(ctx context.Context, key string, data []byte, keep Period) error

	// Extend moves an object's lock to a later date, in mode Compliance. A date
	// that is not later changes nothing and is no error.
	Extend(ctx context.Context, key string, until time.Time) error
}

// Holder is a Store that can put an object under legal hold: a lock without an
// end, beside retention, until somebody with the permission lifts it.
type Holder interface {
	// Hold places or lifts the hold. Doing so twice is no error.
	Hold(ctx context.Context, key string, on bool) error

	// Held says whether the object is under hold.
	Held(ctx context.Context, key string) (bool, error)
}

// Bucket is a Store that locks, as S3 with Object Lock is.
type Bucket interface {
	Store
	Versioned
	Retainer
	Holder
}
