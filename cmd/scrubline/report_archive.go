package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/scrubline/scrubline/query/reports"
	"github.com/scrubline/scrubline/store/archive"
	"github.com/scrubline/scrubline/store/archive/object"
)

// evidence tells reports about the archive.
type evidence struct {
	archive *archive.Archive
	store   object.Store // for reading
	public  string
	full    bool // every object is read again
	point   reports.Checkpoint
	log     *archive.Reader
	newest  time.Time // when the last object under the checkpoint came in
	// verdicts counts what CloudTrail's digests say of log files, of what came in by
	// then.
	verdicts func(ctx context.Context, by time.Time) (map[string]uint64, error)
}

func (n *node) evidence(ctx context.Context, full bool) (*evidence, error) {
	key, err := os.ReadFile(n.path(archive.PubFile))
	if err != nil {
		return nil, fmt.Errorf("reading the archive's public key: %w", err)
	}
	a, err := n.openArchive(ctx)
	if err != nil {
		return nil, err
	}
	store, err := (&archiveFlags{}).open(ctx, n.g)
	if err != nil {
		_ = a.Close(ctx)
		return nil, err
	}
	return &evidence{archive: a, store: store, public: strings.TrimSpace(string(key)), full: full, verdicts: n.countVerdicts}, nil
}

// Checkpoint implements reports.Archive.
func (e *evidence) Checkpoint(ctx context.Context) (p reports.Checkpoint, err error) {
	if e.log, err = archive.NewReader(ctx, e.store); err != nil {
		return p, err
	}
	signed, size, root := e.log.Checkpoint()
	e.point = reports.Checkpoint{Note: signed, Size: size, Root: base64.StdEncoding.EncodeToString(root[:]), Signed: e.log.SignedBy(ctx, e.public)}
	return e.point, nil
}

// sealed is what the log says of an object that is under the checkpoint.
type sealed struct {
	lock  string
	until time.Time
}

// Holds implements reports.Archive.
func (e *evidence) Holds(ctx context.Context) (out []reports.Hold, err error) {
	list, err := e.log.Holds(ctx)
	for _, h := range list {
		r := reports.Hold{Name: h.ID, Matter: h.Matter, By: h.By, Placed: h.Placed, Reason: h.Reason, Objects: uint64(h.Objects)}
		if h.Released != nil {
			r.Released = *h.Released
		}
		out = append(out, r)
	}
	return out, err
}

// held are the objects under a hold that is in force.
func (e *evidence) held(ctx context.Context) (map[string]bool, error) {
	list, err := e.log.Holds(ctx)
	keys := map[string]bool{}
	for _, h := range list {
		if h.Released == nil {
			for _, k := range h.Keys {
				keys[k] = true
			}
		}
	}
	return keys, err
}

// Objects implements reports.Archive.
func (e *evidence) Objects(ctx context.Context, each func(*reports.Object) error) error {
	held, err := e.held(ctx)
	if err != nil {
		return err
	}
	under := map[string]sealed{}
	err = e.log.Leaves(ctx, 0, e.point.Size, func(l *archive.Leaf) error {
		if o := l.Object; o != nil {
			s := sealed{lock: o.Lock}
			if o.LockedUntil != nil {
				s.until = *o.LockedUntil
			}
			under[o.Key] = s
		}
		return nil
	})
	if err != nil {
		return err
	}
	return e.archive.Walk(ctx, nil, func(o archive.Object) error {
		s, ok := under[o.Key]
		if !ok {
			return nil // it came after the checkpoint
		}
		if o.Meta.Ingested.After(e.newest) {
			e.newest = o.Meta.Ingested
		}
		return each(&reports.Object{
			Key: o.Key, Batch: o.Meta.Key(), Table: o.Meta.Table.String(), Source: o.Meta.Source, Origin: o.Meta.Origin, SHA256: o.SHA256.String(), Size: o.Size,
			Rows: o.Rows, Events: o.Events, Tombstones: o.Tombstones, Duplicates: o.Duplicates, First: o.First, Last: o.Last,
			Ingested: o.Meta.Ingested, Final: o.Meta.Final, Error: o.Meta.Error, Policy: o.Meta.PolicyHash, Scrubber: o.Meta.Scrubber,
			KeyVersion: o.Meta.KeyVersion, Matches: o.Meta.Matches, Treated: o.Meta.Treated, LockMode: s.lock, LockedUntil: s.until, Hold: held[o.Key],
		})
	})
}

