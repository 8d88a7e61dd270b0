package archive

import (
	"bufio"
	"errors"
	"io"
)

// maxLine bounds a line of the seal log; real ones are below 1 KiB.
const maxLine = 1 << 16

// lines reads the complete lines of the seal log.
type lines struct {
	r      *bufio.Reader
	offset int64 // after the last line returned
	torn   bool  // the log ends in the middle of a line
}

func newLines(r io.ReaderAt, offset int64) *lines {
	return &lines{r: bufio.NewReaderSize(io.NewSectionReader(r, offset, 1<<62), maxLine), offset: offset}
}

// next returns the next line without its newline, lent until the next call, or
// nil at the end. What follows the last newline is no line; nor is one that is
// too long, or anything after it.
func (l *lines) next() ([]byte, error) {
	b, err := l.r.ReadSlice('\n')
	switch {
	case err == nil:
		l.offset += int64(len(b))
		return b[:len(b)-1], nil
	case errors.Is(err, io.EOF), errors.Is(err, bufio.ErrBufferFull):
		l.torn = len(b) > 0
		return nil, nil
	}
	return nil, err
}
