package cloudwatch

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/alarm"
)

// Kinds of alarms, as AlarmTypes has them.
const (
	metricAlarms    = "MetricAlarm"
	compositeAlarms = "CompositeAlarm"
)

// Pages of DescribeAlarms. Source: API Reference.
const (
	usualAlarms = 50
	maxAlarms   = 100
)

// authorizeAlarms asks for each of the alarms, or for all where none is named.
func (s *Service) authorizeAlarms(ctx context.Context, action string, names ...string) error {
	if len(names) == 0 {
		names = []string{"*"}
	}
	for _, name := range names {
		if err := s.Authorize(ctx, "cloudwatch:"+action, s.alarmPrefix+name); err != nil {
			return err
		}
	}
	return nil
}

type describeAlarmsInput struct {
	AlarmNames          []string
	AlarmNamePrefix     string
	AlarmTypes          []string
	ChildrenOfAlarmName string
	ParentsOfAlarmName  string
	StateValue          string
	ActionPrefix        string
	MaxRecords          *int
	NextToken           string
}

type describeAlarmsOutput struct {
	CompositeAlarms []compositeAlarm
	MetricAlarms    []metricAlarm
	NextToken       string
}

func (s *Service) describeAlarms(ctx context.Context, in *describeAlarmsInput) (*describeAlarmsOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	if err := s.authorizeAlarms(ctx, "DescribeAlarms", in.AlarmNames...); err != nil {
		return nil, err
	}
	size, err := pageSize(in.MaxRecords, usualAlarms, maxAlarms)
	if err != nil {
		return nil, err
	}
	chosen := s.chosen(in)
	request := *in
	request.NextToken = ""
	chosen, next, err := page(chosen, size, in.NextToken, "DescribeAlarms", request)
	if err != nil {
		return nil, err
	}
	out := &describeAlarmsOutput{CompositeAlarms: []compositeAlarm{}, MetricAlarms: []metricAlarm{}, NextToken: next}
	for _, a := range chosen {
		if a.Composite() {
			out.CompositeAlarms = append(out.CompositeAlarms, compositeAlarm{described: describe(a), AlarmRule: a.Rule})
		} else {
			out.MetricAlarms = append(out.MetricAlarms, describeMetric(a))
		}
	}
	return out, nil
}

func (in *describeAlarmsInput) check() error {
	if len(in.AlarmNames) > maxAlarms {
		return invalid(validation, "The parameter AlarmNames is to have at most %d members.", maxAlarms)
	}
	if len(in.AlarmNames) > 0 && in.AlarmNamePrefix != "" {
		return invalid(invalidCombination, "AlarmNames and AlarmNamePrefix cannot be given at once.")
	}
	relatives := in.ChildrenOfAlarmName != "" || in.ParentsOfAlarmName != ""
	others := len(in.AlarmNames)+len(in.AlarmTypes) > 0 || in.AlarmNamePrefix+in.StateValue+in.ActionPrefix != ""
	if relatives && others || in.ChildrenOfAlarmName != "" && in.ParentsOfAlarmName != "" {
		return invalid(invalidCombination, "Besides ChildrenOfAlarmName or ParentsOfAlarmName, only MaxRecords and NextToken can be given.")
	}
	if err := eachType(in.AlarmTypes); err != nil {
		return err
	}
	return either("StateValue", in.StateValue, string(alarm.OK), string(alarm.InAlarm), string(alarm.InsufficientData))
}

func eachType(types []string) error {
	for _, t := range types {
		if err := either("AlarmTypes", t, metricAlarms, compositeAlarms); err != nil {
			return err
		}
	}
	return nil
}

func typeOf(a alarm.Alarm) string {
	if a.Composite() {
		return compositeAlarms
	}
	return metricAlarms
}

// ofType says whether the alarm is of one of the types; without any, metric
// alarms alone are.
func ofType(a alarm.Alarm, types []string) bool {
	if len(types) == 0 {
		return !a.Composite()
	}
	return slices.Contains(types, typeOf(a))
}

