package component

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// NotificationsArgs configures Notifications.
type NotificationsArgs struct {
	Key     *Key
	Protect bool // let nobody delete it by Pulumi
}

// Notifications is the topic that receives every outcome.
type Notifications struct {
	pulumi.ResourceState

	ARN    pulumi.StringOutput
	Policy pulumi.Resource
}

// NewNotifications creates Notifications.
func NewNotifications(ctx *pulumi.Context, name string, args NotificationsArgs, opts ...pulumi.ResourceOption) (*Notifications, error) {
	self := &Notifications{}
	if err := ctx.RegisterComponentResource("pixline:component:Notifications", name, self, opts...); err != nil {
		return nil, err
	}
	child := pulumi.Parent(self)
	topic, err := sns.NewTopic(ctx, name, &sns.TopicArgs{KmsMasterKeyId: args.Key.id()}, child, pulumi.Protect(args.Protect))
	if err != nil {
		return nil, err
	}
	policy := tlsOnly("sns", topic.Arn)
	policy.Action = []string{"sns:Publish"} // SNS refuses sns:* in a topic's policy
	topicPolicy, err := sns.NewTopicPolicy(ctx, name, &sns.TopicPolicyArgs{
		Arn: topic.Arn,
		Policy: policyDocument(policy, Statement{
			// The rules tell of executions that cannot notify. Without a condition: "You can't use
			// Condition blocks in Amazon SNS topic policies for EventBridge". Source: EventBridge
			// User Guide, "Using resource-based policies for Amazon EventBridge".
			Sid:       "Rules",
			Principal: pulumi.Map{"Service": pulumi.String("events.amazonaws.com")},
			Action:    []string{"sns:Publish"},
			Resource:  topic.Arn,
		}),
	}, child)
	if err != nil {
		return nil, err
	}
	self.ARN, self.Policy = topic.Arn, topicPolicy
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{"arn": self.ARN})
}
