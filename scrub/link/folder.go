package link

import (
	"crypto/aes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/scrubline/scrubline/scrub/durable"
)

// A window's folder has a folder a day, named by its number, with a file of each
// process that noted something of the day:
//
//	magic   "SLLINK01"
//	check   8 bytes that tell the key, so that no other's file is read
//	block*  count u32, CRC-32C u32 of the rest, count entries of 16 bytes
//
// all little-endian. An entry is a household (8 bytes and 8 zero bytes) under
// AES-256. A block whose count is 2³²-1 has no entries: the day is full. Files only grow, by whole blocks that are synced; a torn block at the end
// was not, and nothing that follows from it was kept anywhere.
const (
	magic     = "SLLINK01"
	headSize  = 16
	entrySize = aes.BlockSize
	brimCount = 1<<32 - 1
	lostFile  = "lost"
)

var (
	// ErrDamaged says that a file is not what was written.
	ErrDamaged = errors.New("linked addresses are damaged")
	// ErrKey says that a file was written under another key.
	ErrKey = errors.New("linked addresses were noted under another key")
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// open makes the folder or lists its days.
func (w *Window) open(lost bool) error {
	entries, err := os.ReadDir(w.folder)
	if errors.Is(err, fs.ErrNotExist) {
		err = w.create(lost)
	}
	if err != nil {
		return err
	}
	b, err := os.ReadFile(filepath.Join(w.folder, lostFile))
	if err == nil {
		if w.lostTo, err = strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64); err != nil {
			return ErrDamaged
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	w.list(entries)
	return nil
}

// create makes the folder, whole or not at all: a folder without the file that
// says what is lost would say that nothing is.
func (w *Window) create(lost bool) error {
	if err := os.MkdirAll(filepath.Dir(w.folder), 0o700); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(filepath.Dir(w.folder), ".links-")
	if err != nil {
		return err
	}
	if lost {
		to := strconv.FormatInt(dayOf(time.Now().UnixMilli()+w.reach), 10)
		if err := writeSynced(filepath.Join(temp, lostFile), []byte(to)); err != nil {
			return err
		}
	}
	if err := durable.Sync(temp); err != nil {
		return err
	}
	if err := os.Rename(temp, w.folder); err != nil {
		_ = os.RemoveAll(temp)
		if _, e := os.Stat(w.folder); e != nil {
			return err
		} // else another process was quicker
	}
	return durable.Sync(filepath.Dir(w.folder))
}

func (w *Window) list(entries []fs.DirEntry) {
	for _, e := range entries {
		if n, err := strconv.ParseInt(e.Name(), 10, 64); err == nil && e.IsDir() {
			w.make(n)
		}
	}
}

func (w *Window) dayFolder(d *day) string {
	return filepath.Join(w.folder, strconv.FormatInt(d.number, 10))
}

// load reads a day's files and adds what is pending. The caller holds d.mu.
func (w *Window) load(d *day) (*table, error) {
	if d.number <= w.lostTo {
		return fullTable(), nil
	}
	if w.folder == "" {
		return newTable(0, w.times), nil
	}
	dir := w.dayFolder(d)
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading linked addresses: %w", err)
	}
	d.read = 0
	t := newTable(len(d.pending), w.times)
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("reading linked addresses: %w", err)
		}
		d.read += int64(len(b))
		if t, err = w.decode(t, b); err != nil {
			return nil, err
		}
	}
	for _, h := range d.pending {
		t = w.insert(t, h)
	}
	if d.brims {
		t = fullTable()
	}
	return t, nil
}

func (w *Window) insert(t *table, h uint64) *table {
	if t.has(h) {
		return t
	}
	if t.n >= w.most {
		return fullTable()
	}
	if !t.add(h) {
		t = t.grown()
		t.add(h)
	}
	return t
}

// decode adds the households of a file.
func (w *Window) decode(t *table, b []byte) (*table, error) {
	if len(b) < headSize {
		return t, nil // torn at its beginning
	}
	if string(b[:8]) != magic {
		return nil, ErrDamaged
	}
	if binary.LittleEndian.Uint64(b[8:]) != w.check() {
		return nil, ErrKey
	}
	for b = b[headSize:]; len(b) >= 8; {
		count, sum := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])
		size := int(count) * entrySize
		if count == brimCount {
			size = 0
		}
		if len(b)-8 < size {
			break
		}
		body := b[8 : 8+size]
		if checksum(count, body) != sum {
			if len(b) == 8+size {
				break
			}
			return nil, ErrDamaged
		}
		if count == brimCount {
			return fullTable(), nil
		}
		for ; len(body) > 0; body = body[entrySize:] {
			var h [entrySize]byte
			w.cipher.Decrypt(h[:], body)
			t = w.insert(t, binary.LittleEndian.Uint64(h[:]))
		}
		b = b[8+size:]
	}
	return t, nil
}

