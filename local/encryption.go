package local

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/pixline/pixline/local/access"
	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/graph"
)

// The uses of a key for data.
const (
	decrypt         = "kms:Decrypt"
	generateDataKey = "kms:GenerateDataKey"
)

// keyUses is what a service does with the key of a resource, as its caller, for
// an action on it. Sources: S3 User Guide, "Using server-side encryption with AWS
// KMS keys"; SNS and SQS Developer Guides, "Key management".
var keyUses = map[string][]string{
	"s3:GetObject":        {decrypt},
	"s3:GetObjectVersion": {decrypt},
	"s3:PutObject":        {generateDataKey},
	"sns:Publish":         {generateDataKey, decrypt},
	"sqs:SendMessage":     {generateDataKey, decrypt},
	"sqs:ReceiveMessage":  {decrypt},
}

// keyDenied is how a service tells that its caller may not use the key.
// Source: the API reference of each, "Errors".
var keyDenied = map[string]awsapi.Error{
	"s3":     {Code: "AccessDenied", Status: http.StatusForbidden},
	"sns":    {Code: "KMSAccessDenied", Status: http.StatusBadRequest},
	"sqs":    {Code: "KMS.AccessDeniedException", Status: http.StatusBadRequest},
	"lambda": {Code: "KMSAccessDeniedException", Status: http.StatusBadGateway},
}

// encryption knows by which key each resource is encrypted. Nothing is encrypted on
// this machine: what it emulates is who may use the keys.
type encryption struct {
	access *access.Service
	keys   map[string]string // by the ARN of the bucket, topic, queue, function or log group
}

// newEncryption reads the keys of the graph and their policies.
func newEncryption(g *graph.Graph, a *access.Service) (*encryption, error) {
	e := &encryption{access: a, keys: map[string]string{}}
	known := map[string]bool{}
	for _, r := range g.Of("aws:kms/key:Key") {
		known[r.String("arn")] = true
		if err := a.SetResourcePolicy(r.String("arn"), []byte(r.String("policy"))); err != nil {
			return nil, err
		}
	}
	for kind, property := range map[string]string{
		"aws:sns/topic:Topic": "kmsMasterKeyId", "aws:sqs/queue:Queue": "kmsMasterKeyId",
		"aws:lambda/function:Function": "kmsKeyArn", "aws:cloudwatch/logGroup:LogGroup": "kmsKeyId",
	} {
		for _, r := range g.Of(kind) {
			if key := r.String(property); key != "" {
				e.keys[r.String("arn")] = key
			}
		}
	}
	for _, r := range g.Of("aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2") {
		var c struct {
			Bucket string `json:"bucket"`
			Rules  []struct {
				Default struct {
					Key string `json:"kmsMasterKeyId"`
				} `json:"applyServerSideEncryptionByDefault"`
			} `json:"rules"`
		}
		if err := r.Decode(&c); err != nil {
			return nil, err
		}
		for _, rule := range c.Rules {
			if rule.Default.Key != "" {
				e.keys["arn:aws:s3:::"+c.Bucket] = rule.Default.Key
			}
		}
	}
	for _, resource := range slices.Sorted(maps.Keys(e.keys)) {
		if !known[e.keys[resource]] {
			return nil, fmt.Errorf("%s is encrypted by %s, which is no key of the program: the local runner knows those alone", resource, e.keys[resource])
		}
	}
	return e, nil
}

// Authorize asks for the action, and then for what it does with the key of the
// resource.
func (e *encryption) Authorize(ctx context.Context, action, resource string) error {
	if err := e.access.Authorize(ctx, action, resource); err != nil {
		return err
	}
	return e.use(ctx, resource, keyUses[action]...)
}

// use asks whether the caller may use the key of a resource, if it has one.
func (e *encryption) use(ctx context.Context, resource string, actions ...string) error {
	service := strings.SplitN(resource, ":", 4)
	if len(service) < 4 { // "*", which has no key
		return nil
	}
	if service[2] == "s3" {
		resource, _, _ = strings.Cut(resource, "/") // the bucket's, for its objects
	}
	key := e.keys[resource]
	if key == "" {
		return nil
	}
	err := e.access.UseKey(ctx, key, service[2], nil, actions...)
	refused, ok := errors.AsType[*awsapi.Error](err)
	if !ok {
		return err
	}
	own := keyDenied[service[2]]
	own.Message = refused.Message
	return &own
}

// checkGroups refuses what CloudWatch Logs refuses when a group is created: a
// key that it may not use for it.
func (e *encryption) checkGroups(ctx context.Context, g *graph.Graph) error {
	ctx = access.WithPrincipal(ctx, access.Principal{Service: "logs." + g.Region + ".amazonaws.com"})
	var problems []error
	for _, r := range g.Of("aws:cloudwatch/logGroup:LogGroup") {
		key, of := e.keys[r.String("arn")], map[string]string{"aws:logs:arn": r.String("arn")}
		if key == "" {
			continue
		}
		if err := e.access.UseKey(ctx, key, "logs", of, "kms:Encrypt", decrypt, "kms:ReEncryptFrom", "kms:ReEncryptTo", generateDataKey, "kms:DescribeKey"); err != nil {
			problems = append(problems, fmt.Errorf("create log group %s: %w", r.String("name"), err))
		}
	}
	return errors.Join(problems...)
}
