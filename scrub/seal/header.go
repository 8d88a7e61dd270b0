package seal

import (
	"bytes"
	"encoding/binary"
	"io"
)

const (
	magicKMS = "SLSEAL2\n"
	// maxName and maxWrapped bound what a header names: an ARN, and the longest
	// ciphertext that KMS gives.
	maxName    = 2048
	maxWrapped = 6144
)

// kmsHeader is a header of the second form, which says itself how long it is.
func kmsHeader(name string, wrapped []byte) ([]byte, error) {
	if len(name) > maxName || len(wrapped) > maxWrapped {
		return nil, ErrDamaged
	}
	h := append([]byte(magicKMS), 0, 0, 0, 0)
	binary.LittleEndian.PutUint16(h[len(magicKMS):], uint16(len(name)))
	binary.LittleEndian.PutUint16(h[len(magicKMS)+2:], uint16(len(wrapped)))
	return append(append(h, name...), wrapped...), nil
}

// parseKMSHeader reads what kmsHeader wrote.
func parseKMSHeader(h []byte) (name string, wrapped []byte, ok bool) {
	n, ok := headerLen(h)
	if !ok || n != len(h) || !bytes.HasPrefix(h, []byte(magicKMS)) {
		return "", nil, false
	}
	at := len(magicKMS) + 4
	end := at + int(binary.LittleEndian.Uint16(h[len(magicKMS):]))
	return string(h[at:end]), h[end:], true
}

// headerLen is how long the header is that begins with h, of which 12 bytes are
// enough. Whatever is not of the second form has the first one's length.
func headerLen(h []byte) (n int, ok bool) {
	if !bytes.HasPrefix(h, []byte(magicKMS)) {
		return HeaderLen, true
	}
	if len(h) < len(magicKMS)+4 {
		return 0, false
	}
	name, wrapped := int(binary.LittleEndian.Uint16(h[len(magicKMS):])), int(binary.LittleEndian.Uint16(h[len(magicKMS)+2:]))
	return len(magicKMS) + 4 + name + wrapped, name <= maxName && wrapped <= maxWrapped
}

// ReadHeader reads the header that a file starts with. The error is
// io.ErrUnexpectedEOF if the file ends inside of it.
func ReadHeader(r io.ReaderAt) ([]byte, error) {
	var start [len(magicKMS) + 4]byte
	if err := readFull(r, start[:]); err != nil {
		return nil, err
	}
	n, ok := headerLen(start[:])
	if !ok {
		return nil, ErrDamaged
	}
	h := make([]byte, n)
	return h, readFull(r, h)
}

// readFull fills b; a ReaderAt may say io.EOF although it did.
func readFull(r io.ReaderAt, b []byte) error {
	n, err := r.ReadAt(b, 0)
	switch {
	case n == len(b):
		return nil
	case err == io.EOF:
		return io.ErrUnexpectedEOF
	}
	return err
}
