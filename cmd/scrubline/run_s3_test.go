package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/scrubline/scrubline/cmd/scrubline/demo"
	"github.com/scrubline/scrubline/deploy/components"
	"github.com/scrubline/scrubline/ingest/digest/digesttest"
)

// trail is a bucket on MinIO whose notifications go to a queue on ElasticMQ.
type trail struct {
	testing.TB
	s3                *s3.Client
	sqs               *sqs.Client
	s3URL, sqsURL     string
	queue, dead, name string
	minio             *components.Process
}

func newTrail(t testing.TB) *trail {
	t.Helper()
	account := credentials.NewStaticCredentialsProvider(components.MinIOUser, components.MinIOPassword, "")
	b := &trail{TB: t, name: "trail"}
	b.sqsURL, _ = components.SQS(t)
	b.sqs = sqs.New(sqs.Options{BaseEndpoint: &b.sqsURL, Region: "us-east-1", Credentials: account})
	ctx := context.Background()
	make := func(name string, attributes map[string]string) string {
		out, err := b.sqs.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
		if err != nil {
			t.Fatal(err)
		}
		return *out.QueueUrl
	}
	b.dead = make("dead", nil)
	b.queue = make("logs", map[string]string{"RedrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:elasticmq:000000000000:dead","maxReceiveCount":1000}`})
	b.s3URL, b.minio = components.MinIOEvents(t, func(event string) error {
		_, err := b.sqs.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &b.queue, MessageBody: &event})
		return err
	})
	b.s3 = s3.New(s3.Options{BaseEndpoint: &b.s3URL, Region: "us-east-1", Credentials: account, UsePathStyle: true})
	if _, err := b.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &b.name}); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{"AWS_ACCESS_KEY_ID=" + components.MinIOUser, "AWS_SECRET_ACCESS_KEY=" + components.MinIOPassword, "AWS_REGION=us-east-1", "AWS_EC2_METADATA_DISABLED=true"} {
		name, value, _ := strings.Cut(k, "=")
		t.Setenv(name, value)
	}
	return b
}

// announce makes the bucket send notifications from now on.
func (b *trail) announce() {
	b.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		_, err := b.s3.PutBucketNotificationConfiguration(context.Background(), &s3.PutBucketNotificationConfigurationInput{Bucket: &b.name,
			NotificationConfiguration: &s3types.NotificationConfiguration{QueueConfigurations: []s3types.QueueConfiguration{{
				QueueArn: aws.String(components.EventsARN), Events: []s3types.Event{"s3:ObjectCreated:*"}}}}})
		if err == nil {
			return
		}
		if time.Now().After(end) { // MinIO answers before it knows its targets
			b.Fatal(err)
		}
	}
}

func (b *trail) put(key string, body []byte) {
	b.Helper()
	if _, err := b.s3.PutObject(context.Background(), &s3.PutObjectInput{Bucket: &b.name, Key: &key, Body: bytes.NewReader(body)}); err != nil {
		b.Fatal(err)
	}
}

// fill puts the files of a folder, of which there are n.
func (b *trail) fill(dir string) (n int) {
	b.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		key, _ := filepath.Rel(dir, path)
		b.put(filepath.ToSlash(key), body)
		n++
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// waiting is how many messages are in the queue, in hand or not.
func (b *trail) waiting() int {
	b.Helper()
	out, err := b.sqs.GetQueueAttributes(context.Background(), &sqs.GetQueueAttributesInput{QueueUrl: &b.queue, AttributeNames: []types.QueueAttributeName{"All"}})
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for _, k := range []string{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"} {
		m, _ := strconv.Atoi(out.Attributes[k])
		n += m
	}
	return n
}

// configure writes a configuration that takes the queue in.
func (b *trail) configure(more string) (path string) {
	b.Helper()
	path = filepath.Join(b.TempDir(), "scrubline.yaml")
	text := fmt.Sprintf("aws:\n  endpoints: {s3: %q, sqs: %q}\ninputs:\n  patience: 300ms\n  s3:\n    - queue: %s\n      visibility: 3s\n%s", b.s3URL, b.sqsURL, b.queue, more)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

// running is scrubline run as a process.
type running struct {
	*exec.Cmd
	ended  chan error
	mu     sync.Mutex
	stderr bytes.Buffer
}

func (r *running) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stderr.Write(p)
}

func (r *running) said() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stderr.String()
}

func startRun(t testing.TB, data, conf string) *running {
	t.Helper()
	r := &running{Cmd: proc(t, "run", "--data", data, "--config", conf, "--listen", "127.0.0.1:0"), ended: make(chan error, 1)}
	r.Stderr = r
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { r.ended <- r.Wait() }()
	t.Cleanup(func() { _ = r.Process.Kill() })
	return r
}

// until waits for a condition while the process runs.
func (r *running) until(t testing.TB, what string, good func() bool) {
	t.Helper()
	for end := time.Now().Add(3 * time.Minute); !good(); time.Sleep(100 * time.Millisecond) {
		select {
		case err := <-r.ended:
			t.Fatalf("run ended with %v before %s\n%s", err, what, r.said())
		default:
		}
		if time.Now().After(end) {
			t.Fatalf("no %s\n%s", what, r.said())
		}
	}
}

// stop asks the process to stop.
func (r *running) stop(t testing.TB) {
	t.Helper()
	if err := r.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-r.ended:
		if err != nil {
			t.Fatalf("run ended with %v\n%s", err, r.said())
		}
	case <-time.After(time.Minute):
		_ = r.Process.Signal(syscall.SIGQUIT) // says what it waits for
		<-r.ended
		t.Fatalf("run does not stop\n%s", r.said())
	}
}

// inAnyOrder is a policy with which the order in which objects come changes nothing. By
// default an address is what was seen beside it by then.
const inAnyOrder = "version: 1\nsession_ip: {mode: \"off\"}\n"

// TestKillRunS3: scrubline run, killed again and again with kill -9 at any moment
// while it takes objects from S3 that SQS announces, ends with the same archive and
// the same rows as one that is left alone: none lost, none doubled.
func TestKillRunS3(t *testing.T) {
	kills := 2
	if s := os.Getenv("SCRUBLINE_KILLS"); s != "" {
		kills, _ = strconv.Atoi(s)
	}
	if testing.Short() {
		kills = 1
	}
	logs := filepath.Join(t.TempDir(), "logs")
	facts, err := demo.Write(logs, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	facts.Records += smallTrails(t, logs, 40)
	b := newTrail(t)
	b.announce()
	policy := filepath.Join(t.TempDir(), "scrub.yaml")
	if err := os.WriteFile(policy, []byte(inAnyOrder), 0o600); err != nil {
		t.Fatal(err)
	}
	conf := b.configure(fmt.Sprintf("policy: %q\n", policy))
	n := b.fill(logs)

	// left alone; every object is announced again afterwards
	calm := filepath.Join(t.TempDir(), "calm")
	began := time.Now()
	r := startRun(t, calm, conf)
	r.until(t, "settled messages", func() bool { return b.waiting() == 0 })
	took := time.Since(began)
	r.stop(t)
	want := output(t, "archive", "digest", "--data", calm)
	checkKilled(t, calm, want, facts.Records)

	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d, %d objects take %v", seed, n, took)
	rnd := rand.New(rand.NewPCG(seed, 1))
	data := filepath.Join(t.TempDir(), "data")
	if err := os.MkdirAll(filepath.Join(data, "keys"), 0o700); err != nil {
		t.Fatal(err)
	}
	// payloads are named under the key of tokens: the same key, the same names
	keys, err := os.ReadFile(filepath.Join(calm, "keys", "tokens.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "keys", "tokens.json"), keys, 0o600); err != nil {
		t.Fatal(err)
	}
	b.again(logs)
	for range kills {
		r := startRun(t, data, conf)
		time.Sleep(time.Duration(rnd.Int64N(int64(took))))
		_ = r.Process.Kill()
		<-r.ended
		if rnd.IntN(3) == 0 {
			b.again(logs) // delivered more than once, too
		}
	}
	r = startRun(t, data, conf)
	r.until(t, "settled messages", func() bool { return b.waiting() == 0 })
	r.stop(t)
	checkKilled(t, data, want, facts.Records)
}

// again announces every object of the bucket again, as S3 does at times.
func (b *trail) again(dir string) {
	b.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		key, _ := filepath.Rel(dir, path)
		head, err := b.s3.HeadObject(context.Background(), &s3.HeadObjectInput{Bucket: &b.name, Key: aws.String(filepath.ToSlash(key))})
		if err != nil {
			return err
		}
		text := fmt.Sprintf(`{"version":"0","detail-type":"Object Created","source":"aws.s3","time":%q,"detail":{"bucket":{"name":%q},"object":{"key":%q,"size":%d,"etag":%q}}}`,
			head.LastModified.Format(time.RFC3339), b.name, filepath.ToSlash(key), *head.ContentLength, strings.Trim(*head.ETag, `"`))
		_, err = b.sqs.SendMessage(context.Background(), &sqs.SendMessageInput{QueueUrl: &b.queue, MessageBody: &text})
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}

// smallTrails writes CloudTrail's usual files: many, of some kilobytes each. It
// returns how many records they hold.
func smallTrails(t testing.TB, dir string, files int) (records int) {
	t.Helper()
	const each = 30
	for i := range files {
		path := filepath.Join(dir, fmt.Sprintf("AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/%02d/%d.json.gz", 1+i%28, i))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, compress(trailText(1_000_000+i*each, each)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files * each
}

// TestBackfillS3: ingest reads a bucket, a part of it by dates, each object once;
// what notifications bring of it later is what it had.
func TestBackfillS3(t *testing.T) {
	logs := filepath.Join(t.TempDir(), "logs")
	records := smallTrails(t, logs, 28)
	b := newTrail(t)
	b.announce()
	n := b.fill(logs)
	conf, data := b.configure("      sweep: {buckets: ['s3://trail/AWSLogs/'], every: 1s, grace: 1ms, window: 100000h}\n"), filepath.Join(t.TempDir(), "data")
	ingest := func(args ...string) string {
		c := proc(t, append([]string{"ingest", "--data", data, "--config", conf}, args...)...)
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return string(out)
	}
	if said := ingest("--since", "2026-03-04", "--until", "2026-03-06", "s3://trail/AWSLogs/"); !strings.Contains(said, "2 files, 60 records") {
		t.Errorf("two days: %s", said)
	}
	if said := ingest("--rate", "1000", "s3://trail/"); !strings.Contains(said, "2 objects were archived before") || !strings.Contains(said, fmt.Sprintf("%d files, %d records", n-2, records-60)) {
		t.Errorf("all: %s", said)
	}
	if said := ingest("s3://trail/"); !strings.Contains(said, fmt.Sprintf("%d objects were archived before", n)) || !strings.Contains(said, "0 files") {
		t.Errorf("again: %s", said)
	}
	want := output(t, "archive", "digest", "--data", data)
	r := startRun(t, data, conf)
	r.until(t, "settled messages", func() bool { return b.waiting() == 0 })
	time.Sleep(2 * time.Second) // and some sweeps
	r.stop(t)
	checkKilled(t, data, want, records)
}

// TestVerdicts: run validates CloudTrail's digests beside what it takes in, and
// archive verdicts names the files that are missing or were changed.
func TestVerdicts(t *testing.T) {
	b := newTrail(t)
	trail := digesttest.New(b.name, 4)
	trail.Objects[digesttest.LogKey(1, 0)].Body = digesttest.Zip(`{"Records":[]}`)
	delete(trail.Objects, digesttest.LogKey(2, 1))
	for key, o := range trail.Objects {
		if _, err := b.s3.PutObject(context.Background(), &s3.PutObjectInput{Bucket: &b.name, Key: &key, Body: bytes.NewReader(o.Body), Metadata: o.Metadata}); err != nil {
			t.Fatal(err)
		}
	}
	keys := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(keys, trail.Keys, 0o600); err != nil {
		t.Fatal(err)
	}
	conf := b.configure(fmt.Sprintf("      digests: {buckets: ['s3://trail/AWSLogs/'], every: 1s, grace: 1ms, window: 100000h, keys: %q}\n", keys))
	data := filepath.Join(t.TempDir(), "data")
	c := proc(t, "ingest", "--data", data, "--config", conf, "s3://trail/AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01/log0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if said := output(t, "archive", "verdicts", "--data", data); said != "" {
		t.Errorf("verdicts before there are any: %s", said)
	}
	r := startRun(t, data, conf)
	r.until(t, "archived verdicts", func() bool {
		return strings.Count(output(t, "archive", "list", "--data", data), `"source":"scrubline"`) == 4
	})
	r.stop(t)
	c = proc(t, "archive", "verdicts", "--data", data)
	var stderr strings.Builder
	c.Stderr = &stderr
	out, err := c.Output()
	if err == nil || c.ProcessState.ExitCode() != exitFailed {
		t.Errorf("exit code %d", c.ProcessState.ExitCode())
	}
	for _, want := range []string{`"verdict":"mismatch","reason":"hash_differs","object":"s3://trail/` + digesttest.LogKey(1, 0), `"verdict":"missing","reason":"not_there","object":"s3://trail/` + digesttest.LogKey(2, 1)} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
	if n := strings.Count(string(out), "\n"); n != 2 {
		t.Errorf("%d lines\n%s", n, out)
	}
	if got := strings.Fields(stderr.String()); len(got) < 8 || strings.Join(got[:8], " ") != "verified 10 pending 0 mismatch 1 missing 1" {
		t.Errorf("sums: %s", stderr.String())
	}
	report := output(t, "report", "run", "R14", "--data", data, "--from", "2026-03-01", "--to", "2026-03-02")
	if want := `CloudTrail digests,failed,10,,"log files that are as CloudTrail delivered them; 1 are not, 1 are missing"`; !strings.Contains(report, want) {
		t.Errorf("the report on integrity says\n%s", report)
	}
}

// TestRedrive: what lies in the dead-letter queue is carried after all.
func TestRedrive(t *testing.T) {
	b := newTrail(t)
	b.put("a.log", []byte("level=info msg=first\n"))
	conf, data := b.configure(""), filepath.Join(t.TempDir(), "data")
	body := `{"Records":[{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"trail"},"object":{"key":"a.log"}}}]}`
	if _, err := b.sqs.SendMessage(context.Background(), &sqs.SendMessageInput{QueueUrl: &b.dead, MessageBody: &body}); err != nil {
		t.Fatal(err)
	}
	if said := output(t, "redrive", "--data", data, "--config", conf); !strings.Contains(said, "move back") {
		t.Errorf("redrive: %s", said)
	}
	r := startRun(t, data, conf)
	r.until(t, "archived record", func() bool {
		_, err := os.Stat(filepath.Join(data, "archive", "v1", "s"))
		return err == nil
	})
	r.until(t, "settled message", func() bool { return b.waiting() == 0 })
	r.stop(t)
	if got := output(t, "archive", "list", "--data", data); !strings.Contains(got, `"rows":1`) {
		t.Errorf("archived: %s", got)
	}
}
