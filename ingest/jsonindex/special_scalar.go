//go:build !(goexperiment.simd && amd64)

package jsonindex

func special(dst []uint64, b []byte) { specialWords(dst, b) }
