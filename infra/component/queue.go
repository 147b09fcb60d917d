package component

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newDeadLetters creates a queue for what could not be done. allowed says which
// services may send to it by themselves, beside the roles that may.
//
// The policy is what senders wait for: before, what they send is refused.
func newDeadLetters(ctx *pulumi.Context, name string, days int, key *Key, allowed func(queue *sqs.Queue) []Statement, opts ...pulumi.ResourceOption) (queue *sqs.Queue, policy *sqs.QueuePolicy, err error) {
	args := &sqs.QueueArgs{MessageRetentionSeconds: pulumi.Int(days * 24 * 60 * 60)}
	if args.KmsMasterKeyId = key.id(); key == nil {
		args.SqsManagedSseEnabled = pulumi.Bool(true)
	}
	queue, err = sqs.NewQueue(ctx, name, args, opts...)
	if err != nil {
		return nil, nil, err
	}
	policy, err = sqs.NewQueuePolicy(ctx, name, &sqs.QueuePolicyArgs{
		QueueUrl: queue.Url,
		Policy:   policyDocument(append(allowed(queue), tlsOnly("sqs", queue.Arn))...),
	}, opts...)
	return queue, policy, err
}

// rolesAlone is for a queue to which no service sends by itself.
func rolesAlone(*sqs.Queue) []Statement { return nil }

// sendFrom lets a service send to a queue on behalf of the sources alone. account is
// nil for a service that is not known to say it; the sources' ARNs have it.
func sendFrom(sid, service string, account pulumi.StringInput, sources pulumi.Input) func(*sqs.Queue) Statement {
	conditions := pulumi.Map{"ArnEquals": pulumi.Map{"aws:SourceArn": sources}}
	if account != nil {
		conditions["StringEquals"] = pulumi.Map{"aws:SourceAccount": account}
	}
	return func(queue *sqs.Queue) Statement {
		return Statement{
			Sid:       sid,
			Principal: pulumi.Map{"Service": pulumi.String(service)},
			Action:    []string{"sqs:SendMessage"},
			Resource:  queue.Arn,
			Condition: conditions,
		}
	}
}
