package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	objects "github.com/scrubline/scrubline/store/archive/object/s3"
)

// inputs asks what can be asked of S3 and SQS without taking or changing anything.
// Whether an object can be read, and its key used, shows when the first one comes.
func (c *checkup) inputs(ctx context.Context) {
	for i := range c.cfg.Inputs.S3 {
		s := &c.cfg.Inputs.S3[i]
		clients, err := (&node{cfg: c.cfg}).newS3Clients(ctx, s)
		if err != nil {
			c.broken("inputs.s3", "configuration", "inputs.s3, aws", err)
			continue
		}
		if s.Queue != "" {
			c.queue(ctx, clients.reach.sqs(clients.base), s.Queue)
		}
		buckets := map[string]string{} // by bucket, the prefix to look below
		for bucket := range s.Roles {
			buckets[bucket] = ""
		}
		for _, where := range s.Sweep.Buckets {
			if bucket, prefix, ok := bucketOf(where); ok {
				buckets[bucket] = prefix
			} else {
				c.broken("inputs.s3", "sweep", "write s3://bucket/prefix", fmt.Errorf("%q names no bucket", where))
			}
		}
		for _, bucket := range slices.Sorted(maps.Keys(buckets)) {
			_, err := clients.byARN[s.Roles[bucket]].ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: aws.String(buckets[bucket]), MaxKeys: aws.Int32(1)})
			if err != nil {
				c.broken("bucket "+bucket, "list", "allow s3:ListBucket and s3:GetObject to who reads it; inputs.s3.roles, aws", err)
			}
		}
	}
}

// queue looks at a queue's settings.
func (c *checkup) queue(ctx context.Context, client *sqs.Client, url string) {
	where := "queue " + url
	out, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll}})
	if err != nil {
		c.broken(where, "attributes", "allow sqs:GetQueueAttributes, sqs:ReceiveMessage, sqs:DeleteMessage and sqs:ChangeMessageVisibility; inputs.s3.queue, aws", err)
		return
	}
	if out.Attributes[string(types.QueueAttributeNameRedrivePolicy)] == "" {
		c.add(where, objects.Remark{Grade: objects.Weak, About: "dead_letters", Text: "it has no dead-letter queue: a message that cannot be read comes back until it expires", Fix: "give it a redrive policy"})
	}
	if _, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: aws.String(url), MaxNumberOfMessages: 11, VisibilityTimeout: 0}); denied(err) {
		c.broken(where, "receive", "allow sqs:ReceiveMessage", errors.New("messages may not be received"))
	}
}

// denied says whether an answer was about permissions. The request above is one that
// no server can fulfil, so that no message is taken.
func denied(err error) bool {
	var coded interface{ ErrorCode() string }
	return errors.As(err, &coded) && (coded.ErrorCode() == "AccessDenied" || coded.ErrorCode() == "AccessDeniedException")
}
