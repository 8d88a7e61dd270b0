package reveal

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/time/rate"

	"github.com/scrubline/scrubline/query/identity"
)

// Quarantine is where the records lie.
type Quarantine interface {
	// Find returns the entry of a record, without its bytes, or ErrNoRecord.
	Find(ctx context.Context, batch string, record uint64) (Record, error)
	// Open decrypts an entry. The bytes are raw, and the caller's.
	Open(ctx context.Context, entry string) (Opened, error)
}

// Opened is a record in clear.
type Opened struct {
	Raw    []byte
	Cut    bool     // only its start was kept
	Tokens []string // of what was recognised in it
}

// Options configure a Book.
type Options struct {
	Dir        string // made 0700; one process has it open
	Quarantine Quarantine
	Scrub      func(string) string // takes patient data out of a reason
	// Stands says why who approved lost their access, if that can be told.
	Stands func(Party) error
	Now    func() time.Time // nil: time.Now
}

// Bounds of requests.
const (
	MaxRecords = 10

	waits      = 24 * time.Hour // for an approval
	maxMinutes = 8 * 60
	maxOpened  = 3  // times each record
	maxKept    = 90 // days that an ended request is shown
	minReason  = 5  // characters
	maxReason  = 500

	asksAnHour  = 10 // of one person
	opensAnHour = 60
	maxPeople   = 10_000
)

// Book keeps the requests. Its methods may be called from many goroutines; who calls
// must have looked whether their role may.
type Book struct {
	opt  Options
	lock interface{ Close() error }

	mu       sync.Mutex
	requests map[string]*Request
	asks     map[string]*rate.Limiter // by person
	opens    map[string]*rate.Limiter
}

// often counts something that a person does; false: too often.
func (b *Book) often(by map[string]*rate.Limiter, person string, anHour int) bool {
	l := by[strings.ToLower(person)]
	if l == nil {
		if len(by) >= maxPeople {
			clear(by)
		}
		l = rate.NewLimiter(rate.Every(time.Hour/time.Duration(anHour)), anHour)
		by[strings.ToLower(person)] = l
	}
	return l.AllowN(b.opt.Now(), 1)
}

// Ask makes a request of whoever asks for the records, whose Batch and Record are
// read.
func (b *Book) Ask(ctx context.Context, p identity.Principal, records []Record, reason string, minutes int) (Request, error) {
	by, err := party(p)
	if err != nil {
		return Request{}, err
	}
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); n < minReason || n > maxReason || strings.ContainsFunc(reason, unicode.IsControl) ||
		len(records) == 0 || len(records) > MaxRecords || minutes < 1 || minutes > maxMinutes {
		return Request{}, ErrAsk
	}
	b.mu.Lock()
	allowed := b.often(b.asks, by.Person, asksAnHour)
	b.mu.Unlock()
	if !allowed {
		return Request{}, ErrTooOften
	}
	now := b.opt.Now().UTC().Truncate(time.Millisecond)
	r := &Request{ID: identity.NewSecret()[:20], Tenant: p.Scope.Tenant, State: Waiting, By: by, Reason: b.opt.Scrub(reason), Minutes: minutes, Asked: now, Until: now.Add(waits)}
	for _, each := range records {
		found, err := b.opt.Quarantine.Find(ctx, each.Batch, each.Record)
		if err != nil {
			return Request{}, err
		}
		if slices.ContainsFunc(r.Records, func(o Record) bool { return o.Entry == found.Entry }) {
			return Request{}, ErrAsk
		}
		found.Batch, found.Record, found.Opened = each.Batch, each.Record, 0
		r.Records = append(r.Records, found)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sweep(now)
	if err := b.keep(r); err != nil {
		return Request{}, err
	}
	return r.at(now), nil
}

// find returns the request that p may know of; the book is locked.
func (b *Book) find(p identity.Principal, id string) (Request, error) {
	r := b.requests[id]
	if r == nil || !r.Visible(p) {
		return Request{}, ErrNotFound
	}
	return r.at(b.opt.Now()), nil
}

// Find returns a request.
func (b *Book) Find(p identity.Principal, id string) (Request, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.find(p, id)
}

// List lists the requests that p may know of, the newest first.
func (b *Book) List(p identity.Principal) []Request {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := []Request{}
	for _, r := range b.requests {
		if r.Visible(p) {
			out = append(out, r.at(b.opt.Now()))
		}
	}
	slices.SortFunc(out, func(x, y Request) int {
		if c := y.Asked.Compare(x.Asked); c != 0 {
			return c
		}
		return strings.Compare(x.ID, y.ID)
	})
	return out
}

// Approve lets the asker open the records from now on, if p is another person.
func (b *Book) Approve(p identity.Principal, id string) (Request, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, err := b.find(p, id)
	if err != nil {
		return r, err
	}
	by, err := party(p)
	if err == nil {
		err = two(r.By, by)
	}
	if err == nil && r.State != Waiting {
		err = ErrState
	}
	if err != nil {
		return r, err
	}
	r.State, r.Approver, r.Approved = Approved, &by, b.opt.Now().UTC().Truncate(time.Millisecond)
	r.Until = r.Approved.Add(time.Duration(r.Minutes) * time.Minute)
	return r, b.keep(&r)
}

// End refuses, withdraws or ends a request: its asker may, and whoever may approve.
func (b *Book) End(p identity.Principal, id string) (Request, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, err := b.find(p, id)
	switch {
	case err != nil:
		return r, err
	case r.By.Subject != p.Subject && p.Role != identity.Admin:
		return r, ErrNotYours
	case r.State != Waiting && r.State != Approved:
		return r, ErrState
	}
	r.State, r.Ended = Ended, b.opt.Now().UTC().Truncate(time.Millisecond)
	r.EndedBy = &Party{Subject: p.Subject, Name: p.Name, Via: p.Via}
	return r, b.keep(&r)
}

// Open decrypts one record of a request for who asked for it. It counts before it
// decrypts, and what it counted is durable.
func (b *Book) Open(ctx context.Context, p identity.Principal, id, entry string) (Request, Opened, error) {
	r, err := b.spend(p, id, entry)
	if err != nil {
		return r, Opened{}, err
	}
	o, err := b.opt.Quarantine.Open(ctx, entry)
	return r, o, err
}

// spend counts an opening.
func (b *Book) spend(p identity.Principal, id, entry string) (Request, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, err := b.find(p, id)
	if err != nil {
		return r, err
	}
	by, err := party(p)
	at := slices.IndexFunc(r.Records, func(k Record) bool { return k.Entry == entry })
	switch {
	case err != nil:
		return r, err
	case r.By.Subject != by.Subject || r.By.Person != by.Person:
		return r, ErrNotYours
	case r.State != Approved:
		return r, ErrState
	case at < 0:
		return r, ErrNoRecord
	case two(r.By, *r.Approver) != nil || b.opt.Stands(*r.Approver) != nil:
		return r, ErrVoid
	case r.Records[at].Opened >= maxOpened:
		return r, ErrSpent
	case !b.often(b.opens, by.Person, opensAnHour):
		return r, ErrTooOften
	}
	r.Records[at].Opened++
	return r, b.keep(&r)
}
