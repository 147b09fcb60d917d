package component

import (
	"fmt"
	"slices"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pixline/pixline/dashboards"
)

// alarms creates the alarms of the alarm table.
type alarms struct {
	ctx     *pulumi.Context
	args    ObservabilityArgs
	watched pulumi.Output // of the dashboards.Stack with all names
	child   pulumi.ResourceOption

	table   pulumi.Output // of the []dashboards.Alarm with all names
	actions pulumi.StringArray
	created map[string]pulumi.Resource // by the names of the alarms
}

// build gives the name of the alarm over all others.
func (b *alarms) build() (health pulumi.StringOutput, err error) {
	stack, settings := b.args.Watched.Stack, b.args.Settings
	known, err := dashboards.Alarms(stack, settings)
	if err != nil {
		return health, fmt.Errorf("derive the alarms: %w", err)
	}
	composites, err := dashboards.Composites(stack, settings)
	if err != nil {
		return health, fmt.Errorf("derive the composite alarms: %w", err)
	}
	b.table = b.watched.ApplyT(func(v any) ([]dashboards.Alarm, error) { return dashboards.Alarms(v.(dashboards.Stack), settings) })
	b.created = map[string]pulumi.Resource{}
	b.actions = append(pulumi.StringArray{b.args.Topic.ARN}, pulumi.ToStringArray(b.args.Alarms.Topics)...)
	for i, a := range known {
		if b.created[a.Name], err = b.metric(i, a); err != nil {
			return health, err
		}
	}
	for _, c := range composites {
		alarm, err := b.composite(c)
		if err != nil {
			return health, err
		}
		b.created[c.Name], health = alarm, alarm.AlarmName // the last is the one over all others
	}
	return health, nil
}

// metric creates the alarm of the table's row i. It names its actions also where
// they are off, so that they can be switched on for an hour
// (aws cloudwatch enable-alarm-actions).
func (b *alarms) metric(i int, a dashboards.Alarm) (pulumi.Resource, error) {
	actions := pulumi.ToArray(nil)
	for _, action := range b.actions {
		actions = append(actions, action)
	}
	args := &cloudwatch.MetricAlarmArgs{
		Name:               pulumi.String(a.Name),
		AlarmDescription:   pulumi.String(a.Description),
		ComparisonOperator: pulumi.String(string(a.Comparison)),
		Threshold:          pulumi.Float64(a.Threshold),
		EvaluationPeriods:  pulumi.Int(a.Periods),
		DatapointsToAlarm:  pulumi.Int(a.Datapoints),
		TreatMissingData:   pulumi.String(string(a.Missing)),
		ActionsEnabled:     pulumi.Bool(b.args.Alarms.Actions),
		AlarmActions:       actions,
		OkActions:          actions,
	}
	if a.Metric.Expression != "" {
		args.MetricQueries = b.table.ApplyT(func(v any) []cloudwatch.MetricAlarmMetricQuery {
			return metricQueries(v.([]dashboards.Alarm)[i])
		}).(cloudwatch.MetricAlarmMetricQueryArrayOutput)
	} else {
		args.Namespace, args.MetricName = pulumi.String(a.Metric.Namespace), pulumi.String(a.Metric.Name)
		args.Period = pulumi.Int(seconds(a.Metric.Period))
		args.Dimensions = b.table.ApplyT(func(v any) map[string]string {
			return v.([]dashboards.Alarm)[i].Metric.Dimensions
		}).(pulumi.StringMapOutput)
		if slices.Contains(plainStatistics, a.Metric.Statistic) {
			args.Statistic = pulumi.String(a.Metric.Statistic)
		} else {
			args.ExtendedStatistic = pulumi.String(a.Metric.Statistic)
		}
	}
	return cloudwatch.NewMetricAlarm(b.ctx, a.Key(), args, b.child)
}

// plainStatistics are those that are not extended ones, as percentiles are.
// Source: CloudWatch API Reference, PutMetricAlarm, "Statistic".
var plainStatistics = []string{"SampleCount", "Average", "Sum", "Minimum", "Maximum"}

func seconds(d time.Duration) int { return int(d / time.Second) }

// metricQueries are those of an alarm on an expression.
func metricQueries(a dashboards.Alarm) []cloudwatch.MetricAlarmMetricQuery {
	var list []cloudwatch.MetricAlarmMetricQuery
	for _, q := range a.Queries() {
		returned := !q.Hidden
		query := cloudwatch.MetricAlarmMetricQuery{Id: q.ID, ReturnData: &returned}
		if q.Metric.Label != "" {
			query.Label = &q.Metric.Label
		}
		if q.Metric.Expression != "" {
			query.Expression = &q.Metric.Expression
		} else {
			query.Metric = &cloudwatch.MetricAlarmMetricQueryMetric{
				Namespace: &q.Metric.Namespace, MetricName: q.Metric.Name, Dimensions: q.Metric.Dimensions,
				Stat: q.Metric.Statistic, Period: seconds(q.Metric.Period),
			}
		}
		list = append(list, query)
	}
	return list
}

// composite creates an alarm over others. CloudWatch refuses a rule about alarms
// that are not there, and to delete those that a rule is about.
func (b *alarms) composite(c dashboards.Composite) (*cloudwatch.CompositeAlarm, error) {
	var children []pulumi.Resource
	for _, name := range c.Children {
		children = append(children, b.created[name])
	}
	return cloudwatch.NewCompositeAlarm(b.ctx, c.Key(), &cloudwatch.CompositeAlarmArgs{
		AlarmName:        pulumi.String(c.Name),
		AlarmDescription: pulumi.String(c.Description),
		AlarmRule:        pulumi.String(c.Rule),
		ActionsEnabled:   pulumi.Bool(b.args.Alarms.Actions),
		AlarmActions:     b.actions,
		OkActions:        b.actions,
	}, b.child, pulumi.DependsOn(children))
}
