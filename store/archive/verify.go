package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/object/local"
)

// Verify checks the archive in the folder dir against the public key, the text
// of archive.pub. It trusts nothing else and writes nothing. It finds every
// change to what was sealed. It can not find that the whole folder, seal log and
// head included, was put back to an earlier state of itself: for that compare
// the head with one kept elsewhere.
//
// The error is only ctx's; what can not be read is in the report.
func Verify(ctx context.Context, dir, pubkey string) (Report, error) {
	v := &verification{dir: dir, Report: Report{Status: OK, Problems: []Problem{}}, codec: newCodec()}
	v.run(ctx, pubkey)
	return v.Report, ctx.Err()
}

type verification struct {
	Report
	dir    string
	store  *folder
	codec  *codec
	batch  *event.Batch
	sealed map[string]bool
	chains map[string][]Object // by payload
}

// folder reads objects without making or cleaning anything, unlike local.Open.
type folder struct{ dir string }

func (f *folder) get(key string, buf []byte) ([]byte, error) {
	info, err := os.Lstat(filepath.Join(f.dir, filepath.FromSlash(key)))
	if err != nil || !info.Mode().IsRegular() {
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			return buf, object.ErrNotExist
		}
		return buf, err
	}
	b, err := os.ReadFile(filepath.Join(f.dir, filepath.FromSlash(key)))
	return append(buf, b...), err
}

func (v *verification) run(ctx context.Context, pubkey string) {
	if info, err := os.Stat(v.dir); err != nil || !info.IsDir() {
		v.add(NoArchive, "", "the archive's folder is missing or can not be read")
		return
	}
	v.store = &folder{v.dir}
	v.sealed, v.chains = map[string]bool{}, map[string][]Object{}
	v.batch = event.NewBatch(0)
	verifier, err := note.NewVerifier(strings.TrimSpace(pubkey))
	if err != nil || verifier.Name() != origin {
		v.add(NoKey, "", "the public key is missing or malformed")
		return
	}
	v.log(ctx, verifier)
	v.links()
	v.strangers(ctx)
}

// log reads the head and then the log: entries that a running process adds in
// between are beyond the head, not missing from the log.
func (v *verification) log(ctx context.Context, verifier note.Verifier) {
	_, logErr := os.Lstat(filepath.Join(v.dir, filepath.FromSlash(logFile)))
	b, err := os.ReadFile(filepath.Join(v.dir, filepath.FromSlash(headFile)))
	h, known := head{}, false
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, e := os.Lstat(filepath.Join(v.dir, "v1")); errors.Is(e, fs.ErrNotExist) && errors.Is(logErr, fs.ErrNotExist) {
			v.add(NoArchive, "", "there is no archive in the folder")
			return
		}
		v.add(BadHead, headFile, "the signed head is missing")
	case err != nil:
		v.add(Unreadable, headFile, err.Error())
		return
	default:
		if h, err = parseHead(b, verifier); err != nil {
			v.add(BadHead, headFile, err.Error())
		} else {
			known = true
		}
	}
	f, err := os.Open(filepath.Join(v.dir, filepath.FromSlash(logFile)))
	if errors.Is(err, fs.ErrNotExist) {
		if h.size > 0 {
			v.add(BadLog, logFile, "the seal log is missing")
		}
		return
	}
	if err != nil {
		v.add(Unreadable, logFile, err.Error())
		return
	}
	defer f.Close()
	v.entries(ctx, newLines(f, 0), h, known)
}

// entries checks the log's lines, their chain and signature, and the objects
// they name. known says that h is what the key signed.
func (v *verification) entries(ctx context.Context, ls *lines, h head, known bool) {
	state, last, beyond := head{}, map[string]Hash{}, false
	for ctx.Err() == nil {
		if known && state.size == h.size && state.chain != h.chain {
			v.add(BadLog, logFile, "the lines are not the ones that the head signs")
		}
		line, err := ls.next()
		if err != nil {
			v.add(Unreadable, logFile, err.Error())
			return
		}
		if line == nil {
			break
		}
		e, chain, err := parseLine(line, state)
		if err != nil {
			if known && state.size >= h.size {
				v.add(Unsealed, logFile, fmt.Sprintf("line %d: %s", state.size, err))
			} else {
				v.add(BadLog, logFile, fmt.Sprintf("line %d: %s", state.size, err))
			}
			v.orphans(ls)
			return
		}
		if known && state.size >= h.size {
			if e.Signed > h.size {
				v.add(BadHead, headFile, fmt.Sprintf("it covers %d entries, but line %d was written when one covered %d",
					h.size, state.size, e.Signed))
			}
			if !beyond {
				v.add(Unsealed, logFile, fmt.Sprintf("the head covers %d lines, the log has more", h.size))
			}
			beyond = true
		}
		if e.Signed > state.size {
			v.add(BadLog, logFile, fmt.Sprintf("line %d names a head that is newer than itself", state.size))
		}
		if e.Previous != last[e.Source] {
			v.add(Broken, e.Key, fmt.Sprintf("line %d does not name the source's object before it", state.size))
		}
		last[e.Source] = e.SHA256
		state = head{size: state.size + 1, chain: chain}
		v.object(&e)
	}
	if known && state.size < h.size {
		v.add(BadLog, logFile, fmt.Sprintf("it has %d of %d signed lines", state.size, h.size))
	} else if ls.torn {
		v.add(Unsealed, logFile, "the last line is incomplete")
	}
}

