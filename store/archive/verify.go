package archive

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/object/local"
	"github.com/scrubline/scrubline/store/archive/tlog"
)

// Checks says what Verify looks at. The zero value is everything.
//
// The log, its checkpoints and tiles, the list of objects and the chains of
// payloads are always checked whole; what can be left out is reading objects.
type Checks struct {
	Sample Sample
	// Witness, if not nil, must have signed a checkpoint: a tlog.CosignVerifier.
	Witness note.Verifier
	Since   time.Time // reads only objects sealed then or later
	// Resume goes on where an earlier Verify came to; nil starts anew.
	Resume *Progress
	// Save is called now and then with how far it came; nil is not called.
	Save func(*Progress) error
}

// OpenFolder opens an archive's folder for Verify and the like, which write
// nothing and make nothing.
func OpenFolder(dir string) (object.Store, error) {
	return local.Open(dir, local.Options{ReadOnly: true})
}

// Verify checks an archive against a public key, the text of archive.pub: the one
// in force or any before it. It trusts nothing else and writes nothing. It finds
// every change to what was sealed. It can not find that the whole archive, seal
// log included, was put back to an earlier state of itself: for that there are
// witnesses and checkpoints kept elsewhere.
//
// The error is only ctx's; what can not be read is in the report.
func Verify(ctx context.Context, s object.Store, pubkey string, c Checks) (Report, error) {
	v := &verification{store: s, Checks: c, loose: map[Hash]*Sealed{}, Report: Report{Status: OK, Records: map[Kind]uint64{}, Problems: []Problem{}}}
	v.run(ctx, pubkey)
	return v.Report, ctx.Err()
}

type verification struct {
	Report
	Checks
	store object.Store

	mu     sync.Mutex // guards Report while objects are read
	keys   keyHistory
	files  inventory
	sealed sealedSet
	sizes  []uint64 // of the checkpoints behind leaves
	chains chains
	loose  map[Hash]*Sealed // whole objects that are not sealed
	// Objects that stand for others, and the keys of those.
	standing []*Sealed
	replaced map[string]bool
	rootAt   Hash // the root where Resume was
	blind    bool // not all leaves could be read: what is sealed is not known
}

func (v *verification) run(ctx context.Context, pubkey string) {
	given, err := parsePublicKey(pubkey)
	if err != nil {
		v.add(NoKey, "", err.Error())
		return
	}
	v.Origin = given.Name()
	v.keys = keyHistory{{public: strings.TrimSpace(pubkey), Verifier: given}}
	if err := v.takeInventory(ctx); err != nil {
		v.unreadable(logRoot, err)
		return
	}
	if len(v.files.checkpoints) == 0 {
		v.withoutCheckpoint(ctx)
		return
	}
	v.log(ctx)
	if ctx.Err() != nil {
		return
	}
	v.chains.end(&v.Report)
	v.supersedes(ctx)
	v.logLocks(ctx)
	if v.objects(ctx); ctx.Err() == nil {
		v.chains.fill(v.loose, &v.Report)
	}
}

// withoutCheckpoint tells an archive whose checkpoints are gone from none.
func (v *verification) withoutCheckpoint(ctx context.Context) {
	found := errors.New("found")
	err := v.store.List(ctx, "", func(object.Info) error { return found })
	switch {
	case errors.Is(err, found):
		v.add(BadCheckpoint, checkpointRoot, "there is no checkpoint")
	case err != nil:
		v.unreadable("", err)
	default:
		v.add(NoArchive, "", "there is no archive")
	}
}

func (v *verification) unreadable(key string, err error) {
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
	case errors.Is(err, object.ErrNotExist):
		v.add(BadLog, key, "it is missing")
	case errors.Is(err, ErrDamaged):
		v.add(BadLog, key, err.Error())
	default:
		v.add(Unreadable, key, err.Error())
	}
}

// checkpoint reads a checkpoint's text, which is compared with the leaves; its
// signatures are checked when the keys are known.
func (v *verification) checkpoint(ctx context.Context, size uint64) (signed []byte, c tlog.Checkpoint, err error) {
	key := checkpointKey(size)
	if signed, err = v.store.Get(ctx, key, nil); err != nil {
		return nil, c, err
	}
	if c, err = tlog.ParseSigned(signed); err != nil || c.Size != size || c.Origin != v.Origin {
		return nil, c, tlog.ErrMalformed
	}
	return signed, c, nil
}
