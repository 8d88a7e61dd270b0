//go:build !(goexperiment.simd && amd64)

package classes

func whole(dst []Block, b []byte) ([]Block, bool) { return plain(dst, b) }
