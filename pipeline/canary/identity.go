package canary

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Value is something that identifies a patient, and the words that a log would
// put before it.
type Value struct {
	Kind   string
	Text   string // with what announces it
	Secret string // what must not be found
}

var (
	given   = []string{"Ada", "Bruno", "Chiara", "Dmitri", "Elena", "Farid", "Greta", "Imani", "Jonas", "Luis", "Nadia", "Oskar", "Priya", "Ruth", "Stefan", "Teresa"}
	starts  = []string{"Aber", "Black", "Castel", "Drum", "Eskil", "Fair", "Gruen", "Hatha", "Jankow", "Kowal", "Lind", "Monte", "Naka", "Oyel", "Petro", "Rosen"}
	middles = []string{"ando", "bergen", "cester", "dorfer", "elli", "field", "garth", "hurst", "isto", "kamper", "lowe", "minster", "nelli", "orvo", "pelto", "ridge"}
	ends    = []string{"man", "son", "wicz", "quist", "berg", "ford", "ley", "ton"}
	streets = []string{"Court", "Street", "Avenue", "Lane", "Drive", "Road"}
)

// Identities makes n patients' values, ten each. The same seed makes the same.
func Identities(n int, seed uint64) [][]Value {
	r := rand.New(rand.NewPCG(seed, 18))
	pick := func(of []string) string { return of[r.IntN(len(of))] }
	seen := map[string]bool{}
	out := make([][]Value, 0, n)
	for len(out) < n {
		first, last := pick(given), pick(starts)+pick(middles)+pick(ends)
		if seen[last] {
			continue
		}
		seen[last] = true
		v := func(kind, announced, secret string) Value { return Value{kind, announced + secret, secret} }
		name := v("name", "patient name: "+first+" ", last)
		member := fmt.Sprintf("W%09d", r.IntN(1e9))
		out = append(out, []Value{
			name,
			v("mrn", "MRN ", fmt.Sprintf("%08d", 40_000_000+r.IntN(9_999_999))),
			v("ssn", "SSN ", fmt.Sprintf("%03d-%02d-%04d", 100+r.IntN(500), 1+r.IntN(99), 1+r.IntN(9998))),
			v("phone", "call ", fmt.Sprintf("%03d-%03d-%04d", 312+r.IntN(80), 220+r.IntN(90), r.IntN(9999))),
			v("email", "mail ", strings.ToLower(first+"."+last)+fmt.Sprintf("%03d@mail.example", r.IntN(1000))),
			v("birth", "DOB: ", fmt.Sprintf("%04d-%02d-%02d", 1931+r.IntN(37), 1+r.IntN(12), 1+r.IntN(28))),
			v("card", "card ", card(r)),
			v("member", "member id ", member),
			v("address", "address: ", fmt.Sprintf("%d %s %s", 1000+r.IntN(8999), pick(starts)+pick(middles), pick(streets))),
			v("session", "session_id=", fmt.Sprintf("%016x%016x", r.Uint64(), r.Uint64())),
		})
	}
	return out
}

// card makes a payment card's number with its check digit.
func card(r *rand.Rand) string {
	d := fmt.Sprintf("4%014d", r.Int64N(1e14))
	sum := 0
	for i := range d {
		n := int(d[len(d)-1-i] - '0')
		if i%2 == 0 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return d + string(rune('0'+(10-sum%10)%10))
}
