package cloudwatch

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/alarm"
)

// described is what metric and composite alarms have in common.
type described struct {
	AlarmName                          string
	AlarmARN                           string `wire:"AlarmArn"`
	AlarmDescription                   string
	AlarmConfigurationUpdatedTimestamp time.Time
	ActionsEnabled                     bool
	OKActions                          []string
	AlarmActions                       []string
	InsufficientDataActions            []string
	StateValue                         string
	StateReason                        string
	StateReasonData                    string
	StateUpdatedTimestamp              time.Time
	StateTransitionedTimestamp         time.Time
}

type compositeAlarm struct {
	described
	AlarmRule string
}

type metricAlarm struct {
	described
	MetricName                       string
	Namespace                        string
	Statistic                        string
	ExtendedStatistic                string
	Dimensions                       []dimension
	Period                           *int // in Metrics, where there is math
	EvaluationPeriods                int
	DatapointsToAlarm                *int
	Threshold                        float64
	ComparisonOperator               string
	TreatMissingData                 string
	EvaluateLowSampleCountPercentile string
	Metrics                          []metricDataQuery
}

func describe(a alarm.Alarm) described {
	return described{
		AlarmName: a.Name, AlarmARN: a.ARN, AlarmDescription: a.Description, AlarmConfigurationUpdatedTimestamp: a.Configured,
		ActionsEnabled: a.ActionsEnabled, OKActions: present(a.OKActions), AlarmActions: present(a.AlarmActions),
		InsufficientDataActions: present(a.InsufficientDataActions),
		StateValue:              string(a.State.Value), StateReason: a.State.Reason, StateReasonData: a.State.ReasonData,
		StateUpdatedTimestamp: a.State.Updated, StateTransitionedTimestamp: a.State.Changed,
	}
}

// present is a list that is written where it is empty, too.
func present(list []string) []string { return append([]string{}, list...) }

func inSeconds(d time.Duration) *int {
	n := int(d / time.Second)
	return &n
}

func describeMetric(a alarm.Alarm) metricAlarm {
	m := metricAlarm{
		described: describe(a), EvaluationPeriods: a.EvaluationPeriods, Threshold: a.Threshold, ComparisonOperator: a.Comparison,
		TreatMissingData: a.TreatMissingData, EvaluateLowSampleCountPercentile: a.LowSamplePercentiles,
	}
	if a.DatapointsToAlarm > 0 {
		m.DatapointsToAlarm = &a.DatapointsToAlarm
	}
	if q, ok := a.Single(); ok {
		m.Namespace, m.MetricName, m.Dimensions, m.Period = q.Metric.Namespace, q.Metric.Name, dimensionsOf(q.Metric), inSeconds(a.Period)
		if new(datapoint).set(q.Statistic, 0) {
			m.Statistic = q.Statistic
		} else {
			m.ExtendedStatistic = q.Statistic
		}
		return m
	}
	for _, q := range a.Queries {
		shown := !q.Hidden
		d := metricDataQuery{ID: q.ID, Label: q.Label, Expression: q.Expression, ReturnData: &shown}
		if q.Expression == "" {
			d.MetricStat = &metricStat{
				Metric: metricName{q.Metric.Namespace, q.Metric.Name, dimensionsOf(q.Metric)},
				Period: *inSeconds(cmp.Or(q.Period, a.Period)), Stat: q.Statistic,
			}
		}
		m.Metrics = append(m.Metrics, d)
	}
	return m
}

type describeAlarmHistoryInput struct {
	AlarmName       string
	AlarmTypes      []string
	HistoryItemType string
	StartDate       time.Time
	EndDate         time.Time
	MaxRecords      *int
	NextToken       string
	ScanBy          string
}

type describeAlarmHistoryOutput struct {
	AlarmHistoryItems []historyItem
	NextToken         string
}

type historyItem struct {
	AlarmName       string
	AlarmType       string
	Timestamp       time.Time
	HistoryItemType string
	HistorySummary  string
	HistoryData     string
}

func (s *Service) describeAlarmHistory(ctx context.Context, in *describeAlarmHistoryInput) (*describeAlarmHistoryOutput, error) {
	names := present(nil)
	if in.AlarmName != "" {
		names = append(names, in.AlarmName)
	}
	if err := s.authorizeAlarms(ctx, "DescribeAlarmHistory", names...); err != nil {
		return nil, err
	}
	size, err := pageSize(in.MaxRecords, maxAlarms, maxAlarms)
	if err == nil {
		err = in.check()
	}
	if err != nil {
		return nil, err
	}
	items := s.history(in)
	out := &describeAlarmHistoryOutput{}
	request := *in
	request.NextToken = ""
	out.AlarmHistoryItems, out.NextToken, err = page(items, size, in.NextToken, "DescribeAlarmHistory", request)
	return out, err
}

func (in *describeAlarmHistoryInput) check() error {
	if err := eachType(in.AlarmTypes); err != nil {
		return err
	}
	if err := either("HistoryItemType", in.HistoryItemType, alarm.ConfigurationUpdate, alarm.StateUpdate, alarm.Action); err != nil {
		return err
	}
	return either("ScanBy", in.ScanBy, ascending, descending)
}

// history has what happened, latest first unless ScanBy says otherwise.
func (s *Service) history(in *describeAlarmHistoryInput) []historyItem {
	items := []historyItem{}
	for _, a := range s.Alarms.List() {
		if in.AlarmName != "" && in.AlarmName != a.Name || !ofType(a, in.AlarmTypes) {
			continue
		}
		for _, i := range s.Alarms.History(a.Name) {
			if in.HistoryItemType != "" && in.HistoryItemType != i.Kind || i.Time.Before(in.StartDate) || !in.EndDate.IsZero() && i.Time.After(in.EndDate) {
				continue
			}
			items = append(items, historyItem{a.Name, typeOf(a), i.Time, i.Kind, i.Summary, i.Data})
		}
	}
	// Of the same time, those of an alarm stay in their order.
	slices.SortStableFunc(items, func(a, b historyItem) int { return b.Timestamp.Compare(a.Timestamp) })
	if in.ScanBy == ascending {
		slices.Reverse(items)
	}
	return items
}
