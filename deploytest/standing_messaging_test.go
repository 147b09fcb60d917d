package deploytest

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/pixline/pixline/local/graph"
)

var ofMessaging = map[string]comparison{
	"aws:cloudwatch/eventRule:EventRule": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		rule, err := eventbridge.NewFromConfig(s.aws).DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: aws.String(s.id(r))})
		if err != nil {
			return nil, nil, err
		}
		return of(r, "description", "eventPattern"), properties{"description": rule.Description, "eventPattern": rule.EventPattern}, nil
	},
	"aws:cloudwatch/eventTarget:EventTarget": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		list, err := eventbridge.NewFromConfig(s.aws).ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: aws.String(s.text(r, "rule"))})
		if err != nil {
			return nil, nil, err
		}
		want := of(r, "targetId", "arn")
		want["deadLetters"] = field(r, "deadLetterConfig", "arn")
		want["template"], want["paths"] = field(r, "inputTransformer", "inputTemplate"), field(r, "inputTransformer", "inputPaths")
		got := properties{}
		for _, target := range list.Targets {
			if aws.ToString(target.Id) != r.String("targetId") {
				continue
			}
			got["targetId"], got["arn"] = target.Id, target.Arn
			if target.DeadLetterConfig != nil {
				got["deadLetters"] = target.DeadLetterConfig.Arn
			}
			if i := target.InputTransformer; i != nil {
				got["template"], got["paths"] = i.InputTemplate, i.InputPathsMap
			}
		}
		return want, got, nil
	},
	"aws:sqs/queue:Queue": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		a, err := queueAttributes(ctx, s, s.id(r))
		if err != nil {
			return nil, nil, err
		}
		want := properties{"arn": r.Inputs["arn"], "key": r.Inputs["kmsMasterKeyId"], "redrive": r.Inputs["redrivePolicy"]}
		// Attributes are text.
		if seconds, ok := r.Inputs["messageRetentionSeconds"].(float64); ok {
			want["retention"] = fmt.Sprint(int(seconds))
		}
		got := properties{
			"arn": a["QueueArn"], "retention": a["MessageRetentionPeriod"], "key": a["KmsMasterKeyId"], "redrive": a["RedrivePolicy"],
		}
		if managed, ok := r.Inputs["sqsManagedSseEnabled"].(bool); ok {
			want["managed"], got["managed"] = fmt.Sprint(managed), a["SqsManagedSseEnabled"]
		}
		return want, got, nil
	},
	"aws:sqs/queuePolicy:QueuePolicy": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		a, err := queueAttributes(ctx, s, s.text(r, "queueUrl"))
		return of(r, "policy"), properties{"policy": a["Policy"]}, err
	},
	"aws:sns/topic:Topic": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		a, err := topicAttributes(ctx, s, s.id(r))
		return of(r, "arn", "kmsMasterKeyId"), properties{"arn": a["TopicArn"], "kmsMasterKeyId": a["KmsMasterKeyId"]}, err
	},
	"aws:sns/topicPolicy:TopicPolicy": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		a, err := topicAttributes(ctx, s, s.text(r, "arn"))
		return of(r, "policy"), properties{"policy": a["Policy"]}, err
	},
	"aws:sns/topicSubscription:TopicSubscription": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		found, err := sns.NewFromConfig(s.aws).GetSubscriptionAttributes(ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: aws.String(s.id(r))})
		if err != nil {
			return nil, nil, err
		}
		a := found.Attributes
		return of(r, "topic", "protocol", "endpoint", "redrivePolicy"), properties{
			"topic": a["TopicArn"], "protocol": a["Protocol"], "endpoint": a["Endpoint"], "redrivePolicy": a["RedrivePolicy"],
		}, nil
	},
}

func queueAttributes(ctx context.Context, s *standing, url string) (map[string]string, error) {
	found, err := sqs.NewFromConfig(s.aws).GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(url), AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		return nil, err
	}
	return found.Attributes, nil
}

func topicAttributes(ctx context.Context, s *standing, arn string) (map[string]string, error) {
	found, err := sns.NewFromConfig(s.aws).GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: aws.String(arn)})
	if err != nil {
		return nil, err
	}
	return found.Attributes, nil
}
