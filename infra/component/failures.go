package component

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pixline/pixline/infra/config"
	"github.com/pixline/pixline/pkg/contract"
)

// statusChange is the detail-type of the events that Step Functions sends.
const statusChange = "Step Functions Execution Status Change"

// ends are the statuses of executions that did not do what they were started
// for. Those with a code tell nobody by themselves: they are cut off.
var ends = []struct {
	rule   string // its name in the program: at most 8 characters, of the 64 of a physical name
	status string
	code   string // of the reason in the outcome
	text   string
}{
	{rule: "failed", status: "FAILED"},
	{rule: "timedout", status: "TIMED_OUT", code: contract.CodeTimeout, text: "The execution took longer than it may."},
	{rule: "aborted", status: "ABORTED", code: contract.CodeAborted, text: "The execution was stopped."},
}

// FailuresArgs configures Failures.
type FailuresArgs struct {
	StateMachineARN pulumi.StringOutput
	TopicARN        pulumi.StringOutput
	TopicPolicy     pulumi.Resource     // without it, the topic refuses the rules
	AlarmTopicARN   pulumi.StringOutput // whose subscriptions have dead letters, too
	Account         pulumi.StringInput
	DeadLetterDays  int
	Key             *Key
}

// Failures is where what went wrong ends up: executions in the queue
// failed-executions, and what a topic or a rule could not deliver in the
// queue undelivered.
type Failures struct {
	pulumi.ResourceState

	Executions        *sqs.Queue
	Undelivered       *sqs.Queue
	UndeliveredPolicy pulumi.Resource // without it, the queue refuses the topics
}

// NewFailures creates Failures.
func NewFailures(ctx *pulumi.Context, name string, args FailuresArgs, opts ...pulumi.ResourceOption) (*Failures, error) {
	self := &Failures{}
	if err := ctx.RegisterComponentResource("pixline:component:Failures", name, self, opts...); err != nil {
		return nil, err
	}
	child := pulumi.Parent(self)
	var rules []*cloudwatch.EventRule
	arns := pulumi.StringArray{}
	for _, end := range ends {
		rule, err := cloudwatch.NewEventRule(ctx, end.rule, &cloudwatch.EventRuleArgs{
			Description:  pulumi.Sprintf("Executions of %s in the stack %s that end as %s", ctx.Project(), ctx.Stack(), end.status),
			EventPattern: pattern(args.StateMachineARN, end.status),
		}, child)
		if err != nil {
			return nil, err
		}
		rules, arns = append(rules, rule), append(arns, rule.Arn)
	}
	const events = "events.amazonaws.com"
	undelivered, lettersPolicy, err := newDeadLetters(ctx, config.QueueUndelivered, args.DeadLetterDays, args.Key, func(q *sqs.Queue) []Statement {
		return []Statement{
			// Source: SNS Developer Guide, "Subscribing an Amazon SQS queue", whose policy asks for the topic alone.
			sendFrom("Topic", "sns.amazonaws.com", nil, pulumi.Array{args.TopicARN, args.AlarmTopicARN})(q),
			sendFrom("Rules", events, args.Account, arns)(q),
		}
	}, child)
	if err != nil {
		return nil, err
	}
	executions, executionsPolicy, err := newDeadLetters(ctx, config.QueueExecutions, args.DeadLetterDays, args.Key, func(q *sqs.Queue) []Statement {
		return []Statement{sendFrom("Rules", events, args.Account, arns)(q)}
	}, child)
	if err != nil {
		return nil, err
	}
	// An event that a target may not take yet is lost.
	last := pulumi.DependsOn([]pulumi.Resource{lettersPolicy, executionsPolicy, args.TopicPolicy})
	for i, end := range ends {
		if err := newTarget(ctx, end.rule, rules[i], undelivered, cloudwatch.EventTargetArgs{Arn: executions.Arn}, child, last); err != nil {
			return nil, err
		}
		if end.code == "" {
			continue
		}
		template, err := outcomeTemplate(end.code, end.text)
		if err != nil {
			return nil, err
		}
		if err := newTarget(ctx, end.rule+"-outcome", rules[i], undelivered, cloudwatch.EventTargetArgs{
			Arn: args.TopicARN,
			InputTransformer: cloudwatch.EventTargetInputTransformerArgs{
				InputPaths:    pulumi.StringMap{"name": pulumi.String("$.detail.name"), "time": pulumi.String("$.time")},
				InputTemplate: pulumi.String(template),
			},
		}, child, last); err != nil {
			return nil, err
		}
	}
	self.Executions, self.Undelivered, self.UndeliveredPolicy = executions, undelivered, lettersPolicy
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{"executionsUrl": executions.Url, "undeliveredArn": undelivered.Arn})
}

// newTarget sends a rule's events on; those that cannot be sent are undelivered.
func newTarget(ctx *pulumi.Context, name string, rule *cloudwatch.EventRule, undelivered *sqs.Queue, args cloudwatch.EventTargetArgs, opts ...pulumi.ResourceOption) error {
	args.Rule = rule.Name
	args.TargetId = pulumi.String(name)
	args.DeadLetterConfig = cloudwatch.EventTargetDeadLetterConfigArgs{Arn: undelivered.Arn}
	_, err := cloudwatch.NewEventTarget(ctx, name, &args, opts...)
	return err
}

// pattern matches the events of one machine's executions that end so.
func pattern(stateMachineARN pulumi.StringOutput, status string) pulumi.StringOutput {
	list := func(values ...pulumi.Input) pulumi.Array { return values }
	return pulumi.JSONMarshal(pulumi.Map{
		"source":      list(pulumi.String("aws.states")),
		"detail-type": list(pulumi.String(statusChange)),
		"detail":      pulumi.Map{"stateMachineArn": list(stateMachineARN), "status": list(pulumi.String(status))},
	})
}

// outcomeTemplate makes of an event what notify would have published, as far
// as a template can. The request is missing, and source empty: in the event it is a text
// full of quotation marks, which EventBridge would put into the outcome as it is. A name
// has none. The start is a number, where the outcome has a date.
// Source: EventBridge User Guide, "Amazon EventBridge input transformation", "Common issues".
func outcomeTemplate(code, message string) (string, error) {
	reason, err := json.Marshal(contract.Reason{Code: code, Message: message})
	if err != nil {
		return "", fmt.Errorf("encode the reason %s: %w", code, err)
	}
	return fmt.Sprintf(`{"status":"%s","executionId":<name>,"source":{"bucket":"","key":""},"renditions":[],"reason":%s,"finishedAt":<time>}`,
		contract.StatusFailed, reason), nil
}
