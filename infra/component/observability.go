package component

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pixline/pixline/dashboards"
	"github.com/pixline/pixline/infra/config"
)

// ObservabilityArgs configures Observability.
type ObservabilityArgs struct {
	Watched  Watched
	Settings dashboards.Settings
	Alarms   config.Alarms
	Topic    *AlarmTopic
	Failures *Failures // where what the topic cannot deliver ends up
}

// Observability is what shows how the stack is, and who is told when it is not
// well: dashboards, alarms, saved queries and subscribers.
//
// Which of them there are, and all that AWS does not name, is known from the
// configuration alone. The dashboards package is asked twice: for that, and with the
// names when they are known.
type Observability struct {
	pulumi.ResourceState

	Dashboards pulumi.StringArrayOutput // their names
	Health     pulumi.StringOutput      // name of the alarm over the stages
}

// NewObservability creates Observability.
func NewObservability(ctx *pulumi.Context, name string, args ObservabilityArgs, opts ...pulumi.ResourceOption) (*Observability, error) {
	self := &Observability{}
	if err := ctx.RegisterComponentResource("pixline:component:Observability", name, self, opts...); err != nil {
		return nil, err
	}
	child := pulumi.Parent(self)
	watched := args.Watched.named()
	a := &alarms{ctx: ctx, args: args, watched: watched, child: child}
	health, err := a.build()
	if err != nil {
		return nil, err
	}
	names, err := newDashboards(ctx, args, watched, child)
	if err != nil {
		return nil, err
	}
	if err := newQueries(ctx, args, watched, child); err != nil {
		return nil, err
	}
	if err := newSubscribers(ctx, name, args, child); err != nil {
		return nil, err
	}
	self.Dashboards, self.Health = names.ToStringArrayOutput(), health
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{"dashboards": self.Dashboards, "health": self.Health})
}

// newDashboards gives the names of the dashboards.
func newDashboards(ctx *pulumi.Context, args ObservabilityArgs, watched pulumi.Output, child pulumi.ResourceOption) (pulumi.StringArray, error) {
	known, err := dashboards.Dashboards(args.Watched.Stack, args.Settings)
	if err != nil {
		return nil, fmt.Errorf("lay the dashboards out: %w", err)
	}
	bodies := watched.ApplyT(func(v any) (map[string]string, error) {
		list, err := dashboards.Dashboards(v.(dashboards.Stack), args.Settings)
		byKey := map[string]string{}
		for _, d := range list {
			byKey[d.Key] = d.Body
		}
		return byKey, err
	}).(pulumi.StringMapOutput)
	names := pulumi.StringArray{}
	for _, d := range known {
		created, err := cloudwatch.NewDashboard(ctx, d.Key, &cloudwatch.DashboardArgs{
			DashboardName: pulumi.String(d.Name),
			DashboardBody: bodies.MapIndex(pulumi.String(d.Key)),
		}, child)
		if err != nil {
			return nil, err
		}
		names = append(names, created.DashboardName)
	}
	return names, nil
}

// newQueries saves queries of CloudWatch Logs Insights.
func newQueries(ctx *pulumi.Context, args ObservabilityArgs, watched pulumi.Output, child pulumi.ResourceOption) error {
	known, err := dashboards.Queries(args.Watched.Stack)
	if err != nil {
		return fmt.Errorf("write the saved queries: %w", err)
	}
	for i, q := range known {
		if _, err := cloudwatch.NewQueryDefinition(ctx, q.Key, &cloudwatch.QueryDefinitionArgs{
			Name:        pulumi.String(q.Name),
			QueryString: pulumi.String(q.Text),
			LogGroupNames: watched.ApplyT(func(v any) ([]string, error) {
				list, err := dashboards.Queries(v.(dashboards.Stack))
				if err != nil {
					return nil, err
				}
				return list[i].LogGroups, nil
			}).(pulumi.StringArrayOutput),
		}, child); err != nil {
			return err
		}
	}
	return nil
}

// NobodyTold is the warning that a stack's alarms might as well be off.
const NobodyTold = "pixline:alarms has actions, but neither emails nor topics: unless somebody has subscribed to the topic in the output " +
	"alarmsTopicArn, nobody is told when an alarm goes off. Such as: pulumi config set --path 'alarms.emails[0]' images@example.com"

// newSubscribers subscribes people to the topic of alarms. Each has to confirm it
// by the link that SNS sends; until then nothing is sent, and nothing lost.
func newSubscribers(ctx *pulumi.Context, name string, args ObservabilityArgs, child pulumi.ResourceOption) error {
	if args.Alarms.Actions && len(args.Alarms.Emails)+len(args.Alarms.Topics) == 0 {
		// Somebody may have subscribed by hand, so that it is no error.
		if err := ctx.Log.Warn(NobodyTold, nil); err != nil {
			return err
		}
	}
	for _, email := range args.Alarms.Emails {
		if _, err := sns.NewTopicSubscription(ctx, name+"-"+email, &sns.TopicSubscriptionArgs{
			Topic:         args.Topic.ARN,
			Protocol:      pulumi.String("email"),
			Endpoint:      pulumi.String(email),
			RedrivePolicy: pulumi.JSONMarshal(pulumi.Map{"deadLetterTargetArn": args.Failures.Undelivered.Arn}),
		}, child, pulumi.DependsOn([]pulumi.Resource{args.Failures.UndeliveredPolicy})); err != nil {
			return err
		}
	}
	return nil
}
