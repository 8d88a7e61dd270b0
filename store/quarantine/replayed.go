package quarantine

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/scrubline/scrubline/scrub/durable"
)

// replayedFile lists the entries whose records are events now: a line of 32
// hexadecimal digits each. It lies beside the segments, so that it can be written
// while another process writes those.
const replayedFile = "replayed"

// MarkReplayed notes, durably, that the records of entries are events now. The
// entries stay. It works on a folder that is open for reading, too.
func (s *Store) MarkReplayed(_ context.Context, ids []string) (err error) {
	text := "\n" + marksText(ids) // a killed process may have left half a line
	f, err := os.OpenFile(filepath.Join(s.dir, replayedFile), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("marking quarantined records as replayed: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.WriteString(text); err != nil {
		return fmt.Errorf("marking quarantined records as replayed: %w", err)
	}
	if err := errors.Join(f.Sync(), durable.Sync(s.dir)); err != nil {
		return fmt.Errorf("marking quarantined records as replayed: %w", err)
	}
	return nil
}

// replayed reads the marks.
func (s *Store) replayed() (map[id]bool, error) {
	f, err := os.Open(filepath.Join(s.dir, replayedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading what was replayed: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("reading what was replayed: %w", err)
	}
	marks := map[id]bool{}
	readMarks(marks, b)
	return marks, nil
}

// marksText is how ids are written down.
func marksText(ids []string) string { return strings.Join(ids, "\n") + "\n" }

// readMarks adds the ids that stand in b.
func readMarks(marks map[id]bool, b []byte) {
	for line := range bytes.Lines(b) {
		var one id
		if len(line) != hex.EncodedLen(idLen)+1 {
			continue
		}
		if _, err := hex.Decode(one[:], line[:len(line)-1]); err == nil {
			marks[one] = true
		}
	}
}
