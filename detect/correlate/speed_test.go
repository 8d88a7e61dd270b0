package correlate_test

import (
	"fmt"
	"testing"

	"github.com/scrubline/scrubline/detect/correlate"
)

// BenchmarkAdd is a match of a rule that is matched all the time: forty groups, one
// that is counted.
func BenchmarkAdd(b *testing.B) {
	set := rulesOf(b, fmt.Sprintf(counting, 600, 500))
	e := correlate.New(set, correlate.Options{Aligned: true, Pending: 1 << 10, Groups: 1 << 17})
	users := make([][]byte, 40)
	for i := range users {
		users[i] = fmt.Appendf(nil, "arn:aws:iam::123456789012:user/somebody%d", i)
	}
	b.ReportAllocs()
	i := 0
	ev := correlate.Event{Rule: set[0]}
	ev.Field = func(string) ([]byte, bool) { return users[i%len(users)], true }
	ev.Ref = correlate.Ref{Origin: "v1/file/0", ID: "aws_cloudtrail"}
	for b.Loop() {
		i++
		ev.Time, ev.Ref.Record = int64(i)*100, uint64(i)
		e.Add(&ev, func(correlate.Alert) {})
	}
}
