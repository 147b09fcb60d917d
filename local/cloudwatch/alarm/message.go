package alarm

import (
	"cmp"
	"strings"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/metric"
)

// maxSubject is SNS's limit: characters.
const maxSubject = 100

// notification is what CloudWatch sends to a topic. Its fields are in
// CloudWatch's order; a composite alarm has the last two in place of Trigger.
type notification struct {
	AlarmName               string
	AlarmDescription        *string
	AWSAccountID            string `json:"AWSAccountId"`
	Configured              stamp  `json:"AlarmConfigurationUpdatedTimestamp"`
	NewStateValue           Value
	NewStateReason          string
	StateChangeTime         stamp
	Region                  string
	AlarmArn                string
	OldStateValue           Value
	OKActions               []string
	AlarmActions            []string
	InsufficientDataActions []string
	Trigger                 any      `json:",omitempty"`
	AlarmRule               string   `json:",omitempty"`
	TriggeringChildren      *[]child `json:",omitempty"`
}

// child is an alarm whose change moved a composite one.
type child struct {
	ARN   string     `json:"Arn"`
	State childState `json:"State"`
}

type childState struct {
	Value     Value `json:"Value"`
	Timestamp stamp `json:"Timestamp"`
}

// compared is what every trigger says last.
type compared struct {
	Period                           int
	EvaluationPeriods                int
	DatapointsToAlarm                int `json:",omitempty"`
	ComparisonOperator               string
	Threshold                        number
	TreatMissingData                 string
	EvaluateLowSampleCountPercentile string
}

type metricTrigger struct {
	MetricName        string
	Namespace         string
	StatisticType     string
	Statistic         string  `json:",omitempty"`
	ExtendedStatistic string  `json:",omitempty"`
	Unit              *string // always null: an alarm of ours takes every unit
	Dimensions        []dimension
	compared
}

type mathTrigger struct {
	compared
	Metrics []mathMetric
}

type mathMetric struct {
	Expression string `json:",omitempty"`
	ID         string `json:"Id"`
	Label      string `json:",omitempty"`
	MetricStat *stat  `json:",omitempty"`
	ReturnData bool
}

type stat struct {
	Metric struct {
		Dimensions []dimension
		MetricName string
		Namespace  string
	}
	Period int
	Stat   string
}

type dimension struct {
	Value string `json:"value"`
	Name  string `json:"name"`
}

func dimensions(id metric.ID) []dimension {
	made := []dimension{}
	for _, d := range id.Dimensions {
		made = append(made, dimension{d.Value, d.Name})
	}
	return made
}

// statistics are the plain ones, with their names in a trigger.
var statistics = map[string]string{
	"Average": "AVERAGE", "Sum": "SUM", "Minimum": "MINIMUM", "Maximum": "MAXIMUM", sampleCount: "SAMPLE_COUNT",
}

func (d *Definition) trigger() any {
	c := compared{
		Period: int(d.Period / time.Second), EvaluationPeriods: d.EvaluationPeriods, DatapointsToAlarm: d.DatapointsToAlarm,
		ComparisonOperator: d.Comparison, Threshold: number(d.Threshold),
		TreatMissingData: cmp.Or(d.TreatMissingData, missing), EvaluateLowSampleCountPercentile: d.LowSamplePercentiles,
	}
	if q, ok := d.Single(); ok {
		t := metricTrigger{
			MetricName: q.Metric.Name, Namespace: q.Metric.Namespace, StatisticType: "Statistic", Statistic: statistics[q.Statistic],
			Dimensions: dimensions(q.Metric), compared: c,
		}
		if t.Statistic == "" {
			t.StatisticType, t.ExtendedStatistic = "ExtendedStatistic", q.Statistic
		}
		return t
	}
	t := mathTrigger{compared: c}
	for _, q := range d.Queries {
		m := mathMetric{Expression: q.Expression, ID: q.ID, Label: q.Label, ReturnData: !q.Hidden}
		if q.Expression == "" {
			m.MetricStat = &stat{Period: int(cmp.Or(q.Period, d.Period) / time.Second), Stat: q.Statistic}
			m.MetricStat.Metric.Dimensions = dimensions(q.Metric)
			m.MetricStat.Metric.MetricName, m.MetricStat.Metric.Namespace = q.Metric.Name, q.Metric.Namespace
		}
		t.Metrics = append(t.Metrics, m)
	}
	return t
}