func (s *Service) chosen(in *describeAlarmsInput) []alarm.Alarm {
	switch {
	case in.ChildrenOfAlarmName != "":
		return s.named(s.Alarms.Children(in.ChildrenOfAlarmName))
	case in.ParentsOfAlarmName != "":
		return s.named(s.Alarms.Parents(in.ParentsOfAlarmName))
	}
	return slices.DeleteFunc(s.Alarms.List(), func(a alarm.Alarm) bool {
		acts := func(arn string) bool { return strings.HasPrefix(arn, in.ActionPrefix) }
		return !ofType(a, in.AlarmTypes) ||
			len(in.AlarmNames) > 0 && !slices.Contains(in.AlarmNames, a.Name) ||
			!strings.HasPrefix(a.Name, in.AlarmNamePrefix) ||
			in.StateValue != "" && in.StateValue != string(a.State.Value) ||
			in.ActionPrefix != "" && !slices.ContainsFunc(slices.Concat(a.OKActions, a.AlarmActions, a.InsufficientDataActions), acts)
	})
}

func (s *Service) named(names []string) []alarm.Alarm {
	var alarms []alarm.Alarm
	for _, name := range names {
		if a, ok := s.Alarms.Get(name); ok {
			alarms = append(alarms, a)
		}
	}
	return alarms
}

type describeAlarmsForMetricInput struct {
	Namespace         string `wire:",required"`
	MetricName        string `wire:",required"`
	Dimensions        []dimension
	Statistic         string
	ExtendedStatistic string
	Period            int
}

type describeAlarmsForMetricOutput struct{ MetricAlarms []metricAlarm }

// describeAlarmsForMetric finds the alarms on just this metric: not those on math.
func (s *Service) describeAlarmsForMetric(ctx context.Context, in *describeAlarmsForMetricInput) (*describeAlarmsForMetricOutput, error) {
	if err := s.Authorize(ctx, "cloudwatch:DescribeAlarmsForMetric", anything); err != nil {
		return nil, err
	}
	wanted := idOf(in.Namespace, in.MetricName, in.Dimensions)
	statistic := in.Statistic + in.ExtendedStatistic
	out := &describeAlarmsForMetricOutput{MetricAlarms: []metricAlarm{}}
	for _, a := range s.Alarms.List() {
		q, ok := a.Single()
		if !ok || q.Metric.Namespace != wanted.Namespace || q.Metric.Name != wanted.Name || !slices.Equal(q.Metric.Dimensions, wanted.Dimensions) ||
			statistic != "" && q.Statistic != statistic || in.Period != 0 && a.Period != time.Duration(in.Period)*time.Second {
			continue
		}
		out.MetricAlarms = append(out.MetricAlarms, describeMetric(a))
	}
	return out, nil
}

type setAlarmStateInput struct {
	AlarmName       string `wire:",required"`
	StateValue      string `wire:",required"`
	StateReason     string `wire:",required"`
	StateReasonData string
}

func (s *Service) setAlarmState(ctx context.Context, in *setAlarmStateInput) (*struct{}, error) {
	if err := s.authorizeAlarms(ctx, "SetAlarmState", in.AlarmName); err != nil {
		return nil, err
	}
	return &struct{}{}, s.Alarms.Set(ctx, in.AlarmName, alarm.Value(in.StateValue), in.StateReason, in.StateReasonData)
}

type alarmNames struct {
	AlarmNames []string `wire:",required"`
}

func (s *Service) enableAlarmActions(ctx context.Context, in *alarmNames) (*struct{}, error) {
	return s.switchActions(ctx, "EnableAlarmActions", in.AlarmNames, true)
}

func (s *Service) disableAlarmActions(ctx context.Context, in *alarmNames) (*struct{}, error) {
	return s.switchActions(ctx, "DisableAlarmActions", in.AlarmNames, false)
}

func (s *Service) switchActions(ctx context.Context, action string, names []string, enabled bool) (*struct{}, error) {
	if len(names) == 0 || len(names) > maxAlarms {
		return nil, invalid(validation, "The parameter AlarmNames is to have from 1 to %d members.", maxAlarms)
	}
	if err := s.authorizeAlarms(ctx, action, names...); err != nil {
		return nil, err
	}
	return &struct{}{}, s.Alarms.EnableActions(names, enabled)
}
