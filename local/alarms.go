package local

import (
	"cmp"
	"fmt"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/alarm"
	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/cloudwatch/query"
	"github.com/pixline/pixline/local/graph"
)

// alarmActions are what both kinds of alarms have in common.
type alarmActions struct {
	ARN                     string   `json:"arn"`
	AlarmDescription        string   `json:"alarmDescription"`
	ActionsEnabled          *bool    `json:"actionsEnabled"`
	OKActions               []string `json:"okActions"`
	AlarmActions            []string `json:"alarmActions"`
	InsufficientDataActions []string `json:"insufficientDataActions"`
}

func (a alarmActions) definition(name string) alarm.Definition {
	return alarm.Definition{
		Name: name, ARN: a.ARN, Description: a.AlarmDescription,
		ActionsEnabled: a.ActionsEnabled == nil || *a.ActionsEnabled,
		OKActions:      a.OKActions, AlarmActions: a.AlarmActions, InsufficientDataActions: a.InsufficientDataActions,
	}
}

// watched is a metric with a statistic, as an alarm names it.
type watched struct {
	Namespace         string            `json:"namespace"`
	MetricName        string            `json:"metricName"`
	Dimensions        map[string]string `json:"dimensions"`
	Period            int               `json:"period"` // seconds
	Stat              string            `json:"stat"`
	Statistic         string            `json:"statistic"`
	ExtendedStatistic string            `json:"extendedStatistic"`
}

func (w watched) query(id string) query.Query {
	return query.Query{
		ID: id, Label: w.MetricName, Metric: metric.New(w.Namespace, w.MetricName, w.Dimensions),
		Statistic: cmp.Or(w.Stat, w.Statistic, w.ExtendedStatistic), Period: time.Duration(w.Period) * time.Second,
	}
}

// metricAlarm is what the graph says of an alarm on a metric or on metric math.
type metricAlarm struct {
	alarmActions
	watched
	Name                 string  `json:"name"`
	ComparisonOperator   string  `json:"comparisonOperator"`
	Threshold            float64 `json:"threshold"`
	EvaluationPeriods    int     `json:"evaluationPeriods"`
	DatapointsToAlarm    int     `json:"datapointsToAlarm"`
	TreatMissingData     string  `json:"treatMissingData"`
	LowSamplePercentiles string  `json:"evaluateLowSampleCountPercentiles"`
	MetricQueries        []struct {
		ID         string   `json:"id"`
		Expression string   `json:"expression"`
		Label      string   `json:"label"`
		ReturnData bool     `json:"returnData"`
		Period     int      `json:"period"`
		Metric     *watched `json:"metric"`
	} `json:"metricQueries"`
}

// alarms are the graph's alarms.
func alarms(g *graph.Graph) ([]alarm.Definition, error) {
	var found []alarm.Definition
	for _, r := range g.Of("aws:cloudwatch/metricAlarm:MetricAlarm") {
		if err := only(r, "name", "arn", "alarmDescription", "actionsEnabled", "okActions", "alarmActions", "insufficientDataActions", "tags",
			"namespace", "metricName", "dimensions", "period", "statistic", "extendedStatistic", "comparisonOperator", "threshold",
			"evaluationPeriods", "datapointsToAlarm", "treatMissingData", "evaluateLowSampleCountPercentiles", "metricQueries"); err != nil {
			return nil, err
		}
		var declared metricAlarm
		if err := r.Decode(&declared); err != nil {
			return nil, err
		}
		found = append(found, declared.definition())
	}
	for _, r := range g.Of("aws:cloudwatch/compositeAlarm:CompositeAlarm") {
		if err := only(r, "alarmName", "arn", "alarmDescription", "actionsEnabled", "okActions", "alarmActions", "insufficientDataActions", "tags", "alarmRule"); err != nil {
			return nil, err
		}
		var declared struct {
			alarmActions
			AlarmName string `json:"alarmName"`
			AlarmRule string `json:"alarmRule"`
		}
		if err := r.Decode(&declared); err != nil {
			return nil, err
		}
		d := declared.alarmActions.definition(declared.AlarmName)
		d.Rule = declared.AlarmRule
		if d.Rule == "" {
			return nil, fmt.Errorf("composite alarm %s has no rule", d.Name)
		}
		found = append(found, d)
	}
	return found, nil
}

func (m metricAlarm) definition() alarm.Definition {
	d := m.alarmActions.definition(m.Name)
	d.Comparison, d.Threshold = m.ComparisonOperator, m.Threshold
	d.EvaluationPeriods, d.DatapointsToAlarm = m.EvaluationPeriods, m.DatapointsToAlarm
	d.TreatMissingData, d.LowSamplePercentiles = m.TreatMissingData, m.LowSamplePercentiles
	d.Period = time.Duration(m.Period) * time.Second
	if len(m.MetricQueries) == 0 {
		d.Queries = []query.Query{m.watched.query("")}
		return d
	}
	for _, q := range m.MetricQueries {
		one := query.Query{ID: q.ID, Expression: q.Expression, Period: time.Duration(q.Period) * time.Second}
		if q.Metric != nil {
			one = q.Metric.query(q.ID)
		}
		one.Label, one.Hidden = cmp.Or(q.Label, one.Label), !q.ReturnData
		d.Period = max(d.Period, one.Period)
		d.Queries = append(d.Queries, one)
	}
	return d
}