// notification is the message of a change, and its subject.
func (c *change) notification() (subject, message string, err error) {
	d := &c.entry.Definition
	region, account := place(d.ARN)
	n := notification{
		AlarmName: d.Name, AWSAccountID: account, Configured: stamp(c.entry.record.Configured),
		NewStateValue: c.now.Value, NewStateReason: c.now.Reason, StateChangeTime: stamp(c.now.Updated),
		Region: region, AlarmArn: d.ARN, OldStateValue: c.old.Value,
		OKActions: list(d.OKActions), AlarmActions: list(d.AlarmActions), InsufficientDataActions: list(d.InsufficientDataActions),
	}
	if d.Description != "" {
		n.AlarmDescription = &d.Description
	}
	if d.Composite() {
		children := append([]child{}, c.children...)
		n.AlarmRule, n.TriggeringChildren = d.Rule, &children
	} else {
		n.Trigger = d.trigger()
	}
	message, err = marshal(n)
	return subjectOf(c.now.Value, d.Name, region), message, err
}

// subjectOf shortens a name that would not fit.
func subjectOf(v Value, name, region string) string {
	whole := func(name string) string { return string(v) + `: "` + name + `" in ` + region }
	subject := whole(name)
	if len(subject) <= maxSubject {
		return subject
	}
	const ellipsis = "..."
	room := maxSubject - len(whole(ellipsis))
	return whole(strings.ToValidUTF8(name[:max(min(room, len(name)), 0)], "") + ellipsis)
}

// place reads region, by its long name, and account of an ARN.
func place(arn string) (region, account string) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return "", ""
	}
	return cmp.Or(regions[parts[3]], parts[3]), parts[4]
}

// regions are the long names. Source: CloudWatch's messages, and for younger
// regions the AWS General Reference, "AWS Regional endpoints".
var regions = map[string]string{
	"af-south-1": "Africa (Cape Town)", "ap-east-1": "Asia Pacific (Hong Kong)", "ap-northeast-1": "Asia Pacific (Tokyo)",
	"ap-northeast-2": "Asia Pacific (Seoul)", "ap-northeast-3": "Asia Pacific (Osaka)", "ap-south-1": "Asia Pacific (Mumbai)",
	"ap-south-2": "Asia Pacific (Hyderabad)", "ap-southeast-1": "Asia Pacific (Singapore)", "ap-southeast-2": "Asia Pacific (Sydney)",
	"ap-southeast-3": "Asia Pacific (Jakarta)", "ap-southeast-4": "Asia Pacific (Melbourne)", "ca-central-1": "Canada (Central)",
	"ca-west-1": "Canada West (Calgary)", "eu-central-1": "EU (Frankfurt)", "eu-central-2": "Europe (Zurich)",
	"eu-north-1": "EU (Stockholm)", "eu-south-1": "EU (Milan)", "eu-south-2": "Europe (Spain)", "eu-west-1": "EU (Ireland)",
	"eu-west-2": "EU (London)", "eu-west-3": "EU (Paris)", "il-central-1": "Israel (Tel Aviv)", "me-central-1": "Middle East (UAE)",
	"me-south-1": "Middle East (Bahrain)", "sa-east-1": "South America (Sao Paulo)", "us-east-1": "US East (N. Virginia)",
	"us-east-2": "US East (Ohio)", "us-west-1": "US West (N. California)", "us-west-2": "US West (Oregon)",
}
