package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/ingest"
)

// failure is an answer of S3 or SQS with a status and a code.
func failure(status int, code string) error {
	return &awshttp.ResponseError{ResponseError: &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}},
		Err:      &smithy.GenericAPIError{Code: code, Message: "secret text"},
	}}
}

// bucket is S3 in memory: the versions of the objects of any bucket, and what
// goes wrong.
type bucket struct {
	mu       sync.Mutex
	versions []*stored
	get      func(n int, o *stored, in *awss3.GetObjectInput) error // of the n-th GET, from 1; nil: it goes well
	cut      func(n int, o *stored) int                             // bytes after which the n-th GET's body breaks, -1 for never
	gets     []string                                               // key and range of each
	pages    int                                                    // of lists
}

type stored struct {
	bucket, key, version, etag string
	body                       []byte
	at                         time.Time
	meta                       map[string]string
}

func (b *bucket) put(key, version, body string) *stored {
	b.mu.Lock()
	defer b.mu.Unlock()
	o := &stored{"logs", key, version, fmt.Sprintf("%x", len(body)) + "-" + strings.Map(func(r rune) rune {
		if r > 0x20 && r < 0x7f && r != '"' {
			return r
		}
		return -1
	}, body[:min(8, len(body))]), []byte(body), time.Now(), nil}
	b.versions = append(b.versions, o)
	return o
}

func (b *bucket) remove(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.versions = slices.DeleteFunc(b.versions, func(o *stored) bool { return o.key == key })
}

func (b *bucket) find(key, version string) *stored {
	var last *stored
	for _, o := range b.versions {
		if o.key == key && (version == "" || version == o.version) {
			last = o
		}
	}
	return last
}

