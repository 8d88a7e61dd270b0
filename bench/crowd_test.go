package bench

import (
	"sync"
	"testing"
	"time"
)

// crowd is 50 analysts who ask of a year, each with a token of their own.
type crowd struct {
	year                      *archiveYear
	objects, patients, people []string
}

func (y *archiveYear) crowd(b *testing.B) crowd {
	b.Helper()
	return crowd{y, y.draw(b, y.Object(), "source = 'aws_cloudtrail'"), y.draw(b, y.Patient(), "source = 'app'"), y.draw(b, y.Person(), "source = 'app'")}
}

// ask lets each ask so many questions, and returns how long the answers took.
func (c crowd) ask(b *testing.B, questions int) []time.Duration {
	var mu sync.Mutex
	var took []time.Duration
	var group sync.WaitGroup
	for a := range c.year.analysts {
		group.Go(func() {
			for i := range questions {
				path, params := c.question(a*10 + i)
				d, err := c.year.askAs(c.year.analysts[a], path, params...)
				mu.Lock()
				if err != nil {
					b.Error(err)
				}
				took = append(took, d)
				mu.Unlock()
				time.Sleep(time.Duration(thinks(a*10+i)) * time.Millisecond)
			}
		})
	}
	group.Wait()
	return took
}

// question is one of those that analysts ask.
func (c crowd) question(i int) (path string, params []string) {
	of := func(list []string) string { return list[i%len(list)] }
	switch i % 5 {
	case 0:
		return "/v1/access", []string{"patient", of(c.patients), "since", "90d"}
	case 1:
		return "/v1/access", []string{"resource", of(c.objects), "since", "90d"}
	case 2:
		return "/v1/timeline", []string{"actor", of(c.people), "since", c.year.Start().Format(time.RFC3339)}
	case 3:
		return "/v1/summary", []string{"q", "patient:" + of(c.patients)}
	}
	return "/v1/events", []string{"q", "user:" + of(c.people) + " since:90d", "limit", "100"}
}

// thinks is how long an analyst thinks, in ms, 0 to 2 s.
func thinks(i int) int { return i * 7919 % 2000 }
