package component

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// alarmService is how CloudWatch acts for an alarm.
const alarmService = "cloudwatch.amazonaws.com"

// AlarmTopicArgs configures an AlarmTopic. Who protects it spares people the
// confirmation of their subscriptions for another one.
type AlarmTopicArgs struct {
	TopicArgs
	Account pulumi.StringInput
	Region  string
}

// AlarmTopic is the topic that alarms tell when their state changes. It is not the
// one of outcomes: programs subscribe to that, and people to this.
type AlarmTopic struct {
	pulumi.ResourceState

	ARN    pulumi.StringOutput
	Policy pulumi.Resource
}

// NewAlarmTopic creates an AlarmTopic.
func NewAlarmTopic(ctx *pulumi.Context, name string, args AlarmTopicArgs, opts ...pulumi.ResourceOption) (*AlarmTopic, error) {
	self := &AlarmTopic{}
	if err := ctx.RegisterComponentResource("pixline:component:AlarmTopic", name, self, opts...); err != nil {
		return nil, err
	}
	topic, policy, err := newTopic(ctx, name, args.TopicArgs, func(topic *sns.Topic) Statement {
		return Statement{
			Sid:       "Alarms",
			Principal: pulumi.Map{"Service": pulumi.String(alarmService)},
			Action:    []string{"sns:Publish"},
			Resource:  topic.Arn,
			Condition: ofAlarms(ctx, args.Region, args.Account),
		}
	}, pulumi.Parent(self))
	if err != nil {
		return nil, err
	}
	self.ARN, self.Policy = topic.Arn, policy
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{"arn": self.ARN})
}

// ofAlarms is the condition against a confused deputy: CloudWatch acts for the
// alarms of this stack alone. They come after the topic and the key, and are
// known by how their names begin. Source: SNS Developer Guide, "Example cases for
// Amazon SNS access control".
func ofAlarms(ctx *pulumi.Context, region string, account pulumi.StringInput) pulumi.Map {
	return pulumi.Map{
		"StringEquals": pulumi.Map{"aws:SourceAccount": account},
		"ArnLike": pulumi.Map{
			"aws:SourceArn": pulumi.Sprintf("arn:aws:cloudwatch:%s:%s:alarm:%s-%s-*", region, account, ctx.Project(), ctx.Stack()),
		},
	}
}
