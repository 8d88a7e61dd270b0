package jsonwalk

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

// pair is a walker and the reference.
type pair struct {
	w         *Walker
	ref       *refWalker
	got, want []ingest.Field
}

func newPair() *pair { return &pair{w: New(8), ref: newRef(8)} }

// differ walks b by both and says how they differ, if they do; and b with blanks
// after it, because much is done only far from the end.
func (p *pair) differ(b []byte, root *schemas.Node) error {
	if err := p.differOnce(b, root); err != nil {
		return err
	}
	return p.differOnce(append(bytes.Clone(b), strings.Repeat(" ", 2*span)...), root)
}

func (p *pair) differOnce(b []byte, root *schemas.Node) error {
	var err, wantErr error
	p.got, err = p.w.Walk(b, root, p.got[:0])
	p.want, wantErr = p.ref.Walk(b, root, p.want[:0])
	var re, want *ingest.RecordError
	switch {
	case errors.As(err, &re) && errors.As(wantErr, &want) && *re == *want:
		return nil
	case err != nil || wantErr != nil:
		return fmt.Errorf("%q: %v, the reference %v", b, err, wantErr)
	case !slices.Equal(p.got, p.want):
		return fmt.Errorf("%q:\n got %v\nwant %v", b, p.got, p.want)
	}
	return nil
}

func roots(t testing.TB) []*schemas.Node {
	s, err := schemas.ParseSource([]byte(schema))
	if err != nil {
		t.Fatal(err)
	}
	return []*schemas.Node{s.Root, schemas.Unknown, schemas.MustLoadSource("aws_cloudtrail").Root, schemas.MustLoadSource("aws_waf").Root}
}

// tokens are what hostile records are made of.
var tokens = rapid.SampledFrom([]string{
	`{`, `}`, `[`, `]`, `,`, `:`, ` `, "\n", `"a"`, `"A"`, `"b"`, `"a":`, `"b":`, `"id":`, `"who":{`, `"name":`, `"name" :`, `"\u006eame":`,
	`"secret":`, `"secret":{`, `"params":{`, `"count":`, `"headers":[{`, `"requestParameters":{`, `"sourceIPAddress":`, `"additionalEventData":`,
	`"x"`, `"x",`, `1`, `-0.5e3`, `true`, `false`, `null`, `nul`, `01`, `"\n"`, `"\q"`, `"\u12"`, `"` + "\x01" + `"`, `""`, `"":`, `"two words":1`,
	`"` + strings.Repeat("k", 60) + `":1`, `"` + strings.Repeat("v", 70) + `\""`, `"é":"é"`,
	`{"a":1,"b":"x"}`, `{"b":1,"a":{"c":[]}}`, `{"a":1,"A":2}`, `"type":"x","arn":"y"`,
})

