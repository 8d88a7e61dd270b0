//go:build !(goexperiment.simd && amd64)

package jsonindex

// Scan goes on from Pos in the window w.
func (n *Nest) Scan(w []byte) Answer { return n.scanBytes(w, len(w)) }