// Verify implements reports.Archive.
func (e *evidence) Verify(ctx context.Context) (reports.Verification, error) {
	v := reports.Verification{Mode: reports.SignatureOnly, Status: reports.Good}
	check := func(name string, good bool, count uint64, detail string) {
		status := "ok"
		if !good {
			status, v.Status = "failed", reports.Tampered
		}
		v.Checks = append(v.Checks, reports.VerifiedCheck{Name: name, Status: status, Count: count, Detail: detail})
	}
	untested := func(detail string, names ...string) {
		for _, name := range names {
			v.Checks = append(v.Checks, reports.VerifiedCheck{Name: name, Status: "not tested", Detail: detail})
		}
	}
	check("checkpoint's signature", e.point.Signed, 1, "root "+e.point.Root)
	if !e.full {
		untested("they were not read again", "objects", "rows", "payloads' chains", "receipts")
	} else if err := e.whole(ctx, &v, check); err != nil {
		return v, err
	}
	said, err := e.verdicts(ctx, e.newest)
	if err != nil {
		return v, fmt.Errorf("reading the verdicts of CloudTrail's digests: %w", err)
	}
	if bad := said["mismatch"] + said["missing"]; bad+said["verified"] > 0 {
		check("CloudTrail digests", bad == 0, said["verified"], fmt.Sprintf("log files that are as CloudTrail delivered them; %d are not, %d are missing", said["mismatch"], said["missing"]))
	} else {
		untested("no digest came in", "CloudTrail digests")
	}
	return v, nil
}

// whole reads and checks every object and every receipt.
func (e *evidence) whole(ctx context.Context, v *reports.Verification, check func(string, bool, uint64, string)) error {
	v.Mode = reports.Full
	r, err := archive.Verify(ctx, e.store, e.public, archive.Checks{})
	if err != nil {
		return err
	}
	c, err := archive.VerifyReceipts(ctx, e.store, e.public)
	if err != nil {
		return err
	}
	good := r.ExitCode() != exitFailed
	check("seal log", good, r.Leaves, fmt.Sprintf("a Merkle tree; %d checkpoints agree with it", r.Checkpoints))
	check("objects", good, uint64(r.Objects), "read to their end, hashed, and set beside the log")
	check("rows", good, r.Rows, fmt.Sprintf("%d events, %d tombstones", r.Events, r.Tombstones))
	check("payloads' chains", good, uint64(r.Payloads), fmt.Sprintf("%d are not at their end yet", r.Unfinished))
	check("receipts", c.ExitCode() != exitFailed, uint64(c.Receipts), "signed, and as the objects' footers say")
	if r.Locks > 0 {
		check("locks", good, uint64(r.Locks), "none ends sooner than when it was sealed")
	}
	for _, p := range append(r.Problems, c.Problems...) {
		v.Problems = append(v.Problems, reports.Problem{Kind: string(p.Kind), Key: p.Key, Detail: p.Detail})
	}
	if v.Status == reports.Good && len(v.Problems) > 0 {
		v.Status = reports.Unknown
	}
	return nil
}

// Sign implements reports.Archive.
func (e *evidence) Sign(text string) ([]byte, error) { return e.archive.SignNote(text) }

// PublicKey implements reports.Archive.
func (e *evidence) PublicKey() string { return e.public }
