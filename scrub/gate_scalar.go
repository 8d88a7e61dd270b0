//go:build !(goexperiment.simd && amd64)

package scrub

func hyphened(b []byte, i int) int { return hyphenedSlow(b, i) }
