package components

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// queue is a new queue on the server, with its dead-letter queue after two
// receives.
type queue struct {
	*testing.T
	*sqs.Client
	url, dead, deadARN string
}

func newQueue(t *testing.T, endpoint string, attributes map[string]string) queue {
	t.Helper()
	c := sqs.New(sqs.Options{BaseEndpoint: &endpoint, Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("any", "any", "")})
	q := queue{T: t, Client: c}
	make := func(name string, attributes map[string]string) string {
		out, err := c.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
		if err != nil {
			t.Fatal(err)
		}
		return *out.QueueUrl
	}
	name := fmt.Sprint("q", time.Now().UnixNano())
	q.dead = make(name+"-dead", nil)
	out, err := c.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &q.dead, AttributeNames: []types.QueueAttributeName{"QueueArn"}})
	if err != nil {
		t.Fatal(err)
	}
	q.deadARN = out.Attributes["QueueArn"]
	if attributes == nil {
		attributes = map[string]string{}
	}
	attributes["RedrivePolicy"] = `{"deadLetterTargetArn":"` + q.deadARN + `","maxReceiveCount":2}`
	q.url = make(name, attributes)
	return q
}

func (q queue) send(n int) {
	q.Helper()
	for i := range n {
		if _, err := q.SendMessage(q.Context(), &sqs.SendMessageInput{QueueUrl: &q.url, MessageBody: aws.String(strconv.Itoa(i))}); err != nil {
			q.Fatal(err)
		}
	}
}

// receive asks once, for at most max messages, waiting up to wait seconds.
func (q queue) receive(url string, max, wait int32) []types.Message {
	q.Helper()
	out, err := q.ReceiveMessage(q.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: max, WaitTimeSeconds: wait,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{"ApproximateReceiveCount", "SentTimestamp"}})
	if err != nil {
		q.Fatal(err)
	}
	return out.Messages
}

func (q queue) visible(m types.Message, seconds int32) error {
	_, err := q.ChangeMessageVisibility(q.Context(), &sqs.ChangeMessageVisibilityInput{QueueUrl: &q.url, ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: seconds})
	return err
}

func (q queue) count(m types.Message) string { return m.Attributes["ApproximateReceiveCount"] }

