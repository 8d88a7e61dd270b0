//go:build !(goexperiment.simd && amd64)

package jsonwalk

// stops finds the bytes of a text that are not plain.
type stops struct{}

func (stops) find([]byte) {}

// near is next; ok is true.
func (stops) near(b []byte, i int) (stop int, ok bool) { return SkipPlain(b, i), true }

// next returns where from i on the first byte is that is not plain; the length of
// the text b if there is none.
func (stops) next(b []byte, i int) int { return SkipPlain(b, i) }
