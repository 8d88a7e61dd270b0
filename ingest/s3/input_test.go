package s3

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/scrubline/scrubline/ingest"
)

func TestObjectsAreCarriedAndMessagesSettled(t *testing.T) {
	simulate(t, func(r *rig) {
		r.send(created(r.put("a/1", "v1", "one")), created(r.put("a/2", "v2", "two"), r.put("b", "", "three")),
			`{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-03-01T10:00:00.000Z","Bucket":"logs","RequestId":"x","HostId":"y"}`)
		time.Sleep(time.Second)
		r.want(0, "a/1 one", "a/2 two", "b three")
		if c := r.in.Counts; c.Objects.Load() != 3 || c.Settled.Load() != 3 || c.Tests.Load() != 1 {
			t.Errorf("counts: %d objects, %d settled, %d tests", c.Objects.Load(), c.Settled.Load(), c.Tests.Load())
		}
	})
}

// TestVector19711: events that the pipeline rejects are not acknowledged
// (vectordotdev/vector #19711: the message was deleted all the same).
func TestVector19711(t *testing.T) {
	var reject atomic.Bool
	reject.Store(true)
	simulate(t, func(r *rig) {
		r.send(created(r.put("a", "v1", "one")))
		time.Sleep(5 * time.Minute)
		r.want(1)
		if r.in.Counts.Settled.Load() != 0 {
			t.Error("it was settled")
		}
		reject.Store(false)
		time.Sleep(time.Minute)
		r.want(0, "a one")
	}, func(r *rig) {
		r.carry = func(_ ingest.Payload, _ string, err error) error {
			if reject.Load() {
				return errors.New("the archive does not take it")
			}
			return err
		}
	})
}

// TestOTel45153: a message that names several objects is deleted only when all of
// them are durable (opentelemetry-collector-contrib #45153).
func TestOTel45153(t *testing.T) {
	var down atomic.Bool
	down.Store(true)
	simulate(t, func(r *rig) {
		r.send(created(r.put("a", "v", "one"), r.put("b", "v", "two"), r.put("c", "v", "three")))
		time.Sleep(20 * time.Minute)
		r.want(1, "a one", "c three")
		down.Store(false)
		time.Sleep(20 * time.Minute)
		r.want(0, "a one", "b two", "c three")
	}, func(r *rig) {
		r.get = func(_ int, o *stored, _ *awss3.GetObjectInput) error {
			if down.Load() && o.key == "b" {
				return failure(503, "SlowDown")
			}
			return nil
		}
	})
}

// TestRedpandaConnect3221: an object that is not there is not just dropped with a
// warning (redpanda-connect #3221): it is tried again, then a gap stands for it,
// and only then is its message settled.
func TestRedpandaConnect3221(t *testing.T) {
	simulate(t, func(r *rig) {
		o := r.put("a", "v", "one")
		r.remove("a")
		r.send(created(o), created(r.put("b", "v", "two")))
		time.Sleep(20 * time.Second)
		r.want(1, "b two") // the others go on
		time.Sleep(2 * time.Hour)
		r.want(0, "a gap: gone", "b two")
		if r.in.Counts.Gone.Load() != 1 || r.in.Counts.Returned.Load() != DefaultTries-1 {
			t.Errorf("%d gaps after %d returns", r.in.Counts.Gone.Load(), r.in.Counts.Returned.Load())
		}
	})
}

// TestWazuh33108: a message of another form (through SNS, through EventBridge, of a
// key with blanks) is not taken for one without objects and deleted
// (wazuh #33108: SNS-wrapped notifications were dropped).
func TestWazuh33108(t *testing.T) {
	simulate(t, func(r *rig) {
		inner := created(r.put("a", "v", "one"))
		r.send(fmt.Sprintf(`{"Type":"Notification","MessageId":"x","TopicArn":"arn:aws:sns:us-east-1:1:t","Message":%q}`, inner),
			`{"hello":"world"}`, `not json`)
		after(time.Minute)
		texts := []string{"a one"}
		for name, text := range r.carried {
			if strings.HasPrefix(name, "sqs:q/") {
				texts = append(texts, name+" "+text)
			}
		}
		if len(texts) != 3 {
			t.Errorf("messages that nobody understands were not carried: %q", texts)
		}
		r.want(0, texts...)
		if r.in.Counts.Malformed.Load() != 2 {
			t.Error("they are not counted")
		}
	})
}

