package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/pixline/pixline/local/cloudwatch/board"
	"github.com/pixline/pixline/local/cloudwatch/metric"
)

// Observed is what CloudWatch knows of a stack, for its dashboards.
type Observed struct {
	ctx     context.Context
	metrics *cloudwatch.Client
	logs    *cloudwatchlogs.Client
	alarms  map[string]board.AlarmState // by ARN
}

// Observe reads the states of the alarms; everything else is read when it is
// asked for, until ctx ends.
func (c *Client) Observe(ctx context.Context) (*Observed, error) {
	o := &Observed{
		ctx: ctx, metrics: cloudwatch.NewFromConfig(c.config), logs: cloudwatchlogs.NewFromConfig(c.config),
		alarms: map[string]board.AlarmState{},
	}
	pages := cloudwatch.NewDescribeAlarmsPaginator(o.metrics, &cloudwatch.DescribeAlarmsInput{
		AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the alarms: %w", err)
		}
		for _, a := range page.MetricAlarms {
			o.alarms[*a.AlarmArn] = state(a.AlarmName, a.StateValue, a.StateReason, a.StateTransitionedTimestamp)
		}
		for _, a := range page.CompositeAlarms {
			o.alarms[*a.AlarmArn] = state(a.AlarmName, a.StateValue, a.StateReason, a.StateTransitionedTimestamp)
		}
	}
	return o, nil
}

func state(name *string, value types.StateValue, reason *string, since *time.Time) board.AlarmState {
	return board.AlarmState{Name: aws.ToString(name), Value: string(value), Reason: aws.ToString(reason), Updated: aws.ToTime(since)}
}

// Dashboard is the body of a dashboard.
func (o *Observed) Dashboard(name string) (string, error) {
	out, err := o.metrics.GetDashboard(o.ctx, &cloudwatch.GetDashboardInput{DashboardName: &name})
	if err != nil {
		return "", fmt.Errorf("read the dashboard %s: %w", name, err)
	}
	return aws.ToString(out.DashboardBody), nil
}

// Sources are where dashboards find their data.
func (o *Observed) Sources() board.Sources {
	return board.Sources{
		Metrics: o, Logs: o.query,
		Alarm: func(arn string) (board.AlarmState, bool) { a, ok := o.alarms[arn]; return a, ok },
	}
}

// Read implements query.Source.
func (o *Observed) Read(id metric.ID, statistic string, period time.Duration, start, end time.Time) ([]metric.Point, error) {
	m := types.Metric{Namespace: &id.Namespace, MetricName: &id.Name}
	for _, d := range id.Dimensions {
		m.Dimensions = append(m.Dimensions, types.Dimension{Name: &d.Name, Value: &d.Value})
	}
	pages := cloudwatch.NewGetMetricDataPaginator(o.metrics, &cloudwatch.GetMetricDataInput{
		StartTime: &start, EndTime: &end, ScanBy: types.ScanByTimestampAscending,
		MetricDataQueries: []types.MetricDataQuery{{
			Id: aws.String("m"), MetricStat: &types.MetricStat{Metric: &m, Period: aws.Int32(int32(period / time.Second)), Stat: &statistic},
		}},
	})
	var points []metric.Point
	for pages.HasMorePages() {
		page, err := pages.NextPage(o.ctx)
		if err != nil {
			return nil, fmt.Errorf("read %s %s: %w", id.Namespace, id.Name, err)
		}
		for _, r := range page.MetricDataResults {
			for i, at := range r.Timestamps {
				points = append(points, metric.Point{Time: at, Value: r.Values[i]})
			}
		}
	}
	return points, nil
}

// query runs a query of Logs Insights, whose result comes when it is ready.
func (o *Observed) query(ctx context.Context, text string, start, end time.Time) (board.Table, error) {
	started, err := o.logs.StartQuery(ctx, &cloudwatchlogs.StartQueryInput{
		QueryString: &text, StartTime: aws.Int64(start.Unix()), EndTime: aws.Int64(end.Unix()),
	})
	if err != nil {
		return board.Table{}, fmt.Errorf("query the logs: %w", err)
	}
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		out, err := o.logs.GetQueryResults(ctx, &cloudwatchlogs.GetQueryResultsInput{QueryId: started.QueryId})
		switch {
		case err != nil:
			return board.Table{}, fmt.Errorf("read the result of a query: %w", err)
		case out.Status == logstypes.QueryStatusComplete:
			return table(out.Results), nil
		case out.Status != logstypes.QueryStatusRunning && out.Status != logstypes.QueryStatusScheduled:
			return board.Table{}, errors.New("the query of the logs ended as " + string(out.Status))
		}
		select {
		case <-ctx.Done():
			return board.Table{}, ctx.Err()
		case <-time.After(pause):
		}
	}
}

// table has a column for each field that a row has, but for the pointers.
func table(results [][]logstypes.ResultField) board.Table {
	var t board.Table
	for _, result := range results {
		row := make([]string, len(t.Columns))
		for _, f := range result {
			name := aws.ToString(f.Field)
			if name == "@ptr" {
				continue
			}
			at := slices.Index(t.Columns, name)
			if at < 0 {
				at = len(t.Columns)
				t.Columns, row = append(t.Columns, name), append(row, "")
			}
			row[at] = aws.ToString(f.Value)
		}
		t.Rows = append(t.Rows, row)
	}
	for i := range t.Rows { // a field may be new in a later row
		t.Rows[i] = append(t.Rows[i], make([]string, len(t.Columns)-len(t.Rows[i]))...)
	}
	return t
}
