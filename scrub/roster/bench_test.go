package roster

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bits-and-blooms/bloom/v3"
)

var big *Roster

// benchRoster returns a roster of -patients patients, made once. ROSTER_FILE, if
// set, keeps it between runs: ten million take minutes.
func benchRoster(b *testing.B) *Roster {
	if big == nil {
		start := time.Now()
		path := os.Getenv("ROSTER_FILE")
		if path != "" {
			if r, err := Open(path, testKey); err == nil {
				big = r
				return big
			}
		}
		r, made := build(b, newMaker(b, 1).made(*patients), nil)
		if path != "" {
			bs, _ := os.ReadFile(made)
			_ = os.WriteFile(path, bs, 0o600)
		}
		big = r
		b.Logf("made in %v: %+v", time.Since(start).Round(time.Second), r.Info())
	}
	return big
}

// cleanText is what logs say of no patient: words, numbers, ids, paths.
func cleanText(size int) []byte {
	r := rand.New(rand.NewPCG(3, 3))
	words := strings.Fields("request completed route cache hit shard took status upstream connection pool closed retry worker queue scheduled session expired portal health check service started listening address invalid token refreshed user login page view long price mark index table merge part background thread memory limit exceeded while processing query")
	var b strings.Builder
	for b.Len() < size {
		switch r.IntN(12) {
		case 0:
			fmt.Fprintf(&b, "%d ", r.IntN(1_000_000))
		case 1:
			fmt.Fprintf(&b, "req=%08x-%04x-4%03x-a%03x-%012x ", r.Uint32(), r.IntN(65536), r.IntN(4096), r.IntN(4096), r.Uint64()&0xffffffffffff)
		case 2:
			fmt.Fprintf(&b, "/api/v2/%s/%d?page=%d ", words[r.IntN(len(words))], r.IntN(1e8), r.IntN(40))
		case 3:
			fmt.Fprintf(&b, "2026-03-%02dT10:15:%02d.%06dZ ", 1+r.IntN(28), r.IntN(60), r.IntN(1e6))
		default:
			b.WriteString(words[r.IntN(len(words))])
			b.WriteByte(' ')
		}
	}
	return []byte(b.String())
}

// BenchmarkScan is of text with no patient in it, in pieces as fields are.
func BenchmarkScan(b *testing.B) {
	s := NewScanner(benchRoster(b))
	text := cleanText(8 << 20)
	hits := 0
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	before := processorTime(b)
	for b.Loop() {
		hits = 0
		for i := 0; i+200 <= len(text); i += 200 {
			hits += len(s.Scan(text[i : i+200]))
		}
	}
	b.ReportMetric(float64(len(text))*float64(b.N)/1e6/(processorTime(b)-before).Seconds(), "MB/cpu-s")
	b.ReportMetric(float64(hits), "hits")
	b.ReportMetric(float64(s.Roster().Info().Bytes)/(1<<20), "MiB")
}

// processorTime is what this process has used so far.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkMembership compares the structure with the general Bloom filter, at a
// tenth of the entries.
func BenchmarkMembership(b *testing.B) {
	const n = 1 << 20
	entries := make([]entry, n)
	f := bloom.NewWithEstimates(n, 1e-7)
	for i := range entries {
		entries[i] = entry{fold(uint64(i)+1, 0x9e3779b97f4a7c15), uint16(i) & macMask}
		f.Add([]byte(fmt.Sprintf("%016x", entries[i].hash)))
	}
	var fb fuseBuilder
	p, err := fb.build(entries, 1)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("fuse", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			p.get(uint64(i) * 0xd6e8feb86659fd93)
		}
	})
	b.Run("bloom", func(b *testing.B) {
		var key [16]byte
		for i := 0; b.Loop(); i++ {
			for k := range 8 {
				key[k] = byte(uint64(i) * 0xd6e8feb86659fd93 >> (8 * k))
			}
			f.Test(key[:])
		}
	})
	b.Run("roles", func(b *testing.B) {
		f := newRoleFilter()
		for _, e := range entries {
			f.add(e.hash, given)
		}
		for i := 0; b.Loop(); i++ {
			f.name(uint64(i) * 0xd6e8feb86659fd93)
		}
	})
}