func (b *bucket) GetObject(ctx context.Context, in *awss3.GetObjectInput, _ ...func(*awss3.Options)) (*awss3.GetObjectOutput, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gets = append(b.gets, *in.Key+" "+aws.ToString(in.Range))
	o := b.find(*in.Key, aws.ToString(in.VersionId))
	if o == nil {
		return nil, failure(404, "NoSuchKey")
	}
	if b.get != nil {
		if err := b.get(len(b.gets), o, in); err != nil {
			return nil, err
		}
	}
	if in.IfMatch != nil && *in.IfMatch != `"`+o.etag+`"` {
		return nil, failure(412, "PreconditionFailed")
	}
	from := 0
	if in.Range != nil {
		_, _ = fmt.Sscanf(*in.Range, "bytes=%d-", &from)
	}
	body := io.Reader(bytes.NewReader(o.body[from:]))
	if b.cut != nil {
		if n := b.cut(len(b.gets), o); n >= 0 {
			body = io.MultiReader(bytes.NewReader(o.body[from:min(from+n, len(o.body))]), broken{})
		}
	}
	return &awss3.GetObjectOutput{Body: io.NopCloser(body), ContentLength: aws.Int64(int64(len(o.body) - from)), ETag: aws.String(`"` + o.etag + `"`), LastModified: &o.at, Metadata: o.meta}, nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func (b *bucket) HeadObject(_ context.Context, in *awss3.HeadObjectInput, _ ...func(*awss3.Options)) (*awss3.HeadObjectOutput, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.find(*in.Key, aws.ToString(in.VersionId))
	if o == nil {
		return nil, failure(404, "NotFound")
	}
	return &awss3.HeadObjectOutput{ContentLength: aws.Int64(int64(len(o.body))), ETag: aws.String(`"` + o.etag + `"`), VersionId: aws.String(o.version), LastModified: &o.at}, nil
}

// ListObjectVersions lists two keys or folders a page.
func (b *bucket) ListObjectVersions(_ context.Context, in *awss3.ListObjectVersionsInput, _ ...func(*awss3.Options)) (*awss3.ListObjectVersionsOutput, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pages++
	out := &awss3.ListObjectVersionsOutput{IsTruncated: aws.Bool(false)}
	sorted := slices.Clone(b.versions)
	slices.SortStableFunc(sorted, func(x, y *stored) int { return strings.Compare(x.key, y.key) })
	last, n := "", 0
	for _, o := range sorted {
		rest, ok := strings.CutPrefix(o.key, *in.Prefix)
		name := o.key
		folder := false
		if i := strings.Index(rest, "/"); ok && in.Delimiter != nil && i >= 0 {
			name, folder = *in.Prefix+rest[:i+1], true
		}
		if !ok || in.KeyMarker != nil && name <= *in.KeyMarker {
			continue
		}
		if name != last {
			if n == 2 {
				out.IsTruncated, out.NextKeyMarker = aws.Bool(true), &last
				break
			}
			n, last = n+1, name
			if folder {
				out.CommonPrefixes = append(out.CommonPrefixes, s3types.CommonPrefix{Prefix: aws.String(name)})
			}
		}
		if !folder {
			out.Versions = append(out.Versions, s3types.ObjectVersion{Key: &o.key, VersionId: aws.String(o.version), ETag: aws.String(`"` + o.etag + `"`), Size: aws.Int64(int64(len(o.body))), LastModified: &o.at})
		}
	}
	return out, nil
}

// queue is SQS in memory, on the clock of the test.
type queue struct {
	mu       sync.Mutex
	messages []*queued
	policy   string // RedrivePolicy
	dead     []string
	fail     func(call string) error // what goes wrong; nil: nothing
	extended int
	most     int // messages in hand at a time
	n        int
}

type queued struct {
	body    string
	count   int
	receipt string
	hidden  time.Time
}

func (q *queue) send(bodies ...string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, b := range bodies {
		q.messages = append(q.messages, &queued{body: b})
	}
}

func (q *queue) wrong(call string) error {
	if q.fail == nil {
		return nil
	}
	return q.fail(call)
}

func (q *queue) ReceiveMessage(ctx context.Context, in *sqs.ReceiveMessageInput, _ ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error) {
	end := time.Now().Add(time.Duration(in.WaitTimeSeconds) * time.Second)
	for {
		out, err := q.receive(in)
		if err != nil || len(out.Messages) > 0 || !time.Now().Before(end) {
			return out, err
		}
		if !sleep(ctx, 100*time.Millisecond) {
			return nil, ctx.Err()
		}
	}
}

func (q *queue) receive(in *sqs.ReceiveMessageInput) (*sqs.ReceiveMessageOutput, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.wrong("receive"); err != nil {
		return nil, err
	}
	out := &sqs.ReceiveMessageOutput{}
	limit := 1 << 30
	if i := strings.Index(q.policy, `Count":`); i >= 0 {
		limit, _ = strconv.Atoi(strings.Trim(q.policy[i+7:], `"}`))
	}
	hidden := 0
	for _, m := range slices.Clone(q.messages) {
		if time.Now().Before(m.hidden) {
			hidden++
			continue
		}
		if m.count >= limit {
			q.dead = append(q.dead, m.body)
			q.messages = slices.DeleteFunc(q.messages, func(o *queued) bool { return o == m })
			continue
		}
		if len(out.Messages) == int(in.MaxNumberOfMessages) {
			break
		}
		q.n++
		m.count++
		m.receipt = fmt.Sprint("r", q.n)
		m.hidden = time.Now().Add(time.Duration(in.VisibilityTimeout) * time.Second)
		hidden++
		out.Messages = append(out.Messages, types.Message{Body: aws.String(m.body), MessageId: aws.String(fmt.Sprintf("m%p", m)), ReceiptHandle: aws.String(m.receipt),
			Attributes: map[string]string{"ApproximateReceiveCount": strconv.Itoa(m.count)}})
	}
	q.most = max(q.most, hidden)
	return out, nil
}

// each finds a message in hand by its receipt.
func (q *queue) each(id, receipt *string, f func(*queued)) (failed []types.BatchResultErrorEntry) {
	for _, m := range q.messages {
		if m.receipt == *receipt && time.Now().Before(m.hidden) {
			f(m)
			return nil
		}
	}
	return []types.BatchResultErrorEntry{{Id: id, Code: aws.String("ReceiptHandleIsInvalid"), SenderFault: true}}
}

func (q *queue) DeleteMessageBatch(_ context.Context, in *sqs.DeleteMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.DeleteMessageBatchOutput, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.wrong("delete"); err != nil {
		return nil, err
	}
	out := &sqs.DeleteMessageBatchOutput{}
	for _, e := range in.Entries {
		failed := q.each(e.Id, e.ReceiptHandle, func(m *queued) {
			q.messages = slices.DeleteFunc(q.messages, func(o *queued) bool { return o == m })
			out.Successful = append(out.Successful, types.DeleteMessageBatchResultEntry{Id: e.Id})
		})
		out.Failed = append(out.Failed, failed...)
	}
	if err := q.wrong("deleted"); err != nil { // it is, but nobody hears of it
		return nil, err
	}
	return out, nil
}

func (q *queue) ChangeMessageVisibilityBatch(_ context.Context, in *sqs.ChangeMessageVisibilityBatchInput, _ ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.wrong("hide"); err != nil {
		return nil, err
	}
	out := &sqs.ChangeMessageVisibilityBatchOutput{}
	for _, e := range in.Entries {
		out.Failed = append(out.Failed, q.each(e.Id, e.ReceiptHandle, func(m *queued) {
			m.hidden = time.Now().Add(time.Duration(e.VisibilityTimeout) * time.Second)
			q.extended++
		})...)
	}
	return out, nil
}

func (q *queue) GetQueueAttributes(context.Context, *sqs.GetQueueAttributesInput, ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.wrong("attributes"); err != nil {
		return nil, err
	}
	return &sqs.GetQueueAttributesOutput{Attributes: map[string]string{"RedrivePolicy": q.policy}}, nil
}

// deliveries says how often each message was delivered.
func (q *queue) deliveries() (counts []int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range q.messages {
		counts = append(counts, m.count)
	}
	return counts
}

func (q *queue) left() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.messages)
}