func checksum(count uint32, body []byte) uint32 {
	var head [4]byte
	binary.LittleEndian.PutUint32(head[:], count)
	return crc32.Update(crc32.Checksum(head[:], castagnoli), castagnoli, body)
}

// check is what files say of the window's key.
func (w *Window) check() uint64 {
	b := [aes.BlockSize]byte{15: 1} // no household
	w.cipher.Encrypt(b[:], b[:])
	return binary.LittleEndian.Uint64(b[:])
}

// Sync returns when everything noted so far is on disk, or why it is not, or why
// a day could not be read. Rows that follow from a note must not be kept before:
// a run that comes after must not know less than they.
func (w *Window) Sync() error {
	if w.folder != "" && w.dirty.Load() > 0 {
		w.syncing.Lock()
		defer w.syncing.Unlock()
	}
	w.mu.RLock()
	err := w.broken
	var dirty []*day
	if w.dirty.Load() > 0 {
		for _, d := range w.days {
			dirty = append(dirty, d)
		}
	}
	w.mu.RUnlock()
	if err != nil {
		return err
	}
	for _, d := range dirty {
		if err := w.write(d); err != nil {
			return fmt.Errorf("writing linked addresses: %w", err)
		}
	}
	return nil
}

// write appends a day's pending notes to this process's file and syncs it. It
// holds the day meanwhile: whoever asks for the day must find the notes.
func (w *Window) write(d *day) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.pending) == 0 {
		return nil
	}
	var b []byte
	dir := w.dayFolder(d)
	fresh := d.file == ""
	if fresh {
		if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		d.file = filepath.Join(dir, rand.Text())
		b = binary.LittleEndian.AppendUint64(append(b, magic...), w.check())
	}
	b = w.appendBlock(b, d.pending)
	if d.brims {
		b = binary.LittleEndian.AppendUint32(b, brimCount)
		b = binary.LittleEndian.AppendUint32(b, checksum(brimCount, nil))
	}
	if err := writeSynced(d.file, b); err != nil {
		// Half a block may be in the file: nobody must write behind it.
		d.file = ""
		return err
	}
	if fresh {
		if err := errors.Join(durable.Sync(dir), durable.Sync(w.folder)); err != nil {
			d.file = ""
			return err
		}
	}
	d.read += int64(len(b))
	d.pending, d.brims = d.pending[:0], false
	w.dirty.Add(-1)
	return nil
}

func (w *Window) appendBlock(b []byte, hs []uint64) []byte {
	body := make([]byte, entrySize*len(hs))
	for i, h := range hs {
		e := body[i*entrySize : (i+1)*entrySize]
		binary.LittleEndian.PutUint64(e, h)
		w.cipher.Encrypt(e, e)
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(hs)))
	b = binary.LittleEndian.AppendUint32(b, checksum(uint32(len(hs)), body))
	return append(b, body...)
}

// Refresh takes in what other processes noted since.
func (w *Window) Refresh() error {
	if w.folder == "" {
		return nil
	}
	entries, err := os.ReadDir(w.folder)
	if err != nil {
		return fmt.Errorf("reading linked addresses: %w", err)
	}
	w.list(entries)
	w.mu.RLock()
	days := make([]*day, 0, len(w.days))
	for _, d := range w.days {
		days = append(days, d)
	}
	w.mu.RUnlock()
	for _, d := range days {
		if d.table.Load() == nil {
			continue
		}
		files, err := os.ReadDir(w.dayFolder(d))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("reading linked addresses: %w", err)
		}
		size := int64(0)
		for _, f := range files {
			if info, err := f.Info(); err == nil {
				size += info.Size()
			}
		}
		d.mu.Lock()
		stale := size != d.read
		d.mu.Unlock()
		if stale {
			w.drop(d)
		}
	}
	return nil
}

func writeSynced(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}
