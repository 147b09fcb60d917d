package component

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// TopicArgs configures Notifications and an AlarmTopic.
type TopicArgs struct {
	Key     *Key
	Protect bool // let nobody delete it by Pulumi
}

// newTopic creates a topic. allowed says which service may publish to it by
// itself, beside the roles that may.
//
// The policy is what publishers wait for: before, what they send is refused.
func newTopic(ctx *pulumi.Context, name string, args TopicArgs, allowed func(*sns.Topic) Statement, child pulumi.ResourceOption) (topic *sns.Topic, policy *sns.TopicPolicy, err error) {
	topic, err = sns.NewTopic(ctx, name, &sns.TopicArgs{KmsMasterKeyId: args.Key.id()}, child, pulumi.Protect(args.Protect))
	if err != nil {
		return nil, nil, err
	}
	plain := tlsOnly("sns", topic.Arn)
	plain.Action = []string{"sns:Publish"} // SNS refuses sns:* in a topic's policy
	policy, err = sns.NewTopicPolicy(ctx, name, &sns.TopicPolicyArgs{
		Arn:    topic.Arn,
		Policy: policyDocument(plain, allowed(topic)),
	}, child)
	return topic, policy, err
}
