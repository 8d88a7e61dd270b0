package scrub

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/scrub/link"
	"github.com/scrubline/scrubline/scrub/roster"
	"github.com/scrubline/scrubline/scrub/token"
)

const ownPatients = "first_name,last_name,mrn,member_id,phone,email,address\n" +
	"Wilhelmina,Kowalczyk,70482139,QXZ448213977,(415) 736-0142,wk@box.example,1234 Quarry Ridge Road\n" +
	"José,Ó Faoláin,91827364,QXZ118213977,212-736-0199,jof@box.example,77 N Tamarind Ave\n"

// withRoster is an engine that knows ownPatients.
func withRoster(t testing.TB) *Engine {
	t.Helper()
	key := []byte("0123456789abcdef0123456789abcdef")
	b, err := roster.NewBuilder(t.TempDir(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Read(t.Context(), strings.NewReader(ownPatients), nil, nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "roster")
	if err := b.Write(path); err != nil {
		t.Fatal(err)
	}
	r, err := roster.Open(path, key)
	if err != nil {
		t.Fatal(err)
	}
	tk, err := token.New(newKeys(t), "clinic")
	if err != nil {
		t.Fatal(err)
	}
	return New(Options{Tenant: "clinic", Tokens: tk, Link: link.Default(), Roster: r})
}

// ownForms are values that only the roster tells: no key, no context.
var ownForms = []struct{ text, parts string }{
	{"kowalczyk wilhelmina", "kowalczyk wilhelmina"}, {"WILHELMINA_KOWALCZYK", "WILHELMINA KOWALCZYK"}, {"jose o faolain", "jose faolain"},
	{"Faoláin, José", "Faoláin José"}, {"70482139", "70482139"}, {"7048-2139", "7048 2139"}, {"qxz-448213977", "448213977"},
	{"4157360142", "4157360142"}, {"1234 quarry ridge rd", "quarry ridge"}, {"77 north tamarind avenue", "tamarind"}, {"wk@box.example", "wk@box"},
}

// encodings are those that the engine undoes.
var encodings = map[string]func(string) string{
	"plain":         func(s string) string { return s },
	"percent":       url.PathEscape,
	"percent twice": func(s string) string { return url.PathEscape(url.PathEscape(s)) },
	"JSON inside":   func(s string) string { b, _ := json.Marshal(map[string]string{"zz": s}); return string(b) },
	"JSON escapes":  func(s string) string { return fmt.Sprintf(`{"zz":"%s"}`, escapes(s)) },
	"entities":      func(s string) string { return html.EscapeString("<i>"+s+"</i>") + "&nbsp;" },
	"base64":        func(s string) string { return "blob " + base64.StdEncoding.EncodeToString([]byte("zz: "+s+" zz zz")) },
	"base64 for URL": func(s string) string {
		return "blob " + base64.RawURLEncoding.EncodeToString([]byte("zz: "+s+" zz zz"))
	},
}

func escapes(s string) string {
	var b strings.Builder
	for _, r := range s {
		fmt.Fprintf(&b, `\u%04x`, r)
	}
	return b.String()
}

// TestOwnPatientsAreFound: every form of the roster's patients goes, in every
// encoding and source, though nothing around it tells what it is.
func TestOwnPatientsAreFound(t *testing.T) {
	e := withRoster(t)
	var names []string
	for n := range encodings {
		names = append(names, n)
	}
	slices.Sort(names)
	rapid.Check(t, func(rt *rapid.T) {
		form := rapid.SampledFrom(ownForms).Draw(rt, "form")
		enc := rapid.SampledFrom(names).Draw(rt, "encoding")
		format := rapid.SampledFrom([]string{"app", "alb", "cloudtrail"}).Draw(rt, "format")
		value := encodings[enc](form.text)
		var record string
		whole := value
		if value[0] != '{' { // JSON is taken apart where it is all of a text
			whole = "saw " + value + " zz"
		}
		quoted := mustMarshal(whole)
		if format == "alb" && enc == "JSON escapes" {
			rt.Skip("JSON in a query is not taken apart")
		}
		switch format {
		case "app":
			record = `{"time":"2026-03-01T10:15:00Z","level":"info","message":` + string(quoted) + `}`
		case "alb":
			record = strings.Replace(generate("alb", rand.New(rand.NewPCG(1, 1)), false), "?", "?zz="+url.QueryEscape(value)+"&", 1)
		default:
			record = `{"eventVersion":"1.09","eventTime":"2026-03-01T10:15:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","requestParameters":{"zz":` + string(quoted) + `}}`
		}
		out, _, code := newRig(t, format, e).filter([]byte(record))
		if code != "" {
			rt.Fatal(code)
		}
		for _, part := range strings.Fields(form.parts) {
			for _, v := range []string{part, encodings[enc](part), strings.Trim(string(mustMarshal(part)), `"`)} {
				if strings.Contains(string(out), v) {
					rt.Fatalf("%q survives in %s", v, out)
				}
			}
		}
		if string(out) == record {
			rt.Fatalf("nothing was found in %s", record)
		}
	})
}

func mustMarshal(s string) []byte { b, _ := json.Marshal(s); return b }

// TestOthersPassTheRoster: lines that name nobody come out as without a roster.
func TestOthersPassTheRoster(t *testing.T) {
	e, without := withRoster(t), newEngine(t, newKeys(t), "clinic")
	for _, format := range benchFormats {
		with, plain := newRig(t, format, e), newRig(t, format, without)
		for _, raw := range corpus(format, 64<<10) {
			_, ms, _ := with.filter(raw)
			n := len(ms)
			if _, ms, _ = plain.filter(raw); n != len(ms) {
				t.Fatalf("%d matches with the roster, %d without: %s", n, len(ms), raw)
			}
		}
	}
}

// TestOwnNumbers: unquoted JSON numbers are compared too.
func TestOwnNumbers(t *testing.T) {
	r := newRig(t, "app", withRoster(t))
	out, ms, code := r.filter([]byte(`{"message":"x","zz":70482139,"took":70482138}`))
	if code != "" || len(ms) != 1 || strings.Contains(string(out), "70482139") || !strings.Contains(string(out), "70482138") || !json.Valid(out) {
		t.Errorf("%s %s", code, out)
	}
}

func TestRosterScanDoesNotAllocate(t *testing.T) {
	r := newRig(t, "app", withRoster(t))
	raws := corpus("app", 32<<10)
	raws = append(raws, []byte(`{"message":"seen kowalczyk wilhelmina, 4157360142"}`))
	run := func() {
		for _, raw := range raws {
			if _, _, code := r.filter(raw); code != "" {
				t.Fatal(code)
			}
		}
	}
	run()
	if n := testing.AllocsPerRun(5, run); n > 1 {
		t.Errorf("%v allocations for %d records", n, len(raws))
	}
}

// BenchmarkRoster measures what a small roster costs.
func BenchmarkRoster(b *testing.B) {
	for _, with := range []bool{false, true} {
		b.Run(fmt.Sprint("roster=", with), func(b *testing.B) {
			bench(b, func(r *rig, raws [][]byte) {
				if with && r.engine.opt.Roster == nil {
					r.engine = withRoster(b)
				}
				for _, raw := range raws {
					if _, _, code := r.filter(raw); code != "" {
						b.Fatal(code)
					}
				}
			})
		})
	}
}
