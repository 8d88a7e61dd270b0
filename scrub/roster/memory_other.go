//go:build !linux

package roster

// memory is of the Go heap where nobody has tried better.
type memory struct{ b []byte }

func newMemory(n int) (*memory, error) { return &memory{make([]byte, n)}, nil }

func (m *memory) protect() {}

func (m *memory) free() { m.b = nil }
