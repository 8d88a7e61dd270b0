package bench

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"golang.org/x/sync/errgroup"

	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/deploy/components"
	"github.com/scrubline/scrubline/ingest"
	s3in "github.com/scrubline/scrubline/ingest/s3"
	"github.com/scrubline/scrubline/pipeline"
	"github.com/scrubline/scrubline/store/clickhouse"
	"github.com/scrubline/scrubline/store/engine/enginetest"
)

// BenchmarkS3 carries CloudTrail's usual small objects, about 20 KB compressed, from
// MinIO, announced by SQS, through the whole product: when an iteration ends each is
// archived, visible in ClickHouse, and its message deleted. objects/s is by the
// clock, with MinIO and the queue on the same machine; cpu-ms/object is our own and
// ClickHouse's processor time. Addresses are linked as run does, in rounds of two
// seconds, so each object is looked through twice.
func BenchmarkS3(b *testing.B) {
	const objects = 1000
	ctx := context.Background()
	e := enginetest.Start(b)
	store, err := clickhouse.Open(ctx, clickhouse.Config{Addr: []string{e.Addr}, User: e.User, Password: e.Password, Database: e.Database})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	if err := store.Migrate(ctx); err != nil {
		b.Fatal(err)
	}
	endpoint, _ := components.MinIO(b)
	queues, _ := components.SQS(b)
	account := credentials.NewStaticCredentialsProvider(components.MinIOUser, components.MinIOPassword, "")
	bucket := s3.New(s3.Options{BaseEndpoint: &endpoint, Region: "us-east-1", Credentials: account, UsePathStyle: true, DisableLogOutputChecksumValidationSkipped: true})
	queue := sqs.New(sqs.Options{BaseEndpoint: &queues, Region: "us-east-1", Credentials: account})
	made, err := queue.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("logs")})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := bucket.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("trail")}); err != nil {
		b.Fatal(err)
	}
	r := runner(b, b.TempDir(), nil, store, runtime.GOMAXPROCS(0), 2*time.Second)
	var wall, cpu time.Duration
	records, size := 0, 0
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		records, size = announce(b, bucket, queue, *made.QueueUrl, i, objects)
		in := &s3in.Input{Queue: queue, URL: *made.QueueUrl, Client: func(string) s3in.Client { return bucket }, Log: zerolog.Nop(), Counts: &s3in.Counts{}}
		ctx, cancel := context.WithCancel(ctx)
		var events, done int
		b.StartTimer()
		start, ours := time.Now(), spent(syscall.RUSAGE_SELF)+child(b)
		err := r.Run(context.WithoutCancel(ctx), ending{ctx, in}, func(_ ingest.Payload, res pipeline.Result) {
			events += int(res.Events)
			if done++; done == objects {
				cancel()
			}
		})
		wall, cpu = wall+time.Since(start), cpu+spent(syscall.RUSAGE_SELF)+child(b)-ours
		cancel()
		if err != nil || events != records || in.Counts.Settled.Load() != objects {
			b.Fatalf("%v: %d events of %d, %d messages settled", err, events, records, in.Counts.Settled.Load())
		}
	}
	n := float64(b.N * objects)
	b.ReportMetric(n/wall.Seconds(), "objects/s")
	b.ReportMetric(cpu.Seconds()*1000/n, "cpu-ms/object")
	b.ReportMetric(float64(size)/objects/1000, "KB/object")
	b.ReportMetric(0, "ns/op")
}

// ending ends an input with a context, without failing it.
type ending struct {
	ctx context.Context
	in  ingest.Input
}

func (e ending) Run(ctx context.Context, emit func(context.Context, ingest.Payload) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer context.AfterFunc(e.ctx, cancel)()
	_ = e.in.Run(ctx, emit)
	return nil
}

// announce puts objects into the bucket and a message for each into the queue.
func announce(b *testing.B, bucket *s3.Client, queue *sqs.Client, url string, round, objects int) (records, size int) {
	b.Helper()
	ctx := context.Background()
	var group errgroup.Group
	group.SetLimit(8)
	etags, sizes := make([]string, objects), make([]int, objects)
	key := func(i int) string {
		return fmt.Sprintf("AWSLogs/111122223333/CloudTrail/us-east-1/2026/05/04/%d-%d.json.gz", round, i)
	}
	for i := range objects {
		t := newTraffic("cloudtrail", 130<<10, ordinary, uint64(round*objects+i))
		records += t.records
		group.Go(func() error {
			z := compressed(t.log)
			out, err := bucket.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("trail"), Key: aws.String(key(i)), Body: bytes.NewReader(z)})
			if err == nil {
				etags[i], sizes[i] = *out.ETag, len(z)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
	for i := 0; i < objects; i += 10 {
		var entries []types.SendMessageBatchRequestEntry
		for j := i; j < min(i+10, objects); j++ {
			size += sizes[j]
			entries = append(entries, types.SendMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(j)), MessageBody: aws.String(fmt.Sprintf(
				`{"Records":[{"eventSource":"aws:s3","eventTime":"2026-05-04T06:00:00.000Z","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"trail"},"object":{"key":%q,"size":%d,"eTag":%q}}}]}`,
				key(j), sizes[j], etags[j]))})
		}
		if _, err := queue.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: &url, Entries: entries}); err != nil {
			b.Fatal(err)
		}
	}
	return records, size
}
