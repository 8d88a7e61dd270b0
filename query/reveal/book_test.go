package reveal

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/scrubline/scrubline/query/identity"
)

const issuer = "https://idp.example.org "

// cell is a quarantine of records 0 to 9 of any batch.
type cell struct{ opened atomic.Int32 }

func (*cell) Find(_ context.Context, batch string, record uint64) (Record, error) {
	if record > 9 {
		return Record{}, ErrNoRecord
	}
	return Record{Entry: batch + string(rune('0'+record)), Code: "malformed", Size: 3}, nil
}

func (c *cell) Open(context.Context, string) (Opened, error) {
	c.opened.Add(1)
	return Opened{Raw: []byte("raw"), Tokens: []string{"t1.patient.1.x"}}, nil
}

// desk is a book and what is around it.
type desk struct {
	*Book
	cell cell
	dir  string
	now  time.Time
	gone map[string]bool // subjects that lost their access
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{dir: t.TempDir(), now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), gone: map[string]bool{}}
	d.open(t)
	return d
}

func (d *desk) open(t *testing.T) {
	t.Helper()
	b, err := Open(Options{Dir: d.dir, Quarantine: &d.cell, Now: func() time.Time { return d.now },
		Scrub: func(s string) string { return strings.ReplaceAll(s, "MRN-103", "[mrn]") },
		Stands: func(p Party) error {
			if d.gone[p.Subject] {
				return errors.New("gone")
			}
			return nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	d.Book = b
	t.Cleanup(func() { _ = b.Close() })
}

func person(name string, role identity.Role) identity.Principal {
	return identity.Principal{Subject: issuer + name, Name: name, Role: role, Scope: identity.Scope{Tenant: "a"}, Via: identity.ViaOIDC}
}

func tokenOf(id, owner string, role identity.Role) identity.Principal {
	return identity.Principal{Subject: "token " + id, Role: role, Scope: identity.Scope{Tenant: "a"}, Via: identity.ViaToken, Owner: owner}
}

var (
	ann = person("ann", identity.Analyst)
	bob = person("bob", identity.Admin)
)

func (d *desk) ask(t *testing.T, p identity.Principal) Request {
	t.Helper()
	r, err := d.Ask(t.Context(), p, []Record{{Batch: "b", Record: 1}, {Batch: "b", Record: 2}}, "a new format, MRN-103", 30)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTwoPeople(t *testing.T) {
	d := newDesk(t)
	r := d.ask(t, ann)
	if r.State != Waiting || r.Reason != "a new format, [mrn]" || !r.Until.Equal(d.now.Add(24*time.Hour)) {
		t.Errorf("%+v", r)
	}
	if _, err := d.Approve(bob, r.ID); err != nil {
		t.Fatal(err)
	}
	got, o, err := d.Open(t.Context(), ann, r.ID, "b1")
	if err != nil || string(o.Raw) != "raw" || got.Records[0].Opened != 1 || got.Approver.Subject != bob.Subject {
		t.Errorf("%+v %v", got, err)
	}
	// Another process reads the same, and no byte of a record.
	if _, err := Open(d.opt); !errors.Is(err, ErrInUse) {
		t.Errorf("a second process: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d.open(t)
	if again, err := d.Find(ann, r.ID); err != nil || again.State != Approved || again.Records[0].Opened != 1 {
		t.Errorf("%+v %v", again, err)
	}
	files, err := filepath.Glob(filepath.Join(d.dir, "*.json"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil || strings.Contains(string(text), "MRN-103") || strings.Contains(string(text), `"raw"`) {
		t.Errorf("%s %v", text, err)
	}
}

// Who may be the other person.
func TestPairs(t *testing.T) {
	local := identity.Local("a")
	other := person("bob", identity.Admin)
	other.Subject = "https://elsewhere.example.org bob"
	for name, c := range map[string]struct {
		ask, approve identity.Principal
		want         error
	}{
		"two people":                      {ann, bob, nil},
		"a token asks":                    {tokenOf("1", ann.Subject, identity.Analyst), bob, nil},
		"a token approves":                {ann, tokenOf("1", bob.Subject, identity.Admin), nil},
		"herself":                         {bob, bob, ErrSamePerson},
		"her own token approves":          {bob, tokenOf("1", bob.Subject, identity.Admin), ErrSamePerson},
		"her own token asked":             {tokenOf("1", bob.Subject, identity.Analyst), bob, ErrSamePerson},
		"her own token, typed otherwise":  {tokenOf("1", strings.ToUpper(bob.Subject), identity.Analyst), bob, ErrSamePerson},
		"two tokens":                      {tokenOf("1", ann.Subject, identity.Analyst), tokenOf("2", bob.Subject, identity.Admin), ErrTwoTokens},
		"two tokens of one owner":         {tokenOf("1", bob.Subject, identity.Analyst), tokenOf("2", bob.Subject, identity.Admin), ErrSamePerson},
		"a token without an owner":        {ann, tokenOf("1", "", identity.Admin), ErrNoPerson},
		"a token whose owner is a word":   {ann, tokenOf("1", "bob", identity.Admin), ErrNoPerson},
		"the holder of the machine":       {ann, local, ErrNoPerson},
		"people of two providers":         {ann, other, ErrStrangers},
		"another tenant's":                {ann, func() identity.Principal { p := bob; p.Scope.Tenant = "b"; return p }(), ErrNotFound},
		"an analyst who knows the number": {ann, person("eve", identity.Analyst), ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			r := d.ask(t, c.ask)
			if _, err := d.Approve(c.approve, r.ID); !errors.Is(err, c.want) {
				t.Errorf("approving: %v, want %v", err, c.want)
			}
			_, _, err := d.Open(t.Context(), c.ask, r.ID, "b1")
			if (err == nil) != (c.want == nil) || (d.cell.opened.Load() > 0) != (c.want == nil) {
				t.Errorf("opening: %v", err)
			}
		})
	}
	d := newDesk(t)
	for _, p := range []identity.Principal{local, tokenOf("1", "", identity.Admin), {}} {
		if _, err := d.Ask(t.Context(), p, []Record{{Batch: "b"}}, "a reason", 5); !errors.Is(err, ErrNoPerson) {
			t.Errorf("%+v asks: %v", p, err)
		}
	}
}

// What does not go on in which state.
func TestStates(t *testing.T) {
	approve := func(t *testing.T, d *desk, id string) {
		if _, err := d.Approve(bob, id); err != nil {
			t.Fatal(err)
		}
	}
	end := func(p identity.Principal) func(*testing.T, *desk, string) {
		return func(t *testing.T, d *desk, id string) {
			if _, err := d.End(p, id); err != nil {
				t.Fatal(err)
			}
		}
	}
	wait := func(how time.Duration) func(*testing.T, *desk, string) {
		return func(_ *testing.T, d *desk, _ string) { d.now = d.now.Add(how) }
	}
	open := func(p identity.Principal, entry string) func(*desk, string) error {
		return func(d *desk, id string) error {
			_, _, err := d.Open(context.Background(), p, id, entry)
			return err
		}
	}
	approved := func(p identity.Principal) func(*desk, string) error {
		return func(d *desk, id string) error { _, err := d.Approve(p, id); return err }
	}
	ended := func(p identity.Principal) func(*desk, string) error {
		return func(d *desk, id string) error { _, err := d.End(p, id); return err }
	}
	spend := func(t *testing.T, d *desk, id string) {
		for range maxOpened {
			if err := open(ann, "b1")(d, id); err != nil {
				t.Fatal(err)
			}
		}
	}
	lose := func(_ *testing.T, d *desk, _ string) { d.gone[bob.Subject] = true }
	type steps []func(*testing.T, *desk, string)
	for name, c := range map[string]struct {
		before steps
		try    func(*desk, string) error
		want   error
	}{
		"opened before it is approved":         {nil, open(ann, "b1"), ErrState},
		"opened in time":                       {steps{approve, wait(29 * time.Minute)}, open(ann, "b1"), nil},
		"opened too late":                      {steps{approve, wait(30 * time.Minute)}, open(ann, "b1"), ErrState},
		"approved in time":                     {steps{wait(23 * time.Hour)}, approved(bob), nil},
		"approved too late":                    {steps{wait(24 * time.Hour)}, approved(bob), ErrState},
		"approved again":                       {steps{approve}, approved(bob), ErrState},
		"approved by a third":                  {steps{approve}, approved(person("carl", identity.Admin)), ErrState},
		"approved again after its time":        {steps{approve, wait(time.Hour)}, approved(bob), ErrState},
		"approved after it was withdrawn":      {steps{end(ann)}, approved(bob), ErrState},
		"approved after it was refused":        {steps{end(bob)}, approved(bob), ErrState},
		"opened after it was withdrawn":        {steps{approve, end(ann)}, open(ann, "b1"), ErrState},
		"opened after the approver ended it":   {steps{approve, end(bob)}, open(ann, "b1"), ErrState},
		"opened after the approver lost it":    {steps{approve, lose}, open(ann, "b1"), ErrVoid},
		"opened by the approver":               {steps{approve}, open(bob, "b1"), ErrNotYours},
		"opened by an auditor":                 {steps{approve}, open(person("aud", identity.Auditor), "b1"), ErrNotYours},
		"opened by another analyst":            {steps{approve}, open(person("eve", identity.Analyst), "b1"), ErrNotFound},
		"opened by the asker's token":          {steps{approve}, open(tokenOf("1", ann.Subject, identity.Analyst), "b1"), ErrNotFound},
		"another record":                       {steps{approve}, open(ann, "b3"), ErrNoRecord},
		"a record of no name":                  {steps{approve}, open(ann, ""), ErrNoRecord},
		"opened too often":                     {steps{approve, spend}, open(ann, "b1"), ErrSpent},
		"another record after one is spent":    {steps{approve, spend}, open(ann, "b2"), nil},
		"ended by another analyst":             {nil, ended(person("eve", identity.Analyst)), ErrNotFound},
		"ended by an auditor":                  {nil, ended(person("aud", identity.Auditor)), ErrNotYours},
		"ended twice":                          {steps{end(ann)}, ended(ann), ErrState},
		"opened by another tenant's namesake":  {steps{approve}, open(func() identity.Principal { p := ann; p.Scope.Tenant = "b"; return p }(), "b1"), ErrNotFound},
		"approved by another tenant's admin":   {nil, approved(func() identity.Principal { p := bob; p.Scope.Tenant = "b"; return p }()), ErrNotFound},
		"ended by another tenant's admin":      {nil, ended(func() identity.Principal { p := bob; p.Scope.Tenant = ""; return p }()), ErrNotFound},
		"approved in the year before its time": {steps{wait(-365 * 24 * time.Hour)}, approved(bob), nil},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			r := d.ask(t, ann)
			for _, step := range c.before {
				step(t, d, r.ID)
			}
			n := d.cell.opened.Load()
			if err := c.try(d, r.ID); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			if c.want != nil && d.cell.opened.Load() != n {
				t.Error("it was decrypted all the same")
			}
		})
	}
}

// Of many approvals and ends at once one counts; of many openings three.
func TestRaces(t *testing.T) {
	d := newDesk(t)
	r := d.ask(t, ann)
	var group sync.WaitGroup
	var good, opened atomic.Int32
	for i := range 20 {
		group.Go(func() {
			if _, err := d.Approve(person("admin-"+string(rune('a'+i)), identity.Admin), r.ID); err == nil {
				good.Add(1)
			} else if !errors.Is(err, ErrState) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for range 20 {
		group.Go(func() {
			if _, _, err := d.Open(context.Background(), ann, r.ID, "b1"); err == nil {
				opened.Add(1)
			}
		})
	}
	group.Wait()
	if good.Load() != 1 || opened.Load() != maxOpened || d.cell.opened.Load() != maxOpened {
		t.Errorf("%d approvals, %d openings, %d decrypted", good.Load(), opened.Load(), d.cell.opened.Load())
	}
}

func TestBounds(t *testing.T) {
	d := newDesk(t)
	many := make([]Record, MaxRecords+1)
	for i := range many {
		many[i] = Record{Batch: "b" + string(rune('a'+i))}
	}
	for name, c := range map[string]struct {
		records []Record
		reason  string
		minutes int
		want    error
	}{
		"none":             {nil, "a reason", 5, ErrAsk},
		"too many":         {many, "a reason", 5, ErrAsk},
		"one twice":        {[]Record{{Batch: "b"}, {Batch: "b"}}, "a reason", 5, ErrAsk},
		"no reason":        {many[:1], "    ", 5, ErrAsk},
		"a long reason":    {many[:1], strings.Repeat("a", 501), 5, ErrAsk},
		"lines":            {many[:1], "one\ntwo", 5, ErrAsk},
		"no time":          {many[:1], "a reason", 0, ErrAsk},
		"too long":         {many[:1], "a reason", 481, ErrAsk},
		"not in there":     {[]Record{{Batch: "b", Record: 10}}, "a reason", 5, ErrNoRecord},
		"as it should be":  {many[:MaxRecords], "a reason", 480, nil},
		"a negative while": {many[:1], "a reason", -1, ErrAsk},
	} {
		if _, err := d.Ask(t.Context(), person(name, identity.Analyst), c.records, c.reason, c.minutes); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	for i := range asksAnHour + 1 {
		p := ann
		if i%2 == 1 { // whatever she asks by
			p = tokenOf("1", ann.Subject, identity.Analyst)
		}
		if _, err := d.Ask(t.Context(), p, many[:1], "a reason", 5); (err == nil) != (i < asksAnHour) || err != nil && !errors.Is(err, ErrTooOften) {
			t.Errorf("request %d: %v", i, err)
		}
	}
	d.now = d.now.Add(time.Hour)
	r := d.ask(t, ann)
	d.now = d.now.Add((maxKept + 2) * 24 * time.Hour)
	d.ask(t, ann)
	if _, err := d.Find(ann, r.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("after %d days: %v", maxKept, err)
	}
}

// What cannot be kept does not count.
func TestNothingCountsThatIsNotKept(t *testing.T) {
	d := newDesk(t)
	r := d.ask(t, ann)
	if err := os.RemoveAll(d.dir); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Approve(bob, r.ID); err == nil {
		t.Error("it was approved without being kept")
	}
	if _, _, err := d.Open(t.Context(), ann, r.ID, "b1"); !errors.Is(err, ErrState) || d.cell.opened.Load() != 0 {
		t.Errorf("it was opened: %v", err)
	}
	for _, text := range []string{"{", `{"id":"y"}`, `{"id":"x","state":"approved"}`} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "x.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if b, err := Open(Options{Dir: dir}); err == nil {
			t.Errorf("%s was read", text)
			_ = b.Close()
		}
	}
}
