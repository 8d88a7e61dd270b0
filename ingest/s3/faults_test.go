package s3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/deploy/components"
	"github.com/scrubline/scrubline/ingest"
)

// TestFaultyNetwork: connections to MinIO and SQS that are reset, cut after some
// bytes, and slow; objects of all sizes, each announced twice and in no order. Each
// object is carried, byte for byte, and each message settled in the end.
func TestFaultyNetwork(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes some seconds")
	}
	endpoint, _ := components.MinIO(t)
	queues, _ := components.SQS(t)
	account := credentials.NewStaticCredentialsProvider(components.MinIOUser, components.MinIOPassword, "")
	client := func(url string) *awss3.Client {
		return awss3.New(awss3.Options{BaseEndpoint: &url, Region: "us-east-1", Credentials: account, UsePathStyle: true, DisableLogOutputChecksumValidationSkipped: true})
	}
	queue := func(url string) *sqs.Client {
		return sqs.New(sqs.Options{BaseEndpoint: &url, Region: "us-east-1", Credentials: account})
	}
	ctx := t.Context()
	direct, q := client(endpoint), queue(queues)
	made, err := q.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("logs")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := direct.CreateBucket(ctx, &awss3.CreateBucketInput{Bucket: aws.String("logs")}); err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	want := map[string][32]byte{}
	var messages []string
	for i := range 60 {
		body := make([]byte, rnd.IntN(1<<(8+i%15)))
		if i < 2 {
			body = make([]byte, small+1+i) // read as it is asked for
		}
		for j := range body {
			body[j] = byte(rnd.Uint32())
		}
		key := fmt.Sprint("k", i)
		out, err := direct.PutObject(ctx, &awss3.PutObjectInput{Bucket: aws.String("logs"), Key: &key, Body: bytes.NewReader(body)})
		if err != nil {
			t.Fatal(err)
		}
		want["s3://logs/"+key] = sha256.Sum256(body)
		m := created(&stored{bucket: "logs", key: key, etag: unquote(*out.ETag), body: body})
		messages = append(messages, m, m)
	}
	rnd.Shuffle(len(messages), func(i, j int) { messages[i], messages[j] = messages[j], messages[i] })
	for _, m := range messages {
		if _, err := q.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: made.QueueUrl, MessageBody: &m}); err != nil {
			t.Fatal(err)
		}
	}
	bad := client(components.Faults(t, endpoint,
		`{"name":"slow","type":"latency","stream":"downstream","toxicity":0.3,"attributes":{"latency":20,"jitter":20}}`,
		`{"name":"reset","type":"reset_peer","stream":"downstream","toxicity":0.2,"attributes":{"timeout":30}}`,
		`{"name":"cut","type":"limit_data","stream":"downstream","toxicity":0.4,"attributes":{"bytes":400000}}`))
	badQueue := queue(components.Faults(t, queues, `{"name":"reset","type":"reset_peer","stream":"downstream","toxicity":0.2,"attributes":{"timeout":100}}`))
	in := &Input{Queue: badQueue, URL: *made.QueueUrl, Client: func(string) Client { return bad }, Visibility: 20 * time.Second, Log: zerolog.Nop(), Counts: &Counts{}}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	var mu sync.Mutex
	got := map[string][32]byte{}
	go func() {
		defer cancel()
		for ctx.Err() == nil {
			time.Sleep(100 * time.Millisecond)
			out, err := q.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: made.QueueUrl, AttributeNames: []types.QueueAttributeName{"All"}})
			if err == nil && out.Attributes["ApproximateNumberOfMessages"] == "0" && out.Attributes["ApproximateNumberOfMessagesNotVisible"] == "0" {
				return
			}
		}
	}()
	err = in.Run(ctx, func(ctx context.Context, p ingest.Payload) error {
		rc, err := p.Open(ctx)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(rc)
		_ = rc.Close()
		if err == nil {
			mu.Lock()
			got[p.Origin.Name] = sha256.Sum256(body)
			mu.Unlock()
		}
		go p.Done(err)
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	mu.Lock()
	defer mu.Unlock()
	for k, h := range want {
		if got[k] != h {
			t.Errorf("%s is missing or differs", k)
		}
	}
	t.Logf("%d messages, %d received, %d given back", len(messages), in.Counts.Received.Load(), in.Counts.Returned.Load())
}