// TestFilebeat39065: messages in hand stay hidden however long their objects take,
// and no more of them are taken than can be worked on (beats #39065: messages were
// received and then left to run out of time).
func TestFilebeat39065(t *testing.T) {
	var busy atomic.Bool
	busy.Store(true)
	simulate(t, func(r *rig) {
		for i := range 30 {
			r.send(created(r.put(fmt.Sprintf("k%02d", i), "v", "x")))
		}
		after(time.Hour)
		for _, n := range r.deliveries() {
			if n > 1 {
				t.Fatalf("a message in hand was delivered %d times", n)
			}
		}
		if r.most > 7 {
			t.Errorf("%d messages in hand, not 7", r.most)
		}
		busy.Store(false)
		after(time.Minute)
		if n := len(r.carried); n != 30 || r.left() != 0 {
			t.Errorf("%d carried, %d left", n, r.left())
		}
		for k, n := range r.times {
			if n != 1 {
				t.Errorf("%s was carried %d times", k, n)
			}
		}
	}, func(r *rig) {
		r.in.InHand = 7
		r.carry = func(_ ingest.Payload, _ string, err error) error {
			for busy.Load() {
				time.Sleep(time.Second)
			}
			return err
		}
	})
}

// TestLetGo: after 11 hours a message is let go; SQS would not keep it hidden.
func TestLetGo(t *testing.T) {
	simulate(t, func(r *rig) {
		r.send(created(r.put("a", "v", "one")))
		after(10*time.Hour + 55*time.Minute)
		if r.deliveries()[0] != 1 {
			t.Error("it was not kept hidden")
		}
		time.Sleep(3 * time.Hour)
		r.want(0, "a one")
		if r.in.Counts.LetGo.Load() == 0 || r.times["s3://logs/a"] != 2 {
			t.Errorf("let go %d, carried %d times", r.in.Counts.LetGo.Load(), r.times["s3://logs/a"])
		}
	}, func(r *rig) {
		var again atomic.Bool
		r.carry = func(_ ingest.Payload, _ string, err error) error {
			if !again.Swap(true) {
				time.Sleep(12 * time.Hour)
			}
			return err
		}
	})
}

// TestBeforeTheDeadLetterQueue: an object that cannot be read leaves its gap at the
// last delivery before SQS puts its message away.
func TestBeforeTheDeadLetterQueue(t *testing.T) {
	for _, policy := range []string{`{"deadLetterTargetArn":"x","maxReceiveCount":2}`, `{"deadLetterTargetArn":"x","maxReceiveCount":"2"}`} {
		simulate(t, func(r *rig) {
			r.send(created(r.put("a", "v", "one")))
			time.Sleep(time.Hour)
			r.want(0, "a gap: denied")
			if len(r.queue.dead) != 0 {
				t.Error("it went to the dead-letter queue")
			}
		}, func(r *rig) {
			r.queue.policy = policy
			r.get = func(int, *stored, *awss3.GetObjectInput) error { return failure(403, "AccessDenied") }
		})
	}
}

// TestOutageIsNoGap: what may be well at another time leaves no gap.
func TestOutageIsNoGap(t *testing.T) {
	var down atomic.Bool
	down.Store(true)
	simulate(t, func(r *rig) {
		r.send(created(r.put("a", "v", "one")))
		time.Sleep(20 * time.Minute)
		r.want(1)
		down.Store(false)
		time.Sleep(time.Hour)
		r.want(0, "a one")
	}, func(r *rig) {
		n := 0
		r.get = func(int, *stored, *awss3.GetObjectInput) error {
			if n++; !down.Load() {
				return nil
			}
			return []error{failure(503, "SlowDown"), failure(500, "InternalError"), errors.New("connection reset by peer"), failure(403, "RequestTimeTooSkewed"), failure(404, "NoSuchBucket")}[n%5]
		}
	})
}

// TestAGapIsNoEnd: an object whose gap is recorded is carried by a later list.
func TestAGapIsNoEnd(t *testing.T) {
	o := Object{Bucket: "logs", Key: "a", Version: "v", Size: 3}
	p, g := o.Payload(), o.gap(ingest.CodeDenied)
	if p.Identity == g.Identity || p.Origin.Name != g.Origin.Name {
		t.Errorf("%q and %q", p.Identity, g.Identity)
	}
}

// TestSQSFails: calls to SQS that fail lose no message and settle none too early.
func TestSQSFails(t *testing.T) {
	for _, call := range []string{"attributes", "receive", "delete", "deleted", "hide"} {
		t.Run(call, func(t *testing.T) {
			n := 0
			simulate(t, func(r *rig) {
				for i := range 12 {
					r.send(created(r.put(fmt.Sprint(i), "v", "x")))
				}
				after(20 * time.Minute)
				if len(r.carried) != 12 || r.left() != 0 {
					t.Errorf("%d carried, %d left", len(r.carried), r.left())
				}
			}, func(r *rig) {
				r.queue.fail = func(c string) error {
					if n++; c == call && n%3 != 0 {
						return failure(500, "InternalFailure")
					}
					return nil
				}
			})
		})
	}
}
