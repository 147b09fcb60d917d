package cloudwatch

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"

	"github.com/pixline/pixline/local/cloudwatch/alarm"
	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/cloudwatch/query"
)

// client is the Go SDK's, which speaks CBOR and compresses data.
func (f *fixture) client() *cloudwatch.Client {
	return cloudwatch.New(cloudwatch.Options{
		BaseEndpoint: &f.url, Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
		RequestMinCompressSizeBytes: 1000, RetryMaxAttempts: 1,
	})
}

// sum asks for the sums of a metric, minute by minute.
func sum(id, name string) types.MetricDataQuery {
	return types.MetricDataQuery{Id: &id, MetricStat: &types.MetricStat{
		Metric: &types.Metric{Namespace: aws.String("Test"), MetricName: &name}, Period: aws.Int32(60), Stat: aws.String("Sum"),
	}}
}

// code is that of an API error.
func code(err error) string {
	var e smithy.APIError
	if !errors.As(err, &e) {
		return fmt.Sprint(err)
	}
	return e.ErrorCode()
}

// TestClientMetrics: what the SDK puts, in each of the forms of a datum, comes
// back as statistics, as metric data and in lists.
func TestClientMetrics(t *testing.T) {
	t.Parallel()
	f := start(t)
	c := f.client()
	at := f.clock.Now().UTC().Truncate(time.Minute).Add(-10 * time.Minute)
	datum := func(d types.MetricDatum) types.MetricDatum {
		d.Timestamp, d.Unit = &at, types.StandardUnitMilliseconds
		d.Dimensions = []types.Dimension{{Name: aws.String("Stage"), Value: aws.String("resize")}}
		return d
	}
	// Enough for the SDK to compress it.
	_, err := c.PutMetricData(t.Context(), &cloudwatch.PutMetricDataInput{Namespace: aws.String("Test"), MetricData: []types.MetricDatum{
		datum(types.MetricDatum{MetricName: aws.String("One"), Value: aws.Float64(7)}),
		datum(types.MetricDatum{MetricName: aws.String("Many"), Values: []float64{1, 2, 3, 9}, Counts: []float64{2, 1, 1, 0}}),
		datum(types.MetricDatum{MetricName: aws.String("Set"), StatisticValues: &types.StatisticSet{
			SampleCount: aws.Float64(10), Sum: aws.Float64(55), Minimum: aws.Float64(1), Maximum: aws.Float64(10),
		}}),
		{MetricName: aws.String("Bare"), Value: aws.Float64(1), Dimensions: []types.Dimension{{Name: aws.String("Long"), Value: aws.String(strings.Repeat("x", 1024))}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][5]float64{"One": {1, 7, 7, 7, 7}, "Many": {4, 7, 1.75, 1, 3}, "Set": {10, 55, 5.5, 1, 10}} {
		out, err := c.GetMetricStatistics(t.Context(), &cloudwatch.GetMetricStatisticsInput{
			Namespace: aws.String("Test"), MetricName: &name, Dimensions: []types.Dimension{{Name: aws.String("Stage"), Value: aws.String("resize")}},
			StartTime: &at, EndTime: aws.Time(at.Add(time.Minute)), Period: aws.Int32(60), Statistics: types.Statistic("").Values(),
			ExtendedStatistics: []string{"p50"},
		})
		if err != nil || len(out.Datapoints) != 1 || *out.Label != name {
			t.Fatalf("%s: %v %+v", name, err, out)
		}
		d := out.Datapoints[0]
		if got := [5]float64{*d.SampleCount, *d.Sum, *d.Average, *d.Minimum, *d.Maximum}; got != want || d.Unit != types.StandardUnitMilliseconds || !d.Timestamp.Equal(at) || d.ExtendedStatistics["p50"] == 0 {
			t.Errorf("%s: %v, not %v; %+v", name, got, want, d)
		}
	}
	list, err := c.ListMetrics(t.Context(), &cloudwatch.ListMetricsInput{
		Namespace: aws.String("Test"), Dimensions: []types.DimensionFilter{{Name: aws.String("Stage")}}, RecentlyActive: types.RecentlyActivePt3h,
	})
	if err != nil || len(list.Metrics) != 3 || *list.Metrics[0].MetricName != "Many" || *list.Metrics[0].Dimensions[0].Value != "resize" {
		t.Errorf("%v %+v", err, list)
	}
}

func TestClientPages(t *testing.T) {
	t.Parallel()
	f := start(t)
	c := f.client()
	end := f.clock.Now().UTC().Truncate(time.Minute)
	for _, name := range []string{"a", "b"} {
		for i := range 10 {
			f.metrics.Put(metric.Datum{ID: metric.New("Test", name, nil), Time: end.Add(-time.Duration(i+1) * time.Minute), Value: float64(i)})
		}
	}
	for i := range maxMetrics {
		f.metrics.Put(metric.Datum{ID: metric.New("Lots", fmt.Sprint(i), nil), Time: end, Value: 1})
	}
	in := &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(end.Add(-time.Hour)), EndTime: &end, MaxDatapoints: aws.Int32(7),
		MetricDataQueries: []types.MetricDataQuery{sum("a", "a"), sum("none", "none"), sum("b", "b")},
	}
	values, pages := map[string][]float64{}, 0
	for p := cloudwatch.NewGetMetricDataPaginator(c, in); p.HasMorePages(); pages++ {
		out, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		size := 0
		for _, r := range out.MetricDataResults {
			size += len(r.Values)
			values[*r.Id] = append(values[*r.Id], r.Values...)
			if len(r.Timestamps) != len(r.Values) || (r.StatusCode == types.StatusCodeComplete) != (len(values[*r.Id]) == 10 || *r.Id == "none") {
				t.Errorf("page %d: %+v", pages, r)
			}
		}
		if size > 7 {
			t.Errorf("page %d has %d points", pages, size)
		}
	}
	latestFirst := []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	if _, ok := values["none"]; pages != 3 || !slices.Equal(values["a"], latestFirst) || !slices.Equal(values["b"], latestFirst) || !ok {
		t.Errorf("%d pages: %v", pages, values)
	}
	in.ScanBy, in.MaxDatapoints = types.ScanByTimestampAscending, nil
	out, err := c.GetMetricData(t.Context(), in)
	if err != nil || out.NextToken != nil || out.MetricDataResults[0].Values[0] != 9 {
		t.Errorf("%v %+v", err, out)
	}

	first, err := c.ListMetrics(t.Context(), &cloudwatch.ListMetricsInput{})
	if err != nil || len(first.Metrics) != maxMetrics || first.NextToken == nil {
		t.Fatalf("%v %d", err, len(first.Metrics))
	}
	rest, err := c.ListMetrics(t.Context(), &cloudwatch.ListMetricsInput{NextToken: first.NextToken})
	if err != nil || len(rest.Metrics) != 2 || rest.NextToken != nil {
		t.Errorf("%v %+v", err, rest)
	}
	for _, token := range []string{"nonsense", *first.NextToken} { // the second is another request's
		in.NextToken = &token
		if _, err := c.GetMetricData(t.Context(), in); code(err) != "InvalidNextToken" {
			t.Errorf("%s: %v", token, err)
		}
	}
}

func TestClientAlarms(t *testing.T) {
	t.Parallel()
	rate := failures("rate")
	rate.Queries = []query.Query{
		{ID: "m", Metric: metric.New("Test", "Failed", nil), Statistic: "p99", Period: time.Minute, Hidden: true},
		{ID: "e", Expression: "100*m", Label: "rate"},
	}
	slow := failures("slow")
	slow.Queries[0].Statistic = "p99"
	other := failures("other")
	other.Queries[0].Statistic, other.Queries[0].Metric = "p99", metric.New("Test", "Failed", map[string]string{"Stage": "notify"})
	f := start(t, failures("failed"), rate, slow, other, alarm.Definition{Name: "stage", ARN: alarmARN + "stage", Rule: `ALARM("failed") OR ALARM("rate")`})
	c := f.client()

	all, err := c.DescribeAlarms(t.Context(), &cloudwatch.DescribeAlarmsInput{AlarmTypes: types.AlarmType("").Values()[:2]})
	if err != nil {
		t.Fatal(err)
	}
	if len(all.MetricAlarms) != 4 || len(all.CompositeAlarms) != 1 || *all.CompositeAlarms[0].AlarmRule == "" {
		t.Fatalf("%+v", all)
	}
	failed, math := all.MetricAlarms[0], all.MetricAlarms[2]
	if *failed.AlarmName != "failed" || failed.StateValue != types.StateValueInsufficientData || failed.Statistic != types.StatisticSum || *failed.Period != 60 ||
		*failed.Dimensions[0].Value != "resize" || *failed.DatapointsToAlarm != 1 || *failed.Threshold != 0 || failed.StateUpdatedTimestamp == nil || !*failed.ActionsEnabled {
		t.Errorf("%+v", failed)
	}
	if math.MetricName != nil || math.Period != nil || len(math.Metrics) != 2 || *math.Metrics[0].ReturnData || *math.Metrics[0].MetricStat.Stat != "p99" || *math.Metrics[1].Expression != "100*m" {
		t.Errorf("%+v", math)
	}

	for want, in := range map[string]*cloudwatch.DescribeAlarmsInput{
		"failed,other,rate,slow":       {},
		"rate":                         {AlarmNames: []string{"rate", "gone"}},
		"stage":                        {ParentsOfAlarmName: aws.String("rate")},
		"failed,rate":                  {ChildrenOfAlarmName: aws.String("stage")},
		"slow":                         {AlarmNamePrefix: aws.String("s")},
		"":                             {StateValue: types.StateValueAlarm},
		"failed,other,rate,slow,stage": {AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm}, MaxRecords: aws.Int32(1)},
	} {
		var got []string
		for p := cloudwatch.NewDescribeAlarmsPaginator(c, in); p.HasMorePages(); {
			out, err := p.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range out.MetricAlarms {
				got = append(got, *a.AlarmName)
			}
			for _, a := range out.CompositeAlarms {
				got = append(got, *a.AlarmName)
			}
		}
		if strings.Join(got, ",") != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
	forMetric, err := c.DescribeAlarmsForMetric(t.Context(), &cloudwatch.DescribeAlarmsForMetricInput{
		Namespace: aws.String("Test"), MetricName: aws.String("Failed"), Dimensions: failed.Dimensions, ExtendedStatistic: aws.String("p99"),
	})
	if err != nil || len(forMetric.MetricAlarms) != 1 || *forMetric.MetricAlarms[0].AlarmName != "slow" {
		t.Errorf("%v %+v", err, forMetric)
	}
}

// TestClientStates: a state by hand shows in both alarms and their histories.
func TestClientStates(t *testing.T) {
	t.Parallel()
	f := start(t, failures("failed"), alarm.Definition{Name: "stage", ARN: alarmARN + "stage", Rule: `ALARM("failed")`})
	c := f.client()
	if _, err := c.DisableAlarmActions(t.Context(), &cloudwatch.DisableAlarmActionsInput{AlarmNames: []string{"failed"}}); err != nil {
		t.Fatal(err)
	}
	if a, _ := f.alarms.Get("failed"); a.ActionsEnabled {
		t.Error("the actions are still enabled")
	}
	if _, err := c.EnableAlarmActions(t.Context(), &cloudwatch.EnableAlarmActionsInput{AlarmNames: []string{"failed"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.SetAlarmState(t.Context(), &cloudwatch.SetAlarmStateInput{
		AlarmName: aws.String("failed"), StateValue: types.StateValueAlarm, StateReason: aws.String("a drill"), StateReasonData: aws.String(`{"by":"me"}`),
	}); err != nil {
		t.Fatal(err)
	}
	out, err := c.DescribeAlarms(t.Context(), &cloudwatch.DescribeAlarmsInput{
		StateValue: types.StateValueAlarm, AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm},
	})
	if err != nil || len(out.MetricAlarms) != 1 || len(out.CompositeAlarms) != 1 || *out.MetricAlarms[0].StateReason != "a drill" || *out.MetricAlarms[0].StateReasonData != `{"by":"me"}` {
		t.Fatalf("%v %+v", err, out)
	}
	var kinds []string
	for p := cloudwatch.NewDescribeAlarmHistoryPaginator(c, &cloudwatch.DescribeAlarmHistoryInput{AlarmName: aws.String("failed"), MaxRecords: aws.Int32(2)}); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range page.AlarmHistoryItems {
			kinds = append(kinds, string(i.HistoryItemType))
		}
	}
	if got := strings.Join(kinds, " "); got != "Action StateUpdate ConfigurationUpdate ConfigurationUpdate ConfigurationUpdate" {
		t.Errorf("the history is %s", got)
	}
	updates, err := c.DescribeAlarmHistory(t.Context(), &cloudwatch.DescribeAlarmHistoryInput{
		AlarmTypes: []types.AlarmType{types.AlarmTypeCompositeAlarm}, HistoryItemType: types.HistoryItemTypeStateUpdate,
		StartDate: aws.Time(time.Now().Add(-time.Hour)), ScanBy: types.ScanByTimestampAscending,
	})
	if err != nil || len(updates.AlarmHistoryItems) != 1 || *updates.AlarmHistoryItems[0].HistorySummary != "Alarm updated from INSUFFICIENT_DATA to ALARM" {
		t.Errorf("%v %+v", err, updates)
	}
}

// TestClientHistoryWindow: items before StartDate and after EndDate stay out.
func TestClientHistoryWindow(t *testing.T) {
	t.Parallel()
	f := start(t, failures("failed"))
	now := f.clock.Now()
	for want, in := range map[string]cloudwatch.DescribeAlarmHistoryInput{
		"none, before": {StartDate: aws.Time(now.Add(time.Hour))},
		"none, after":  {EndDate: aws.Time(now.Add(-time.Hour))},
		"one":          {StartDate: aws.Time(now.Add(-time.Hour)), EndDate: aws.Time(now.Add(time.Hour))},
	} {
		out, err := f.client().DescribeAlarmHistory(t.Context(), &in)
		if err != nil || (len(out.AlarmHistoryItems) == 1) != (want == "one") {
			t.Errorf("%s: %v %+v", want, err, out)
		}
	}
}

func TestClientDashboards(t *testing.T) {
	t.Parallel()
	c := start(t).client()
	list, err := c.ListDashboards(t.Context(), &cloudwatch.ListDashboardsInput{DashboardNamePrefix: aws.String("pixline-dev-o")})
	if err != nil || len(list.DashboardEntries) != 1 || *list.DashboardEntries[0].Size != 29 {
		t.Errorf("%v %+v", err, list)
	}
	got, err := c.GetDashboard(t.Context(), &cloudwatch.GetDashboardInput{DashboardName: list.DashboardEntries[0].DashboardName})
	if err != nil || !strings.Contains(*got.DashboardBody, "widgets") {
		t.Errorf("%v %+v", err, got)
	}
	var absent *types.DashboardNotFoundError
	if _, err := c.GetDashboard(t.Context(), &cloudwatch.GetDashboardInput{DashboardName: aws.String("x")}); !errors.As(err, &absent) || absent.ErrorCode() != "ResourceNotFound" {
		t.Errorf("%v", err)
	}
	image, err := c.GetMetricWidgetImage(t.Context(), &cloudwatch.GetMetricWidgetImageInput{MetricWidget: aws.String("{}")})
	if err != nil || string(image.MetricWidgetImage) != "\x89PNG" {
		t.Errorf("%v %+v", err, image)
	}
}
