package route

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

// SNSClient is the part of sns.Client that is used.
type SNSClient interface {
	Publish(ctx context.Context, in *sns.PublishInput, opts ...func(*sns.Options)) (*sns.PublishOutput, error)
}

// SNS publishes to a topic. On a FIFO topic the notice's id is the deduplication
// id, on others the attribute "id".
type SNS struct {
	Client SNSClient
	Topic  string // ARN
	OCSF   bool
}

// Send implements Route.
func (s *SNS) Send(ctx context.Context, n *Notice) error {
	in := &sns.PublishInput{
		TopicArn: &s.Topic, Message: aws.String(string(n.Body(s.OCSF))), Subject: aws.String(subject(n.Title())),
		MessageAttributes: map[string]snstypes.MessageAttributeValue{
			"id": {DataType: aws.String("String"), StringValue: &n.ID}, "level": {DataType: aws.String("String"), StringValue: aws.String(level(n))},
		},
	}
	if strings.HasSuffix(s.Topic, ".fifo") {
		in.MessageGroupId, in.MessageDeduplicationId = aws.String("alerts"), &n.ID
	}
	_, err := s.Client.Publish(ctx, in)
	return awsError(err)
}

// SQSClient is the part of sqs.Client that is used.
type SQSClient interface {
	SendMessage(ctx context.Context, in *sqs.SendMessageInput, opts ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
}

// SQS sends to a queue, as SNS to a topic.
type SQS struct {
	Client SQSClient
	Queue  string // URL
	OCSF   bool
}

// Send implements Route.
func (s *SQS) Send(ctx context.Context, n *Notice) error {
	in := &sqs.SendMessageInput{
		QueueUrl: &s.Queue, MessageBody: aws.String(string(n.Body(s.OCSF))),
		MessageAttributes: map[string]sqstypes.MessageAttributeValue{
			"id": {DataType: aws.String("String"), StringValue: &n.ID}, "level": {DataType: aws.String("String"), StringValue: aws.String(level(n))},
		},
	}
	if strings.HasSuffix(s.Queue, ".fifo") {
		in.MessageGroupId, in.MessageDeduplicationId = aws.String("alerts"), &n.ID
	}
	_, err := s.Client.SendMessage(ctx, in)
	return awsError(err)
}

// level is an attribute's value, which must not be empty.
func level(n *Notice) string {
	if n.Alert.Level == "" {
		return "low"
	}
	return n.Alert.Level
}

// subject is at most 100 printable ASCII characters, as SNS asks for.
func subject(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
	return cut(s, 100)
}

// awsError keeps the service's code. Codes of the sender's making are permanent
// but for throttling and credentials, which somebody may mend.
func awsError(err error) error {
	if err == nil {
		return nil
	}
	if ae, ok := errors.AsType[smithy.APIError](err); ok {
		c := ae.ErrorCode()
		return &Error{"aws " + cut(c, 64), strings.HasPrefix(c, "InvalidParameter") || strings.HasPrefix(c, "InvalidMessage")}
	}
	return &Error{code(err), false}
}
