package web_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/scrubline/scrubline/query/api"
	"github.com/scrubline/scrubline/query/querytest"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/store/archive"
	"github.com/scrubline/scrubline/store/clickhouse"
)

// sealed is the log of an archive with one batch, whose proofs spoil may change.
type sealed struct {
	*archive.Reader
	key   string
	spoil func(*archive.Proof)
}

func (s *sealed) Key() string { return s.key }

func (s *sealed) Prove(ctx context.Context, batch string, record uint64) (json.RawMessage, error) {
	p, err := s.Reader.Prove(ctx, batch, record)
	if err != nil {
		return nil, err
	}
	s.spoil(p)
	return json.Marshal(p)
}

func (s *sealed) Holds(context.Context) ([]api.Hold, error) { return nil, nil }

// open archives and inserts 300 rows, two groups of hashes.
func (s *sealed) open(t *testing.T) func(*clickhouse.Store, *api.Options) {
	return func(store *clickhouse.Store, o *api.Options) {
		t.Helper()
		var rows []querytest.Row
		for range 300 {
			rows = append(rows, querytest.Row{Time: end.Add(-time.Minute), Source: "aws_cloudtrail", Text: map[schemas.Column]string{
				schemas.Action: "Proved", schemas.Native: `{"eventName":"Proved","who":"Zoë <b>"}`}})
		}
		b := querytest.NewBatch(schemas.Events, "proved", rows)
		dir, ctx := t.TempDir(), t.Context()
		a, err := archive.Open(ctx, dir, archive.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range []string{"some", "more", "proved", "last"} {
			of := b
			if other != "proved" {
				of = querytest.NewBatch(schemas.Events, other, rows[:1])
			}
			if _, _, err := a.Write(ctx, of); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.Close(ctx); err != nil {
			t.Fatal(err)
		}
		querytest.Insert(t, store, schemas.Events, "proved", rows)
		key, err := os.ReadFile(filepath.Join(dir, archive.PubFile))
		if err != nil {
			t.Fatal(err)
		}
		folder, err := archive.OpenFolder(filepath.Join(dir, archive.Folder))
		if err != nil {
			t.Fatal(err)
		}
		if s.Reader, err = archive.NewReader(ctx, folder); err != nil {
			t.Fatal(err)
		}
		s.key, o.SealLog = strings.TrimSpace(string(key)), s
	}
}

// A record's proof is checked before the reader's eyes, by the browser: what is as
// sealed is said to be, and nothing else.
func TestRecordIsVerifiedOnThePage(t *testing.T) {
	s := &sealed{spoil: func(*archive.Proof) {}}
	link := serve(t, s.open(t))
	base, _, _ := strings.Cut(link, "/?")
	ctx := browser(t)
	good := s.key
	verdict := func(kind string) string {
		t.Helper()
		run(t, ctx, kind, chromedp.Navigate(base+"/?q=action%3AProved"), idle(), eval(`document.querySelectorAll("#view tbody tr")[7].click()`),
			wait(`!document.querySelector("#drawer").hidden`), chromedp.KeyEvent("v"), wait(`document.querySelector("#drawer .verdict p") !== null`))
		return js[string](t, ctx, `document.querySelector("#drawer .verdict").className + document.querySelector("#drawer .verdict p").className + " " + document.querySelector("#drawer .verdict").textContent`)
	}
	run(t, ctx, "log in", chromedp.Navigate(link), idle())
	if v := verdict("as sealed"); !strings.HasPrefix(v, "verdictgood ") || !strings.Contains(v, "of 300 of object v1/") || !strings.Contains(v, "leaf 3 of") || strings.Contains(v, "Not as sealed") {
		t.Errorf("a good proof: %s", v)
	}
	run(t, ctx, "to the verdict", eval(`document.querySelector("#drawer .verdict").scrollIntoView()`))
	shot(t, ctx, "verified")
	check(t, ctx, "verified")
	flip := func(s string) string { return map[bool]string{true: "B", false: "A"}[s[0] == 'A'] + s[1:] }
	line := func(p *archive.Proof, n int, f func(string) string) {
		lines := strings.Split(p.Log, "\n")
		lines[n] = f(lines[n])
		p.Log = strings.Join(lines, "\n")
	}
	for name, spoil := range map[string]func(*archive.Proof){
		"row":         func(p *archive.Proof) { p.Row.Time++ },
		"text":        func(p *archive.Proof) { p.Row.Native += " " },
		"group":       func(p *archive.Proof) { p.Group[0][0] ^= 1 },
		"groups":      func(p *archive.Proof) { p.Groups[1][0] ^= 1 },
		"leaf":        func(p *archive.Proof) { p.Leaf = strings.Replace(p.Leaf, `"final":true`, `"final":false`, 1) },
		"path":        func(p *archive.Proof) { line(p, 2, flip) },
		"short path":  func(p *archive.Proof) { line(p, 2, func(string) string { return "" }) },
		"root":        func(p *archive.Proof) { p.Log = strings.Replace(p.Log, "\n\n", "\n\nx", 1) },
		"signature":   func(p *archive.Proof) { p.Log = p.Log[:len(p.Log)-8] + flip(p.Log[len(p.Log)-8:]) },
		"another key": nil, // before the proof is asked for
	} {
		if s.spoil, s.key = spoil, good; spoil == nil {
			s.spoil, s.key = func(*archive.Proof) {}, good[:len(good)-6]+flip(good[len(good)-6:])
		}
		if v := verdict(name); !strings.HasPrefix(v, "verdictbad ") || strings.Contains(v, "Checked in this browser") {
			t.Errorf("%s was spoiled, and the page says: %s", name, v)
		}
	}
}