// orphans notes the keys after a line that could not be read, so that their
// objects are not taken for strangers: one cause, one problem.
func (v *verification) orphans(ls *lines) {
	for {
		line, err := ls.next()
		if err != nil || line == nil {
			return
		}
		if e, _, _ := parseLine(line, head{}); e.Key != "" {
			v.sealed[e.Key] = true
		}
	}
}

// object checks the object that an entry names.
func (v *verification) object(e *entry) {
	if v.sealed[e.Key] {
		v.add(Twice, e.Key, fmt.Sprintf("line %d seals it again", e.N))
		return
	}
	v.sealed[e.Key] = true
	if object.CheckKey(e.Key) != nil || !strings.HasPrefix(e.Key, root) {
		v.add(BadLog, logFile, fmt.Sprintf("line %d names no object", e.N))
		return
	}
	data, err := v.store.get(e.Key, v.codec.buf[:0])
	v.codec.buf = data
	switch {
	case errors.Is(err, object.ErrNotExist):
		v.add(Missing, e.Key, "the sealed object is not there")
		return
	case err != nil:
		v.add(Unreadable, e.Key, err.Error())
		return
	case sum(data) != e.SHA256 || int64(len(data)) != e.Size:
		v.add(Changed, e.Key, "the object is not the sealed one")
		return
	}
	o, wrong := v.decode(e.Key, data)
	if wrong == "" {
		wrong = e.differs(&o)
	}
	if wrong != "" {
		v.add(Disagreement, e.Key, wrong)
		return
	}
	v.Objects++
	v.Rows += o.Rows
	v.Events += o.Events
	v.Tombstones += o.Tombstones
	o.Meta.Matches, o.Meta.Treated = nil, nil // the list of all objects is kept
	v.chains[o.Meta.PayloadID] = append(v.chains[o.Meta.PayloadID], o)
}

// decode reads an object's footer and rows and says what is wrong with them.
func (v *verification) decode(key string, data []byte) (Object, string) {
	o, file, err := inspect(key, data)
	if err != nil {
		return o, err.Error()
	}
	v.batch.Reset(o.Meta)
	if err := v.codec.dec.Decode(file, v.batch); err != nil {
		return o, err.Error()
	}
	var f footer
	count(v.batch, &f)
	if f.Events != o.Events || f.Tombstones != o.Tombstones || f.Duplicates != o.Duplicates ||
		o.Rows > 0 && (f.First != o.First.UnixMilli() || f.Last != o.Last.UnixMilli()) {
		return o, "the rows are not as the footer says"
	}
	return o, ""
}

// links checks that the objects of each payload follow each other.
func (v *verification) links() {
	for _, payload := range slices.Sorted(maps.Keys(v.chains)) {
		chain := v.chains[payload]
		sort.Slice(chain, func(i, j int) bool { return chain[i].Meta.Start < chain[j].Meta.Start })
		var before *Object
		for i := range chain {
			if wrong := follows(before, &chain[i]); wrong != "" {
				v.add(Broken, chain[i].Key, wrong)
			}
			before = &chain[i]
		}
		v.Payloads++
		if !before.Meta.Final {
			v.Unfinished++
		}
	}
}

// strangers looks for files that are neither sealed nor the archive's own.
func (v *verification) strangers(ctx context.Context) {
	err := filepath.WalkDir(v.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // a temporary file, gone meanwhile
			}
			v.add(Unreadable, "", err.Error())
			return nil
		}
		rel, err := filepath.Rel(v.dir, path)
		if err != nil {
			return err
		}
		key := filepath.ToSlash(rel)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		switch {
		case d.IsDir(), v.sealed[key]:
		case d.Type().IsRegular() && own(key):
		case d.Type().IsRegular() && strings.HasPrefix(key, root) && object.CheckKey(key) == nil:
			v.unsealed(key)
		default:
			v.add(Foreign, key, "this is no file of an archive")
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		v.add(Unreadable, "", err.Error())
	}
}

// own reports whether key is one of the archive's files that are no objects.
func own(key string) bool {
	switch {
	case key == logFile, key == headFile, key == lockFile, key == receiptFile:
		return true
	case strings.HasPrefix(key, headFile+".") && strings.HasSuffix(key, ".tmp"):
		return true
	}
	return strings.HasPrefix(key, local.Temp+"/") && strings.Count(key, "/") == 1
}

// unsealed checks an object that is not in the log.
func (v *verification) unsealed(key string) {
	data, err := v.store.get(key, v.codec.buf[:0])
	v.codec.buf = data
	switch {
	case errors.Is(err, object.ErrNotExist):
		return
	case err != nil:
		v.add(Unreadable, key, err.Error())
		return
	}
	if _, wrong := v.decode(key, data); wrong != "" {
		v.add(Foreign, key, wrong)
		return
	}
	v.add(Unsealed, key, "the object is whole, but not in the seal log")
}
