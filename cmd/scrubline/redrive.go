package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

type redriveCmd struct{}

// Run asks SQS to move what lies in the dead-letter queues of the configured queues
// back to them. SQS does it by itself from then on.
func (c *redriveCmd) Run(ctx context.Context, g *globals) error {
	cfg, err := g.load()
	if err != nil {
		return err
	}
	asked := 0
	for i := range cfg.Inputs.S3 {
		s := &cfg.Inputs.S3[i]
		if s.Queue == "" {
			continue
		}
		reach := s.AWS.or(cfg.AWS)
		base, err := reach.load(ctx)
		if err != nil {
			return err
		}
		n, err := redrive(ctx, reach.sqs(base), s.Queue)
		if err != nil {
			return fmt.Errorf("redriving to %s: %w", s.Queue, err)
		}
		fmt.Printf("%s: about %s messages move back\n", s.Queue, n)
		asked++
	}
	if asked == 0 {
		return &exitError{exitUsage, errors.New("the configuration has no queue in inputs.s3")}
	}
	return nil
}

// redrive begins to move messages back to a queue, and says how many there are.
func redrive(ctx context.Context, c *sqs.Client, queue string) (messages string, err error) {
	out, err := c.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &queue, AttributeNames: []types.QueueAttributeName{"QueueArn", "RedrivePolicy"}})
	if err != nil {
		return "", err
	}
	var policy struct {
		Dead string `json:"deadLetterTargetArn"`
	}
	if json.Unmarshal([]byte(out.Attributes["RedrivePolicy"]), &policy) != nil || policy.Dead == "" {
		return "", errors.New("it has no dead-letter queue")
	}
	to := out.Attributes["QueueArn"]
	task, err := c.StartMessageMoveTask(ctx, &sqs.StartMessageMoveTaskInput{SourceArn: &policy.Dead, DestinationArn: &to})
	if err != nil {
		return "", err
	}
	list, err := c.ListMessageMoveTasks(ctx, &sqs.ListMessageMoveTasksInput{SourceArn: &policy.Dead})
	if err != nil {
		return "", err
	}
	for _, r := range list.Results {
		if task.TaskHandle == nil || r.TaskHandle == nil || *r.TaskHandle == *task.TaskHandle {
			if r.ApproximateNumberOfMessagesToMove != nil {
				return fmt.Sprint(*r.ApproximateNumberOfMessagesToMove), nil
			}
		}
	}
	return "?", nil
}
