package match

import "github.com/scrubline/scrubline/scrub/event"

// Record is a scrubbed record as rules see it. It is lent for the call.
type Record struct {
	Source string
	Native []byte       // the record in its original shape
	Batch  *event.Batch // the batch with its row; nil if there are no columns
	Row    int
}
