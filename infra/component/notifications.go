package component

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Notifications is the topic that receives every outcome.
type Notifications struct {
	pulumi.ResourceState

	Name   pulumi.StringOutput
	ARN    pulumi.StringOutput
	Policy pulumi.Resource
}

// NewNotifications creates Notifications.
func NewNotifications(ctx *pulumi.Context, name string, args TopicArgs, opts ...pulumi.ResourceOption) (*Notifications, error) {
	self := &Notifications{}
	if err := ctx.RegisterComponentResource("pixline:component:Notifications", name, self, opts...); err != nil {
		return nil, err
	}
	topic, policy, err := newTopic(ctx, name, args, func(topic *sns.Topic) Statement {
		// The rules tell of executions that cannot notify. Without a condition: "You can't use
		// Condition blocks in Amazon SNS topic policies for EventBridge". Source: EventBridge
		// User Guide, "Using resource-based policies for Amazon EventBridge".
		return Statement{
			Sid:       "Rules",
			Principal: pulumi.Map{"Service": pulumi.String("events.amazonaws.com")},
			Action:    []string{"sns:Publish"},
			Resource:  topic.Arn,
		}
	}, pulumi.Parent(self))
	if err != nil {
		return nil, err
	}
	self.Name, self.ARN, self.Policy = topic.Name, topic.Arn, policy
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{"arn": self.ARN})
}
