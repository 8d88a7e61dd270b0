package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconf "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// awsConfig says how AWS is reached, or servers that speak its protocols. The
// section aws holds for everything that says nothing else. What is empty comes
// from where AWS's own tools take it: the environment, the shared files, the
// machine's role.
type awsConfig struct {
	Region     string            `yaml:"region"`
	Profile    string            `yaml:"profile"`     // of the shared files
	Endpoints  map[string]string `yaml:"endpoints"`   // URL by service: s3, sqs, sts, kms, cloudtrail
	RoleARN    string            `yaml:"role_arn"`    // to assume
	ExternalID string            `yaml:"external_id"` // of the role, if its owner asks for one
}

// sessionName is how our calls appear in the CloudTrail of a role's owner.
const sessionName = "scrubline"

// answerTime is how long a server may take until it begins to answer. A long poll
// of SQS takes 20 seconds.
const answerTime = 60 * time.Second

// or fills what is empty in a from b.
func (a awsConfig) or(b awsConfig) awsConfig {
	a.Region, a.Profile = cmp.Or(a.Region, b.Region), cmp.Or(a.Profile, b.Profile)
	if a.RoleARN == "" {
		a.RoleARN, a.ExternalID = b.RoleARN, b.ExternalID
	}
	endpoints := maps.Clone(b.Endpoints)
	if endpoints == nil {
		endpoints = map[string]string{}
	}
	maps.Copy(endpoints, a.Endpoints)
	a.Endpoints = endpoints
	return a
}

// load reads what a leaves open and returns a configuration that clients can be
// made of. No call to AWS is made but where credentials need one, at first use.
func (a awsConfig) load(ctx context.Context) (aws.Config, error) {
	opts := []func(*awsconf.LoadOptions) error{
		awsconf.WithHTTPClient(awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.ResponseHeaderTimeout = answerTime
			t.MaxIdleConnsPerHost = 64 // as many as ask at a time: connections are not made anew for each object
		})),
	}
	if a.Region != "" {
		opts = append(opts, awsconf.WithRegion(a.Region))
	}
	if a.Profile != "" {
		opts = append(opts, awsconf.WithSharedConfigProfile(a.Profile))
	}
	c, err := awsconf.LoadDefaultConfig(ctx, opts...)
	if err != nil {
		return c, fmt.Errorf("loading the AWS configuration: %w", err)
	}
	return a.assume(c, a.RoleARN, a.ExternalID), nil
}

// assume returns c as the principal of a role, or as it is if there is none.
func (a awsConfig) assume(c aws.Config, role, externalID string) aws.Config {
	if role == "" {
		return c
	}
	client := sts.NewFromConfig(c, func(o *sts.Options) { o.BaseEndpoint = a.endpoint("sts", o.BaseEndpoint) })
	c = c.Copy()
	c.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(client, role, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = sessionName
		if externalID != "" {
			o.ExternalID = &externalID
		}
	}))
	return c
}

// endpoint returns where a service is, or what the SDK thinks.
func (a awsConfig) endpoint(service string, otherwise *string) *string {
	if url, ok := a.Endpoints[service]; ok {
		return &url
	}
	return otherwise
}

// s3 returns a client. Servers other than AWS name buckets in the path.
func (a awsConfig) s3(c aws.Config, opts ...func(*s3.Options)) *s3.Client {
	return s3.NewFromConfig(c, append([]func(*s3.Options){func(o *s3.Options) {
		o.BaseEndpoint = a.endpoint("s3", o.BaseEndpoint)
		o.UsePathStyle = o.BaseEndpoint != nil
	}}, opts...)...)
}

// sqs returns a client.
func (a awsConfig) sqs(c aws.Config) *sqs.Client {
	return sqs.NewFromConfig(c, func(o *sqs.Options) { o.BaseEndpoint = a.endpoint("sqs", o.BaseEndpoint) })
}