// TestSQS: the server does what AWS documents of SQS where an input depends on it.
func TestSQS(t *testing.T) {
	endpoint, _ := SQS(t)
	for name, check := range map[string]func(*testing.T){
		"a message is hidden, counted and comes again": func(t *testing.T) {
			q := newQueue(t, endpoint, map[string]string{"VisibilityTimeout": "1"})
			q.send(1)
			m := q.receive(q.url, 10, 1)
			if len(m) != 1 || q.count(m[0]) != "1" || *m[0].Body != "0" || m[0].Attributes["SentTimestamp"] == "" {
				t.Fatalf("%+v", m)
			}
			if again := q.receive(q.url, 10, 0); len(again) != 0 {
				t.Fatal("it is not hidden")
			}
			if m = q.receive(q.url, 10, 3); len(m) != 1 || q.count(m[0]) != "2" {
				t.Fatalf("%+v", m)
			}
		},
		"a longer visibility holds, none gives it back": func(t *testing.T) {
			q := newQueue(t, endpoint, map[string]string{"VisibilityTimeout": "1"})
			q.send(1)
			m := q.receive(q.url, 1, 1)
			if err := q.visible(m[0], 30); err != nil {
				t.Fatal(err)
			}
			if again := q.receive(q.url, 1, 2); len(again) != 0 {
				t.Fatal("it came within the longer time")
			}
			if err := q.visible(m[0], 0); err != nil {
				t.Fatal(err)
			}
			if again := q.receive(q.url, 1, 1); len(again) != 1 {
				t.Fatal("it was not given back")
			}
		},
		"visibility of a batch, partly wrong": func(t *testing.T) {
			q := newQueue(t, endpoint, nil)
			q.send(2)
			m := append(q.receive(q.url, 10, 1), q.receive(q.url, 10, 0)...)
			if len(m) != 2 {
				t.Fatal(len(m))
			}
			out, err := q.ChangeMessageVisibilityBatch(t.Context(), &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &q.url, Entries: []types.ChangeMessageVisibilityBatchRequestEntry{
				{Id: aws.String("0"), ReceiptHandle: m[0].ReceiptHandle, VisibilityTimeout: 60},
				{Id: aws.String("1"), ReceiptHandle: aws.String("garbage"), VisibilityTimeout: 60}}})
			if err != nil || len(out.Successful) != 1 || len(out.Failed) != 1 {
				t.Fatalf("%+v %v", out, err)
			}
		},
		"a batch is deleted": func(t *testing.T) {
			q := newQueue(t, endpoint, map[string]string{"VisibilityTimeout": "1"})
			q.send(2)
			m := append(q.receive(q.url, 10, 1), q.receive(q.url, 10, 0)...)
			var entries []types.DeleteMessageBatchRequestEntry
			for i := range m {
				entries = append(entries, types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: m[i].ReceiptHandle})
			}
			out, err := q.DeleteMessageBatch(t.Context(), &sqs.DeleteMessageBatchInput{QueueUrl: &q.url, Entries: entries})
			if err != nil || len(out.Successful) != 2 {
				t.Fatalf("%+v %v", out, err)
			}
			if m := q.receive(q.url, 10, 2); len(m) != 0 {
				t.Fatal("they came again")
			}
		},
		"a long poll waits and is woken": func(t *testing.T) {
			q := newQueue(t, endpoint, nil)
			start := time.Now()
			var sent sync.WaitGroup
			sent.Go(func() {
				time.Sleep(500 * time.Millisecond)
				q.send(1)
			})
			m := q.receive(q.url, 1, 10)
			sent.Wait()
			if d := time.Since(start); len(m) != 1 || d < 400*time.Millisecond {
				t.Fatal(len(m), d)
			}
		},
		"the dead-letter queue, and back from it": func(t *testing.T) {
			q := newQueue(t, endpoint, map[string]string{"VisibilityTimeout": "0"})
			q.send(1)
			for range 3 {
				q.receive(q.url, 1, 1)
			}
			out, err := q.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &q.dead, AttributeNames: []types.QueueAttributeName{"ApproximateNumberOfMessages"}})
			if err != nil || out.Attributes["ApproximateNumberOfMessages"] != "1" {
				t.Fatalf("%+v %v", out, err)
			}
			if _, err := q.StartMessageMoveTask(t.Context(), &sqs.StartMessageMoveTaskInput{SourceArn: &q.deadARN}); err != nil {
				t.Fatal(err)
			}
			if m := q.receive(q.url, 1, 5); len(m) != 1 {
				t.Fatal("it did not come back")
			}
		},
		"attributes tell the policy": func(t *testing.T) {
			q := newQueue(t, endpoint, map[string]string{"VisibilityTimeout": "17"})
			out, err := q.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &q.url, AttributeNames: []types.QueueAttributeName{"All"}})
			if err != nil || out.Attributes["VisibilityTimeout"] != "17" || out.Attributes["RedrivePolicy"] == "" {
				t.Fatalf("%+v %v", out, err)
			}
		},
		"no such queue": func(t *testing.T) {
			q := newQueue(t, endpoint, nil)
			_, err := q.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: aws.String(q.url + "-none")})
			var none *types.QueueDoesNotExist
			if !errors.As(err, &none) {
				t.Fatal(err)
			}
		},
		"a receipt that is none": func(t *testing.T) {
			q := newQueue(t, endpoint, nil)
			if err := q.visible(types.Message{ReceiptHandle: aws.String("garbage")}, 1); err == nil {
				t.Fatal("accepted")
			}
		},
		"more than ten": func(t *testing.T) {
			q := newQueue(t, endpoint, nil)
			if _, err := q.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &q.url, MaxNumberOfMessages: 11}); err == nil {
				t.Fatal("accepted")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t)
		})
	}
}