// TestWalkersAgree holds a walker that has met other records, some the same, some
// nearly the same, to the reference.
func TestWalkersAgree(t *testing.T) {
	schemas := roots(t)
	rapid.Check(t, func(t *rapid.T) {
		p := newPair()
		root := rapid.SampledFrom(schemas).Draw(t, "schema")
		var seen [][]byte
		for range rapid.IntRange(1, 100).Draw(t, "records") {
			var b []byte
			if len(seen) > 0 && rapid.Bool().Draw(t, "again") {
				b = bytes.Clone(rapid.SampledFrom(seen).Draw(t, "record"))
				if len(b) > 0 && rapid.Bool().Draw(t, "changed") {
					at := rapid.IntRange(0, len(b)-1).Draw(t, "at")
					b = slices.Replace(b, at, at+rapid.IntRange(0, 1).Draw(t, "cut"), []byte(tokens.Draw(t, "put"))...)
				}
			} else {
				b = []byte(strings.Join(rapid.SliceOfN(tokens, 0, 12).Draw(t, "tokens"), ""))
				if rapid.Bool().Draw(t, "object") {
					b = object(t)
				}
			}
			seen = append(seen, b)
			if err := p.differ(b, root); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// object draws an object that is JSON but for duplicate keys.
func object(t *rapid.T) []byte {
	keys := rapid.SampledFrom([]string{"a", "b", "id", "who", "name", "params"})
	if rapid.IntRange(0, 3).Draw(t, "odd") == 0 {
		keys = rapid.SampledFrom([]string{"a", "B", "b", "secret", "count", "userIdentity", "type", "two words", "\\u0061", "", strings.Repeat("k", 22), strings.Repeat("k", 50)})
	}
	var value func(b []byte, depth int) []byte
	members := func(b []byte, depth int) []byte {
		b = append(b, '{')
		for i := range rapid.IntRange(0, 4).Draw(t, "members") {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(append(append(b, '"'), keys.Draw(t, "key")...), '"', ':')
			b = value(b, depth)
		}
		return append(b, '}')
	}
	value = func(b []byte, depth int) []byte {
		switch k := rapid.IntRange(0, 9).Draw(t, "kind"); {
		case k <= 1 && depth < 10:
			return members(b, depth+1)
		case k <= 4 && depth < 10:
			b = append(b, '[')
			for i := range rapid.IntRange(0, 3).Draw(t, "elements") {
				if i > 0 {
					b = append(b, ',')
				}
				if rapid.IntRange(0, 3).Draw(t, "element") == 0 {
					b = value(b, depth+1)
				} else {
					b = members(b, depth+2)
				}
			}
			return append(b, ']')
		case k == 5:
			return append(b, rapid.SampledFrom([]string{"12", "true", "null", " 1", "-0.5e3", `"\n"`, "1 ", `" "`, "[ ]", "{ }"}).Draw(t, "other")...)
		}
		return append(b, `"value"`...)
	}
	return members(nil, 0)
}

// TestMemoryIsBounded: however many keys come by, a walker remembers no more than its
// limit, stays right, and in the long run allocates nothing.
func TestMemoryIsBounded(t *testing.T) {
	p := newPair()
	n := 0
	record := func() []byte {
		n++
		return fmt.Appendf(nil, `{"a":{"k%d":{"x%d":1,"y":{"z":[{"q%d":2,"r":"s"}]}}},"b%d":"c"}`, n, n%7, n/3, n)
	}
	for range 3 * maxSteps {
		if err := p.differ(record(), schemas.Unknown); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(p.w.shapes.blocks) * stepBlock; got > maxSteps {
		t.Errorf("remembers %d steps", got)
	}
	many := make([][]byte, 500)
	for i := range many {
		many[i] = record()
	}
	if n := testing.AllocsPerRun(3, func() {
		for _, b := range many {
			p.got, _ = p.w.Walk(b, schemas.Unknown, p.got[:0])
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestObjectsWithManyKeys: more members than are remembered, with a duplicate at
// any place.
func TestObjectsWithManyKeys(t *testing.T) {
	p := newPair()
	for _, n := range []int{maxMembers - 1, maxMembers, maxMembers + 1, 300} {
		for _, twin := range []int{-1, 0, 1, maxMembers - 1, maxMembers, n - 1} {
			b := []byte("{")
			for i := range n {
				b = fmt.Appendf(b, `"key%d":%d,`, i, i)
			}
			if twin >= 0 {
				b = fmt.Appendf(b, `"KEY%d":0}`, twin)
			} else {
				b[len(b)-1] = '}'
			}
			for range 3 {
				if err := p.differ(b, schemas.Unknown); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

func FuzzWalkersAgree(f *testing.F) {
	for i, s := range []string{
		`{"a":[1,"x",{"b":null}]}` + "\x00" + `{"a":[1,"x",{"b":null,"B":1}]}`,
		`{"who":{"name":"x","type":1}}` + "\x00" + `{"who":{"name":"x","\u0074ype":1}}` + "\x00" + `{"who" : {"name" : "x"}}`,
		string(record) + "\x00" + string(record),
		`{"secret":{"a":[1,2],"a":3}}`,
		`{"a":[[{"a":12}],{}],"b":[[],[{}],{"c":1},2]}`,
		`{"two words":"value","B":{"B":"value"},"B":{}}`,
		`{"httpRequest":{"headers":[{"name":"Host","value":"a"},{"name":"b","value":"\""}]},"labels":[]}`,
		`{"` + strings.Repeat("k", 35) + `":"\\","` + strings.Repeat("k", 36) + `":1,"` + strings.Repeat("k", 37) + `":2}`,
	} {
		f.Add([]byte(s), uint8(i))
	}
	schemas := roots(f)
	old := newPair() // has met all inputs before
	f.Fuzz(func(t *testing.T, in []byte, schema uint8) {
		root, p := schemas[int(schema)%len(schemas)], newPair()
		for range 2 {
			for b := range bytes.SplitSeq(in, []byte{0}) {
				if err := p.differ(b, root); err != nil {
					t.Fatal(err)
				}
				if err := old.differ(b, root); err != nil {
					t.Fatal("after other inputs: ", err)
				}
			}
		}
	})
}
