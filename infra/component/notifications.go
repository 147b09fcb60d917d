package component

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Notifications is the topic that receives every outcome.
type Notifications struct {
	pulumi.ResourceState

	ARN pulumi.StringOutput
}

// NewNotifications creates Notifications.
func NewNotifications(ctx *pulumi.Context, name string, opts ...pulumi.ResourceOption) (*Notifications, error) {
	self := &Notifications{}
	if err := ctx.RegisterComponentResource("pixline:component:Notifications", name, self, opts...); err != nil {
		return nil, err
	}
	child := pulumi.Parent(self)
	topic, err := sns.NewTopic(ctx, name, &sns.TopicArgs{}, child)
	if err != nil {
		return nil, err
	}
	policy := tlsOnly("sns", topic.Arn)
	policy.Action = []string{"sns:Publish"} // SNS refuses sns:* in a topic's policy
	if _, err := sns.NewTopicPolicy(ctx, name, &sns.TopicPolicyArgs{
		Arn:    topic.Arn,
		Policy: policyDocument(policy),
	}, child); err != nil {
		return nil, err
	}
	self.ARN = topic.Arn
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{"arn": self.ARN})
}
