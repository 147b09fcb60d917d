package cloudwatch

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// TestClientErrors: what CloudWatch refuses is refused with its codes, and as the
// types that the SDK has for them.
func TestClientErrors(t *testing.T) {
	t.Parallel()
	f := start(t, failures("a"))
	c, ctx := f.client(), t.Context()
	now := f.clock.Now()
	put := func(namespace string, d ...types.MetricDatum) error {
		for i := range d {
			d[i].MetricName = aws.String("m")
		}
		_, err := c.PutMetricData(ctx, &cloudwatch.PutMetricDataInput{Namespace: &namespace, MetricData: d})
		return err
	}
	data := func(start time.Time, q ...types.MetricDataQuery) error {
		_, err := c.GetMetricData(ctx, &cloudwatch.GetMetricDataInput{StartTime: &start, EndTime: &now, MetricDataQueries: q})
		return err
	}
	statistics := func(period int32, s ...types.Statistic) error {
		_, err := c.GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{
			Namespace: aws.String("n"), MetricName: aws.String("m"), StartTime: aws.Time(now.Add(-48 * time.Hour)), EndTime: &now, Period: &period, Statistics: s,
		})
		return err
	}
	describe := func(in cloudwatch.DescribeAlarmsInput) error {
		_, err := c.DescribeAlarms(ctx, &in)
		return err
	}
	_, gone := c.SetAlarmState(ctx, &cloudwatch.SetAlarmStateInput{AlarmName: aws.String("gone"), StateValue: types.StateValueOk, StateReason: aws.String("r")})
	_, format := c.SetAlarmState(ctx, &cloudwatch.SetAlarmStateInput{AlarmName: aws.String("a"), StateValue: types.StateValueOk, StateReason: aws.String("r"), StateReasonData: aws.String("{")})
	_, state := c.SetAlarmState(ctx, &cloudwatch.SetAlarmStateInput{AlarmName: aws.String("a"), StateValue: "FINE", StateReason: aws.String("r")})
	_, widget := c.GetMetricWidgetImage(ctx, &cloudwatch.GetMetricWidgetImageInput{MetricWidget: aws.String("{")})
	_, declared := c.PutDashboard(ctx, &cloudwatch.PutDashboardInput{DashboardName: aws.String("d"), DashboardBody: aws.String("{}")})
	set := func(count, sum, smallest, largest float64) types.MetricDatum {
		return types.MetricDatum{StatisticValues: &types.StatisticSet{SampleCount: &count, Sum: &sum, Minimum: &smallest, Maximum: &largest}}
	}
	one := types.MetricDatum{Value: aws.Float64(1)}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"AWS's namespace":   {put("AWS/Lambda", one), "InvalidParameterValue"},
		"no data":           {put("n"), "InvalidParameterValue"},
		"too many data":     {put("n", slices.Repeat([]types.MetricDatum{one}, maxData+1)...), "InvalidParameterValue"},
		"no value":          {put("n", types.MetricDatum{}), "InvalidParameterValue"},
		"two values":        {put("n", types.MetricDatum{Value: aws.Float64(1), Values: []float64{1}}), "InvalidParameterValue"},
		"not a number":      {put("n", types.MetricDatum{Value: aws.Float64(math.NaN())}), "InvalidParameterValue"},
		"counts":            {put("n", types.MetricDatum{Values: []float64{1}, Counts: []float64{1, 2}}), "InvalidParameterValue"},
		"long ago":          {put("n", types.MetricDatum{Value: aws.Float64(1), Timestamp: aws.Time(now.Add(-15 * 24 * time.Hour))}), "InvalidParameterValue"},
		"a set too large":   {put("n", set(3, 100, 1, 2)), "InvalidParameterValue"},
		"a set too small":   {put("n", set(3, 2, 1, 2)), "InvalidParameterValue"},
		"a set of nothing":  {put("n", set(0, 0, 0, 0)), "InvalidParameterValue"},
		"a set of one":      {put("n", set(1, 3, 1, 2)), "InvalidParameterValue"},
		"a set backwards":   {put("n", set(2, 3, 2, 1)), "InvalidParameterValue"},
		"a dimension twice": {put("n", types.MetricDatum{Value: aws.Float64(1), Dimensions: slices.Repeat([]types.Dimension{{Name: aws.String("a"), Value: aws.String("b")}}, 2)}), "InvalidParameterValue"},
		"no queries":        {data(now.Add(-time.Hour), []types.MetricDataQuery{}...), "ValidationError"},
		"too many queries":  {data(now.Add(-time.Hour), slices.Repeat([]types.MetricDataQuery{sum("a", "a")}, maxQueries+1)...), "ValidationError"},
		"backwards":         {data(now.Add(time.Hour), sum("a", "a")), "ValidationError"},
		"an empty query":    {data(now.Add(-time.Hour), types.MetricDataQuery{Id: aws.String("a")}), "ValidationError"},
		"no statistic":      {statistics(3600), "InvalidParameterCombination"},
		"wrong statistic":   {statistics(3600, "p99"), "InvalidParameterValue"},
		"too many points":   {statistics(60, types.StatisticSum), "InvalidParameterCombination"},
		"odd period":        {statistics(3601, types.StatisticSum), "InvalidParameterValue"},
		"names and prefix":  {describe(cloudwatch.DescribeAlarmsInput{AlarmNames: []string{"a"}, AlarmNamePrefix: aws.String("a")}), "InvalidParameterCombination"},
		"children and more": {describe(cloudwatch.DescribeAlarmsInput{ChildrenOfAlarmName: aws.String("a"), StateValue: types.StateValueOk}), "InvalidParameterCombination"},
		"wrong type":        {describe(cloudwatch.DescribeAlarmsInput{AlarmTypes: []types.AlarmType{"x"}}), "ValidationError"},
		"too many records":  {describe(cloudwatch.DescribeAlarmsInput{MaxRecords: aws.Int32(101)}), "ValidationError"},
		"no such alarm":     {gone, "ResourceNotFound"},
		"wrong state":       {state, "ValidationError"},
		"reason's data":     {format, "InvalidFormat"},
		"widget":            {widget, "ValidationError"},
		"declared":          {declared, "NotImplemented"},
	} {
		if got := code(c.err); got != c.want {
			t.Errorf("%s: %s, not %s (%v)", name, got, c.want, c.err)
		}
	}
	var typed *types.ResourceNotFound
	if !errors.As(gone, &typed) {
		t.Errorf("%T", gone)
	}
	var value *types.InvalidParameterValueException
	if err := put("AWS/S3", one); !errors.As(err, &value) || !strings.Contains(value.ErrorMessage(), "AWS/S3") {
		t.Errorf("%v", err)
	}
	f.deny = "cloudwatch:ListMetrics"
	if _, err := c.ListMetrics(ctx, &cloudwatch.ListMetricsInput{}); code(err) != "AccessDenied" {
		t.Errorf("%v", err)
	}
}
