package reveal

import (
	"errors"
	"time"

	"github.com/scrubline/scrubline/query/identity"
)

// State is how far a request is.
type State string

// States. Expired is one that nobody approved in time, or whose time is over.
const (
	Waiting  State = "waiting"
	Approved State = "approved"
	Ended    State = "ended" // refused, withdrawn, or ended before its time
	Expired  State = "expired"
)

// Party is one of the two people of a request, as they were recognised.
type Party struct {
	Subject string       `json:"subject"` // of the principal
	Name    string       `json:"name,omitempty"`
	Person  string       `json:"person"` // subject at the identity provider: its own, or the token's owner's
	Via     identity.Via `json:"via"`
}

// Record is a record that is asked for, named as its tombstone's row is.
type Record struct {
	Batch  string `json:"batch"`
	Record uint64 `json:"record_no"`
	Entry  string `json:"entry"` // id in the quarantine
	Code   string `json:"code"`  // why it is a tombstone
	Size   uint64 `json:"size"`  // bytes that it had
	Opened int    `json:"opened"`
}

// Request is what is known of one. It changes in state only: what was asked for is
// what is approved.
type Request struct {
	ID      string    `json:"id"`
	Tenant  string    `json:"tenant"`
	State   State     `json:"state"`
	By      Party     `json:"by"`
	Reason  string    `json:"reason"` // with patient data taken out
	Records []Record  `json:"records"`
	Minutes int       `json:"minutes"` // that they may be seen once it is approved
	Asked   time.Time `json:"asked"`
	Until   time.Time `json:"until"` // when it expires: unapproved, then approved

	Approver *Party    `json:"approver,omitempty"`
	Approved time.Time `json:"approved,omitzero"`
	Ended    time.Time `json:"ended,omitzero"`
	EndedBy  *Party    `json:"ended_by,omitempty"`
}

// at is the request as it stands at an instant.
func (r Request) at(now time.Time) Request {
	if (r.State == Waiting || r.State == Approved) && !now.Before(r.Until) {
		r.State = Expired
	}
	r.Records = append([]Record(nil), r.Records...)
	return r
}

// Visible reports whether p may know of the request: their own, and for those who
// approve or look over it, all of the tenant.
func (r *Request) Visible(p identity.Principal) bool {
	return r.Tenant == p.Scope.Tenant && (r.By.Subject == p.Subject || p.Role == identity.Admin || p.Role == identity.Auditor)
}

// Errors. Their texts may be shown.
var (
	ErrNotFound   = errors.New("there is no such request")
	ErrNoRecord   = errors.New("the quarantine holds no bytes of this record")
	ErrAsk        = errors.New("a request names one to ten tombstones, each once, gives a reason of 5 to 500 characters in one line, and a time of 1 to 480 minutes")
	ErrNoPerson   = errors.New("it takes two people who are known by name: log in at the identity provider, or use a token that has an owner")
	ErrSamePerson = errors.New("another person must approve: nobody approves their own request, by whatever login or token")
	ErrTwoTokens  = errors.New("a token asked, so somebody who logged in must approve, and the other way round")
	ErrStrangers  = errors.New("the two people are known by different identity providers: it cannot be told that they are two")
	ErrState      = errors.New("the request is not in a state for this: it was approved, has ended or has expired")
	ErrNotYours   = errors.New("only who asked may open it")
	ErrSpent      = errors.New("the record was opened as often as an approval allows; ask again")
	ErrTooOften   = errors.New("too many requests or openings by one person; wait")
	ErrVoid       = errors.New("the approval does not stand any more: who gave it lost their access")
)
