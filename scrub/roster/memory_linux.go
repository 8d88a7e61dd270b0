package roster

import "syscall"

// dontDump keeps memory out of cores (MADV_DONTDUMP, madvise(2)).
const dontDump = 16

// memory lies outside the Go heap: the collector neither waits for it to double
// nor counts it, and large pages make a random look at it cheaper.
type memory struct{ b []byte }

func newMemory(n int) (*memory, error) {
	b, err := syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	_ = syscall.Madvise(b, syscall.MADV_HUGEPAGE) // hints, both
	_ = syscall.Madvise(b, dontDump)
	return &memory{b}, nil
}

// protect makes it an error to write to it.
func (m *memory) protect() { _ = syscall.Mprotect(m.b, syscall.PROT_READ) }

func (m *memory) free() {
	_ = syscall.Munmap(m.b)
	m.b = nil
}
