// Package client talks to a pipeline, on AWS or on this machine, through the
// same calls: S3 for uploads, POST /process, Step Functions for the history.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/pixline/pixline/pkg/contract"
)

// Stack is what `pulumi stack output --json` prints, and what the local runner
// writes, of which only the latter has AWSEndpoint.
type Stack struct {
	ProcessURL      string   `json:"processUrl"`
	InputBucket     string   `json:"inputBucket"`
	OutputBucket    string   `json:"outputBucket"`
	StateMachineARN string   `json:"stateMachineArn"`
	TopicARN        string   `json:"topicArn"`
	Dashboards      []string `json:"dashboards"`
	APIAuth         string   `json:"apiAuth"`          // one of config.AuthNone, …
	APIKey          string   `json:"apiKey,omitempty"` // with config.AuthAPIKey
	AWSEndpoint     string   `json:"awsEndpoint,omitempty"`
	Clock           *Clock   `json:"clock,omitempty"` // of a local runner
}

// Clock is CloudWatch's time on a local runner: what it showed at a time of the
// machine, and how many times as fast it runs.
type Clock struct {
	Machine time.Time `json:"machine"`
	Shown   time.Time `json:"shown"`
	Speed   float64   `json:"speed"`
}

// Now is the present of the stack's CloudWatch.
func (s Stack) Now() time.Time {
	now := time.Now()
	if s.Clock == nil {
		return now
	}
	return s.Clock.Shown.Add(time.Duration(float64(now.Sub(s.Clock.Machine)) * s.Clock.Speed))
}

// Client is a client of one stack.
type Client struct {
	Stack  Stack
	S3     *s3.Client
	SFN    *sfn.Client
	config aws.Config
	http   *http.Client
	sign   signer
	starts pace // of executions
	reads  pace // the API allows each method its own rate
}

// New returns a client. On AWS the usual configuration applies; the local
// runner takes the emulators' key.
func New(ctx context.Context, stack Stack) (*Client, error) {
	if err := stack.check(); err != nil {
		return nil, err
	}
	arn := strings.Split(stack.StateMachineARN, ":")
	if len(arn) < 7 {
		return nil, fmt.Errorf("the stack's stateMachineArn is %q, which is no ARN", stack.StateMachineARN)
	}
	c, err := configuration(ctx, stack, arn[3])
	if err != nil {
		return nil, err
	}
	return &Client{
		Stack:  stack,
		config: c,
		S3:     s3.NewFromConfig(c, func(o *s3.Options) { o.UsePathStyle = stack.AWSEndpoint != "" }),
		SFN:    sfn.NewFromConfig(c),
		http:   &http.Client{Timeout: 35 * time.Second}, // longer than API Gateway's 29
		sign:   signerFor(stack, c),
	}, nil
}

func configuration(ctx context.Context, stack Stack, region string) (aws.Config, error) {
	if stack.AWSEndpoint != "" {
		// Nothing that is set up for AWS may matter, or break, here.
		return aws.Config{
			Region:       region,
			BaseEndpoint: &stack.AWSEndpoint,
			Credentials:  credentials.NewStaticCredentialsProvider("test", "test", ""),
		}, nil
	}
	c, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		return c, fmt.Errorf("load the AWS configuration: %w", err)
	}
	return c, nil
}

// Upload stores an image in the input bucket.
func (c *Client) Upload(ctx context.Context, key string, data []byte) error {
	_, err := c.S3.PutObject(ctx, &s3.PutObjectInput{Bucket: &c.Stack.InputBucket, Key: &key, Body: bytes.NewReader(data)})
	if err != nil {
		return fmt.Errorf("upload to s3://%s/%s: %w", c.Stack.InputBucket, key, err)
	}
	return nil
}

// Accepted is the answer to POST /process.
type Accepted struct {
	ExecutionID  string `json:"executionId"`
	ExecutionARN string `json:"executionArn"`
	StatusURL    string `json:"statusUrl"`
}

// Execution is the answer to GET /executions/{executionId}.
type Execution struct {
	ExecutionID string            `json:"executionId,omitempty"`
	Status      string            `json:"status,omitempty"`
	StartDate   float64           `json:"startDate,omitempty"` // seconds since 1970
	StopDate    float64           `json:"stopDate,omitempty"`  // 0 while it runs
	Outcome     *contract.Outcome `json:"outcome,omitempty"`
	Error       string            `json:"error,omitempty"`
	Cause       string            `json:"cause,omitempty"`
}

// Running reports whether the execution has not ended.
func (e Execution) Running() bool { return e.Status == "RUNNING" }

// Process starts an execution. With an idempotency key, the same request gets
// the same execution while it runs.
func (c *Client) Process(ctx context.Context, r contract.Request, idempotencyKey string) (Accepted, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return Accepted{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Stack.ProcessURL, bytes.NewReader(body))
	if err != nil {
		return Accepted{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	if idempotencyKey != "" {
		req.Header.Set(contract.HeaderIdempotencyKey, idempotencyKey)
	}
	var accepted Accepted
	return accepted, c.call(req, body, http.StatusAccepted, &accepted)
}

// Execution reads how an execution stands.
func (c *Client) Execution(ctx context.Context, id string) (Execution, error) {
	base := strings.TrimSuffix(c.Stack.ProcessURL, contract.PathProcess)
	path := strings.Replace(contract.PathExecution, "{executionId}", url.PathEscape(id), 1)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+path, nil)
	if err != nil {
		return Execution{}, err
	}
	var execution Execution
	return execution, c.call(req, nil, http.StatusOK, &execution)
}

// Wait reads an execution until it has ended.
func (c *Client) Wait(ctx context.Context, id string) (Execution, error) {
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		execution, err := c.Execution(ctx, id)
		if err != nil || !execution.Running() {
			return execution, err
		}
		select {
		case <-ctx.Done():
			return execution, ctx.Err()
		case <-time.After(pause):
		}
	}
}
