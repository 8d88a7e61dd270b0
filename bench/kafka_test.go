package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/scrubline/scrubline/deploy/components"
	"github.com/scrubline/scrubline/ingest"
	ingestfile "github.com/scrubline/scrubline/ingest/file"
	"github.com/scrubline/scrubline/ingest/kafka"
	"github.com/scrubline/scrubline/pipeline"
	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/object/s3"
	"github.com/scrubline/scrubline/store/clickhouse"
	"github.com/scrubline/scrubline/store/engine/enginetest"
)

// BenchmarkKafka carries messages of one record each from a broker through the whole
// product, with the archive in a bucket with Object Lock: when an iteration ends
// each is archived and visible in ClickHouse. Processor time is our own and
// ClickHouse's; the broker and MinIO, on the same machine, are not counted. %of-file
// is its records/cpu-s in percent of those of the same lines in a compressed file and
// an archive in a folder.
func BenchmarkKafka(b *testing.B) {
	for _, format := range []string{"alb", "cloudtrail", "app"} {
		b.Run(format, func(b *testing.B) {
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
			addr, _ := components.Kafka(b)
			client, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.AllowAutoTopicCreation(), kgo.DefaultProduceTopic(format), kgo.ProducerBatchCompression(kgo.ZstdCompression()))
			if err != nil {
				b.Fatal(err)
			}
			defer client.Close()
			r := runner(b, b.TempDir(), bucket(b), store, runtime.GOMAXPROCS(0), 0)
			dir := b.TempDir()
			files := runner(b, dir, nil, store, 1, 0)
			in, err := kafka.New(kafka.Config{Brokers: []string{addr}, Topics: []kafka.Topic{{Name: format}}, Group: "bench", Log: zerolog.Nop()})
			if err != nil {
				b.Fatal(err)
			}
			var wall, cpu, engines, file time.Duration
			var records, size int
			for i := 0; b.Loop(); i++ {
				b.StopTimer()
				t := newTraffic(format, corpusSize, ordinary, uint64(i))
				for line := range bytes.Lines(t.log) {
					client.Produce(ctx, &kgo.Record{Value: bytes.TrimSuffix(line, []byte("\n"))}, func(_ *kgo.Record, err error) {
						if err != nil {
							b.Error(err)
						}
					})
				}
				if err := client.Flush(ctx); err != nil {
					b.Fatal(err)
				}
				records, size = records+t.records, size+len(t.log)
				path := filepath.Join(dir, fmt.Sprintf("%d.log.gz", i))
				if err := os.WriteFile(path, compressed(t.log), 0o600); err != nil {
					b.Fatal(err)
				}
				before := spent(syscall.RUSAGE_SELF) + child(b)
				if err := files.Run(ctx, &ingestfile.Input{Paths: []string{path}}, func(_ ingest.Payload, res pipeline.Result) {
					if int(res.Events) != t.records {
						b.Errorf("%d events of %d records", res.Events, t.records)
					}
				}); err != nil {
					b.Fatal(err)
				}
				file += spent(syscall.RUSAGE_SELF) + child(b) - before
				running, cancel := context.WithCancel(ctx)
				events := 0
				b.StartTimer()
				start, ours, theirs := time.Now(), spent(syscall.RUSAGE_SELF), child(b)
				err := r.Run(ctx, ending{running, in}, func(_ ingest.Payload, res pipeline.Result) {
					if events += int(res.Events); events >= t.records {
						cancel()
					}
				})
				cancel()
				wall, engines = wall+time.Since(start), engines+child(b)-theirs
				cpu += spent(syscall.RUSAGE_SELF) - ours
				if err != nil || events != t.records {
					b.Fatalf("%v: %d events of %d messages", err, events, t.records)
				}
			}
			report(b, size/b.N, records/b.N, cpu+engines)
			b.ReportMetric(100*engines.Seconds()/(cpu+engines).Seconds(), "%clickhouse")
			b.ReportMetric(float64(records)/wall.Seconds(), "records/s")
			b.ReportMetric(100*file.Seconds()/(cpu+engines).Seconds(), "%of-file")
		})
	}
}

// bucket is a bucket of MinIO that locks what is put into it.
func bucket(b *testing.B) object.Store {
	b.Helper()
	endpoint, _ := components.MinIO(b)
	api := awss3.New(awss3.Options{
		BaseEndpoint: &endpoint, Region: "us-east-1", UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(components.MinIOUser, components.MinIOPassword, ""),
	})
	if _, err := api.CreateBucket(b.Context(), &awss3.CreateBucketInput{Bucket: aws.String("archive"), ObjectLockEnabledForBucket: aws.Bool(true)}); err != nil {
		b.Fatal(err)
	}
	return s3.New(api, s3.Options{Bucket: "archive", Keep: object.Period{Days: 1}})
}
