package deploytest

import (
	"context"
	"net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// inventories count what stands in the account, which is the stack's alone.
var inventories = map[string]func(context.Context, *standing) (int, error){
	"APIs": func(ctx context.Context, s *standing) (int, error) {
		l, err := apigateway.NewFromConfig(s.aws).GetRestApis(ctx, &apigateway.GetRestApisInput{})
		if err != nil {
			return 0, err
		}
		return len(l.Items), nil
	},
	"API keys": func(ctx context.Context, s *standing) (int, error) {
		l, err := apigateway.NewFromConfig(s.aws).GetApiKeys(ctx, &apigateway.GetApiKeysInput{})
		if err != nil {
			return 0, err
		}
		return len(l.Items), nil
	},
	"usage plans": func(ctx context.Context, s *standing) (int, error) {
		l, err := apigateway.NewFromConfig(s.aws).GetUsagePlans(ctx, &apigateway.GetUsagePlansInput{})
		if err != nil {
			return 0, err
		}
		return len(l.Items), nil
	},
	"alarms": func(ctx context.Context, s *standing) (int, error) {
		var l struct {
			Metric    []string `xml:"DescribeAlarmsResult>MetricAlarms>member>AlarmName"`
			Composite []string `xml:"DescribeAlarmsResult>CompositeAlarms>member>AlarmName"`
		}
		err := s.cloudWatch(ctx, "DescribeAlarms", url.Values{}, &l)
		return len(l.Metric) + len(l.Composite), err
	},
	"dashboards": func(ctx context.Context, s *standing) (int, error) {
		var l struct {
			Names []string `xml:"ListDashboardsResult>DashboardEntries>member>DashboardName"`
		}
		err := s.cloudWatch(ctx, "ListDashboards", url.Values{}, &l)
		return len(l.Names), err
	},
	"log groups": func(ctx context.Context, s *standing) (int, error) {
		l, err := cloudwatchlogs.NewFromConfig(s.aws).DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{})
		if err != nil {
			return 0, err
		}
		return len(l.LogGroups), nil
	},
	"saved queries": func(ctx context.Context, s *standing) (int, error) {
		l, err := cloudwatchlogs.NewFromConfig(s.aws).DescribeQueryDefinitions(ctx, &cloudwatchlogs.DescribeQueryDefinitionsInput{})
		if err != nil {
			return 0, err
		}
		return len(l.QueryDefinitions), nil
	},
	"rules": func(ctx context.Context, s *standing) (int, error) {
		l, err := eventbridge.NewFromConfig(s.aws).ListRules(ctx, &eventbridge.ListRulesInput{})
		if err != nil {
			return 0, err
		}
		return len(l.Rules), nil
	},
	"customer-managed policies": func(ctx context.Context, s *standing) (int, error) {
		l, err := iam.NewFromConfig(s.aws).ListPolicies(ctx, &iam.ListPoliciesInput{Scope: iamtypes.PolicyScopeTypeLocal})
		if err != nil {
			return 0, err
		}
		return len(l.Policies), nil
	},
	// KMS keeps a key that was deleted for some days: one on its way out does not count.
	"keys": func(ctx context.Context, s *standing) (int, error) {
		client := kms.NewFromConfig(s.aws)
		l, err := client.ListKeys(ctx, &kms.ListKeysInput{})
		if err != nil {
			return 0, err
		}
		n := 0
		for _, key := range l.Keys {
			k, err := client.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: key.KeyId})
			if err != nil {
				return 0, err
			}
			if k.KeyMetadata.KeyManager == kmstypes.KeyManagerTypeCustomer && k.KeyMetadata.KeyState != kmstypes.KeyStatePendingDeletion {
				n++
			}
		}
		return n, nil
	},
	"roles": func(ctx context.Context, s *standing) (int, error) {
		l, err := iam.NewFromConfig(s.aws).ListRoles(ctx, &iam.ListRolesInput{})
		if err != nil {
			return 0, err
		}
		return len(l.Roles), nil
	},
	"functions": func(ctx context.Context, s *standing) (int, error) {
		l, err := lambda.NewFromConfig(s.aws).ListFunctions(ctx, &lambda.ListFunctionsInput{})
		if err != nil {
			return 0, err
		}
		return len(l.Functions), nil
	},
	"buckets": func(ctx context.Context, s *standing) (int, error) {
		l, err := buckets(s).ListBuckets(ctx, &s3.ListBucketsInput{})
		if err != nil {
			return 0, err
		}
		return len(l.Buckets), nil
	},
	"state machines": func(ctx context.Context, s *standing) (int, error) {
		l, err := sfn.NewFromConfig(s.aws).ListStateMachines(ctx, &sfn.ListStateMachinesInput{})
		if err != nil {
			return 0, err
		}
		return len(l.StateMachines), nil
	},
	"firewalls": func(ctx context.Context, s *standing) (int, error) {
		var l struct{ WebACLs []struct{ Name string } }
		err := s.firewall(ctx, "ListWebACLs", map[string]string{"Scope": "REGIONAL"}, &l)
		return len(l.WebACLs), err
	},
	"topics": func(ctx context.Context, s *standing) (int, error) {
		l, err := sns.NewFromConfig(s.aws).ListTopics(ctx, &sns.ListTopicsInput{})
		if err != nil {
			return 0, err
		}
		return len(l.Topics), nil
	},
	"subscriptions": func(ctx context.Context, s *standing) (int, error) {
		l, err := sns.NewFromConfig(s.aws).ListSubscriptions(ctx, &sns.ListSubscriptionsInput{})
		if err != nil {
			return 0, err
		}
		return len(l.Subscriptions), nil
	},
	"queues": func(ctx context.Context, s *standing) (int, error) {
		l, err := sqs.NewFromConfig(s.aws).ListQueues(ctx, &sqs.ListQueuesInput{})
		if err != nil {
			return 0, err
		}
		return len(l.QueueUrls), nil
	},
}

// inventory is how much of each kind the account has; a kind of which there is
// nothing is not in it.
func (s *standing) inventory(t *testing.T) map[string]int {
	t.Helper()
	found := map[string]int{}
	for kind, list := range inventories {
		n, err := list(t.Context(), s)
		if err != nil {
			t.Errorf("list the %s: %v", kind, err)
		}
		if n > 0 {
			found[kind] = n
		}
	}
	return found
}

// outliving is what of a stack is still there when it is destroyed: a key without
// which the objects of a bucket with some could not be read.
func outliving(state []apitype.ResourceV3) map[string]int {
	left := map[string]int{}
	for _, r := range state {
		switch {
		case r.RetainOnDelete && r.Type == "aws:kms/key:Key":
			left["keys"]++
		case r.RetainOnDelete:
			left[string(r.Type)]++ // no inventory has that: the test fails
		}
	}
	return left
}