// rig runs an Input over a bucket and a queue, with a pipeline that keeps what each
// payload held.
type rig struct {
	*testing.T
	bucket
	queue
	in    *Input
	carry func(p ingest.Payload, text string, err error) error // what becomes of a payload; nil: an archive that takes it

	mu      sync.Mutex
	carried map[string]string // text of finished payloads, by name; "gap: code" for gaps
	times   map[string]int    // each was carried
	log     bytes.Buffer
}

// simulate runs test in a bubble of time of its own, with an Input that runs.
func simulate(t *testing.T, test func(r *rig), set ...func(*rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{T: t, carried: map[string]string{}, times: map[string]int{}}
		r.in = &Input{Queue: &r.queue, URL: "https://sqs/1/q", Client: func(string) Client { return &r.bucket }, Log: zerolog.New(zerolog.SyncWriter(&r.log)), Counts: &Counts{}}
		for _, f := range set {
			f(r)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.in.Run(ctx, r.take) }()
		test(r)
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("run ended with %v", err)
		}
		time.Sleep(time.Minute) // what is in hand is given back
		if s := r.log.String(); strings.Contains(s, "secret text") {
			t.Errorf("the log holds what a server said: %s", s)
		}
	})
}

// take is the pipeline.
func (r *rig) take(ctx context.Context, p ingest.Payload) error {
	text, err := "", error(nil)
	if rc, e := p.Open(ctx); e != nil {
		err = e
	} else {
		b, e := io.ReadAll(rc)
		text, err = string(b), errors.Join(e, rc.Close())
	}
	var pe *ingest.PayloadError
	if errors.As(err, &pe) {
		text, err = "gap: "+string(pe.Code), nil
	}
	if r.carry != nil {
		err = r.carry(p, text, err)
	}
	if err == nil {
		r.mu.Lock()
		r.carried[p.Origin.Name], r.times[p.Origin.Name] = text, r.times[p.Origin.Name]+1
		r.mu.Unlock()
	}
	go p.Done(err)
	return nil
}

// after lets time pass until nothing more happens at its end: what the pipeline and
// the fakes hold may be read then.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// want compares what was carried, and how many messages are left.
func (r *rig) want(left int, texts ...string) {
	r.Helper()
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	var got []string
	for name, text := range r.carried {
		got = append(got, strings.TrimPrefix(name, "s3://logs/")+" "+text)
	}
	slices.Sort(got)
	slices.Sort(texts)
	if !slices.Equal(got, texts) {
		r.Errorf("carried %q, want %q", got, texts)
	}
	if n := r.queue.left(); n != left {
		r.Errorf("%d messages left, want %d", n, left)
	}
}

// created is S3's own notification of objects.
func created(os ...*stored) string {
	var records []string
	for _, o := range os {
		version := ""
		if o.version != "" {
			version = `"versionId":"` + o.version + `",`
		}
		records = append(records, fmt.Sprintf(`{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1","eventTime":"2026-03-01T10:00:00.000Z","eventName":"ObjectCreated:Put",`+
			`"s3":{"s3SchemaVersion":"1.0","bucket":{"name":"logs"},"object":{"key":"%s","size":%d,%s"eTag":"%s","sequencer":"0A1B2C3D4E5F678901"}}}`,
			strings.ReplaceAll(o.key, "/", "%2F"), len(o.body), version, o.etag))
	}
	return `{"Records":[` + strings.Join(records, ",") + `]}`
}
