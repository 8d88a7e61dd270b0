package token

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func newTokenizer(t testing.TB) *Tokenizer {
	t.Helper()
	tok, err := New(fixedRing(), "mercy")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tok.Close)
	return tok
}

func TestAppendDependsOnTypeTenantAndVersion(t *testing.T) {
	seen := map[string]string{}
	for _, tenant := range []string{"", "a", "b"} {
		tok, err := New(fixedRing(), tenant)
		if err != nil {
			t.Fatal(err)
		}
		for typ := Type(1); typ < numTypes; typ++ {
			body := string(tok.Append(nil, typ, []byte("7")))
			body = body[len(body)-bodyLen:]
			at := tenant + "/" + typ.String()
			if other, ok := seen[body]; ok {
				t.Errorf("%s and %s share a token", at, other)
			}
			seen[body] = at
		}
	}
}

// The cache must never answer with another value's token, whatever comes in
// between: a tokenizer and its uncached definition agree on every step.
func TestCachedTokensEqualUncachedOnes(t *testing.T) {
	ring := fixedRing()
	lookup := NewLookup(ring, "mercy")
	tok := newTokenizer(t)
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 130), 1, 20).Draw(t, "values")
		for range 60 {
			v := rapid.SampledFrom(values).Draw(t, "value")
			typ := Type(rapid.IntRange(1, int(numTypes)-1).Draw(t, "type"))
			want, err := lookup.token(7, typ, v)
			if err != nil {
				t.Fatal(err)
			}
			if got := tok.Append([]byte("x="), typ, v); string(got) != "x="+want {
				t.Fatalf("got %s, want %s", got, want)
			}
		}
	})
}

func TestCrowdedCacheStaysRight(t *testing.T) {
	tok := newTokenizer(t)
	lookup := NewLookup(fixedRing(), "mercy")
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 60_000 { // seven times what fits
		v := fmt.Appendf(nil, "s%d", rng.IntN(20_000))
		got := tok.Append(nil, Session, v)
		if i%16 == 0 {
			if want, _ := lookup.token(7, Session, v); string(got) != want {
				t.Fatalf("step %d: got %s, want %s", i, got, want)
			}
		}
	}
}

func TestAppendDoesNotAllocate(t *testing.T) {
	tok := newTokenizer(t)
	dst := make([]byte, 0, 128)
	values := [][]byte{[]byte("198.51.100.7"), bytes.Repeat([]byte("x"), 500), nil}
	addrs := [][]byte{[]byte("::ffff:198.51.100.7"), []byte("2001:db8::1%eth0"), []byte("999.1.1.1")}
	n := 0
	allocs := testing.AllocsPerRun(1000, func() {
		n++
		values[2] = append(values[2][:0], byte(n), byte(n>>8), 'v') // a miss each time
		for _, v := range values {
			dst = tok.Append(dst[:0], Session, v)
		}
		for _, raw := range addrs {
			dst = tok.AppendRaw(dst[:0], IP, raw)
		}
	})
	if allocs > 0 {
		t.Errorf("%v allocations a run", allocs)
	}
}

func TestRefreshTakesUpTheNewKey(t *testing.T) {
	ring, err := CreateKeyring(t.TempDir() + "/keys")
	if err != nil {
		t.Fatal(err)
	}
	tok, err := New(ring, "mercy")
	if err != nil {
		t.Fatal(err)
	}
	old := string(tok.Append(nil, User, []byte("ann")))
	if _, err := ring.Rotate(); err != nil {
		t.Fatal(err)
	}
	if again := string(tok.Append(nil, User, []byte("ann"))); again != old || tok.Version() != 1 {
		t.Errorf("the key changed in the middle of a batch: %s, %s", old, again)
	}
	if changed, err := tok.Refresh(); !changed || err != nil {
		t.Fatal(changed, err)
	}
	after := string(tok.Append(nil, User, []byte("ann")))
	if !strings.HasPrefix(after, "t1.user.2.") || after[10:] == old[10:] {
		t.Errorf("token after rotation: %s, before: %s", after, old)
	}
	found := NewLookup(ring, "mercy").Candidates("user", " ann ")
	if !slices.Contains(found, old) || !slices.Contains(found, after) {
		t.Errorf("a search finds %v, not both %s and %s", found, old, after)
	}
	ring.Close()
	if _, err := tok.Refresh(); !errors.Is(err, ErrClosed) {
		t.Errorf("refresh after close: %v", err)
	}
	if _, err := New(ring, "mercy"); !errors.Is(err, ErrClosed) {
		t.Errorf("new after close: %v", err)
	}
}

func TestCandidatesFindWhatLogsHeld(t *testing.T) {
	tok := newTokenizer(t)
	lookup := NewLookup(fixedRing(), "mercy")
	f := func(kind, asked string, typ Type, logged string, want bool) {
		t.Helper()
		stored := string(tok.AppendRaw(nil, typ, []byte(logged)))
		if got := slices.Contains(lookup.Candidates(kind, asked), stored); got != want {
			t.Errorf("%s:%s finds %s %q: %v, want %v", kind, asked, typ, logged, got, want)
		}
		if !slices.Equal(lookup.Candidates(kind, stored), []string{stored}) {
			t.Errorf("%s: a token is not its own candidate", kind)
		}
	}
	f("patient", "MRN-123", MRN, "123", true)
	f("patient", "MRN-123", MRN, "mrn 12-3", true)
	f("patient", "MRN-123", Patient, "123", true)
	f("patient", "Patient/ab-1", Patient, "AB-1", true)
	f("patient", "123", MRN, "0123", false)
	f("mrn", "123", Patient, "Patient/123", true)
	f("ip", "::ffff:198.51.100.7", IP, "198.51.100.7", true)
	f("ip", "[2001:DB8::0:1]", IP, "2001:db8:0:0:0:0:0:1", true)
	f("session", " abc ", Session, "abc", true)
	f("session", "ABC", Session, "abc", false)
	f("user", "Ann@Example.org", Email, "ann@example.org", true)
	f("user", "Ann@Example.org", User, "ann@example.org", true)
	f("trace", "x", TraceControl, "x", true)
	f("device", "aa:bb", Device, "AA-BB", true)
	f("shoe_size", "44", ID, "44", false)
}
