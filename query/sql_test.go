package query

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/query/identity"
	"github.com/scrubline/scrubline/query/querytest"
	"github.com/scrubline/scrubline/schemas"
)

var update = flag.Bool("update", false, "rewrite golden files")

// Each case is a query and the condition it becomes, in both tables if it reads
// both, with the parameters.
func TestSQLGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			q, err := Parse(strings.TrimSpace(string(ar.Files[0].Data)), testNow, time.UTC)
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			for _, table := range q.Tables() {
				sql, params, err := q.SQL(table, SQLOptions{Scope: identity.Scope{Tenant: "default"}, Tokens: querytest.Tokens{}, Limit: 101})
				if err != nil {
					t.Fatal(err)
				}
				_, sql, _ = strings.Cut(sql, "record_no) IN (SELECT ")
				_, sql, _ = strings.Cut(sql, " FROM ")
				fmt.Fprintf(&out, "… IN (SELECT … FROM %s\n", strings.NewReplacer(" AND ", "\n  AND ", " ORDER BY", "\nORDER BY").Replace(sql))
				for _, p := range params {
					fmt.Fprintf(&out, "%s = %q\n", p.Name, fmt.Sprint(p.Value))
				}
			}
			if *update {
				ar.Files = []txtar.File{ar.Files[0], {Name: "sql", Data: []byte(out.String())}}
				if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if len(ar.Files) != 2 || string(ar.Files[1].Data) != out.String() {
				t.Errorf("got\n%s", out.String())
			}
		})
	}
}

// Whatever a query says, it is a statement that ClickHouse runs, and none of the
// typed text is in it.
func TestPropertySQLRunsAndHoldsNoText(t *testing.T) {
	store := querytest.Open(t)
	svc := New(store.Conn(), Options{Tokens: querytest.Tokens{}})
	rapid.Check(t, func(t *rapid.T) {
		q := &Query{Where: drawNode(t, 2)}
		for _, table := range []schemas.Table{schemas.Events, schemas.Flows} {
			sql, params, err := q.SQL(table, SQLOptions{Tokens: querytest.Tokens{}, Limit: 1, After: &Position{1, "b", 2}})
			if err != nil {
				t.Fatalf("%s: %v", q, err)
			}
			plain, _, err := (&Query{Where: blank(q.Where)}).SQL(table, SQLOptions{Tokens: querytest.Tokens{}, Limit: 1, After: &Position{1, "b", 2}})
			if err != nil || sql != plain {
				t.Fatalf("%s: the text of values changes the statement:\n%s\n%s", q, sql, plain)
			}
			if rapid.IntRange(0, 4).Draw(t, "run") == 0 {
				rows, done, err := svc.rows(context.Background(), sql, params, time.Minute, 0)
				if err != nil {
					t.Fatalf("%s: %v\n%s", q, err, sql)
				}
				for rows.Next() {
				}
				if err := errors.Join(rows.Err(), rows.Close()); err != nil {
					t.Fatalf("%s: %v\n%s", q, err, sql)
				}
				done()
			}
		}
	})
}

// blank puts an x in place of every text that is not empty, but for what may name a
// load balancer (app/…), by which the table is chosen.
func blank(n Node) Node {
	switch n := n.(type) {
	case And:
		out := make(And, len(n))
		for i := range n {
			out[i] = blank(n[i])
		}
		return out
	case Or:
		out := make(Or, len(n))
		for i := range n {
			out[i] = blank(n[i])
		}
		return out
	case Not:
		return Not{blank(n.Node)}
	case *Term:
		out := &Term{Field: n.Field, Op: n.Op}
		for _, v := range n.Values {
			v.Parts = append([]string(nil), v.Parts...)
			text, plain := v.Plain()
			word := n.Field.match == matchStatus && (v.IsNum || plain && strings.Contains("unknown success failure", strings.ToLower(text)))
			for i, part := range v.Parts {
				if part != "" && !word && !(i == 0 && balancer(v)) && n.Field.match != matchAddr && !IsToken(part) {
					v.Parts[i] = "x"
				}
			}
			out.Values = append(out.Values, v)
		}
		return out
	}
	return n
}

func TestShapeHidesWhatMayNameAPerson(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		q, err := Parse(in, testNow, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		if got := q.Shape(querytest.Tokens{}); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
	f("patient:MRN-123", "patient:"+querytest.Token("patient", "MRN-123"))
	f("session:abc ip:203.0.113.7", "session:"+querytest.Token("session", "abc")+" ip:"+querytest.Token("ip", "203.0.113.7"))
	f("actor:alice user:jsmith", "actor:"+querytest.Token("user", "alice")+" user:"+querytest.Token("user", "jsmith"))
	f("action:GetObject source:aws_alb service:s3 region:us-east-1 status:404", "action:GetObject source:aws_alb service:s3 region:us-east-1 status:404")
	f("action:123-45-6789", `action:"[text]"`)
	f("account:111122223333 http>=500 kind:tombstone", "account:111122223333 http>=500 kind:tombstone")
	f("account:078051120", `account:"[text]"`)
	f(`"John Smith" OR -resource:patients/MRN-1*`, `"[text]" OR -resource:"[text]"`)
	f("actor:* since:2026-11-01", "actor:* since:2026-11-01T00:00:00.000Z")
	if s, err := (Subject{Patient: "MRN-123"}).Shape(nil, nil); err != nil || s != `patient:"[text]"` {
		t.Errorf("without keys: %s, %v", s, err)
	}
}
