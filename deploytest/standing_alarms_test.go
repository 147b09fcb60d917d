package deploytest

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/pixline/pixline/local/graph"
)

// dimensions are those of a metric, as CloudWatch lists them.
type dimensions []struct{ Name, Value string }

func (list dimensions) named() map[string]string {
	named := map[string]string{}
	for _, d := range list {
		named[d.Name] = d.Value
	}
	return named
}

// alarm is one as DescribeAlarms has it.
type alarm struct {
	AlarmName, AlarmDescription string
	ActionsEnabled              bool
	AlarmActions                []string `xml:"AlarmActions>member"`
	OKActions                   []string `xml:"OKActions>member"`
	AlarmRule                   string   // of a composite one

	Namespace, MetricName, Statistic, ExtendedStatistic string
	Dimensions                                          dimensions `xml:"Dimensions>member"`
	Period, EvaluationPeriods, DatapointsToAlarm        int
	Threshold                                           float64
	ComparisonOperator, TreatMissingData                string
	Metrics                                             []struct {
		ID         string `xml:"Id"`
		Expression string
		Label      string
		ReturnData bool
		MetricStat struct {
			Metric struct {
				Namespace, MetricName string
				Dimensions            dimensions `xml:"Dimensions>member"`
			}
			Period int
			Stat   string
		}
	} `xml:"Metrics>member"`
}

// alarmNamed asks for an alarm: kind is MetricAlarm or CompositeAlarm.
func (s *standing) alarmNamed(ctx context.Context, kind, name string) (alarm, error) {
	var found struct {
		Metric    []alarm `xml:"DescribeAlarmsResult>MetricAlarms>member"`
		Composite []alarm `xml:"DescribeAlarmsResult>CompositeAlarms>member"`
	}
	if err := s.cloudWatch(ctx, "DescribeAlarms", url.Values{"AlarmNames.member.1": {name}, "AlarmTypes.member.1": {kind}}, &found); err != nil {
		return alarm{}, err
	}
	if list := append(found.Metric, found.Composite...); len(list) == 1 {
		return list[0], nil
	}
	return alarm{}, fmt.Errorf("there is no %s %s", kind, name)
}

// declaredActions are a graph's, with the identities of the deployment and in
// order: the provider keeps none.
func (s *standing) declaredActions(r graph.Resource) properties {
	p := of(r, "actionsEnabled")
	for _, property := range []string{"alarmActions", "okActions"} {
		declared, _ := r.Inputs[property].([]any)
		var list []string
		for _, action := range declared {
			arn, _ := action.(string)
			list = append(list, s.rename.Replace(arn))
		}
		slices.Sort(list)
		p[property] = list
	}
	return p
}

// actions are the same of an alarm that stands.
func (a alarm) actions() properties {
	return properties{
		"actionsEnabled": a.ActionsEnabled,
		"alarmActions":   slices.Sorted(slices.Values(a.AlarmActions)), "okActions": slices.Sorted(slices.Values(a.OKActions)),
	}
}

// queries are those of an alarm on an expression, by their ids: the provider
// keeps no order.
func (a alarm) queries() properties {
	byID := properties{}
	for _, q := range a.Metrics {
		p := properties{"expression": q.Expression, "label": q.Label, "returnData": q.ReturnData}
		if m := q.MetricStat; m.Metric.MetricName != "" {
			p["metric"] = properties{
				"namespace": m.Metric.Namespace, "metricName": m.Metric.MetricName, "dimensions": m.Metric.Dimensions.named(),
				"period": m.Period, "stat": m.Stat,
			}
		}
		byID[q.ID] = p
	}
	return byID
}

// declaredQueries are the same of the graph.
func declaredQueries(r graph.Resource) (properties, error) {
	var declared struct {
		MetricQueries []map[string]any `json:"metricQueries"`
	}
	if err := r.Decode(&declared); err != nil {
		return nil, err
	}
	byID := properties{}
	for _, q := range declared.MetricQueries {
		id, _ := q["id"].(string)
		delete(q, "id")
		byID[id] = q
	}
	return byID, nil
}

var ofAlarms = map[string]comparison{
	"aws:cloudwatch/metricAlarm:MetricAlarm": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		a, err := s.alarmNamed(ctx, "MetricAlarm", s.id(r))
		if err != nil {
			return nil, nil, err
		}
		want := of(r, "name", "alarmDescription", "namespace", "metricName", "statistic", "extendedStatistic",
			"dimensions", "period", "evaluationPeriods", "datapointsToAlarm", "threshold", "comparisonOperator", "treatMissingData")
		want["actions"] = s.declaredActions(r)
		want["queries"], err = declaredQueries(r)
		return want, properties{
			"name": a.AlarmName, "alarmDescription": a.AlarmDescription, "actions": a.actions(),
			"namespace": a.Namespace, "metricName": a.MetricName, "statistic": a.Statistic, "extendedStatistic": a.ExtendedStatistic,
			"dimensions": a.Dimensions.named(), "period": a.Period, "evaluationPeriods": a.EvaluationPeriods, "datapointsToAlarm": a.DatapointsToAlarm,
			"threshold": a.Threshold, "comparisonOperator": a.ComparisonOperator, "treatMissingData": a.TreatMissingData, "queries": a.queries(),
		}, err
	},
	"aws:cloudwatch/compositeAlarm:CompositeAlarm": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		a, err := s.alarmNamed(ctx, "CompositeAlarm", s.id(r))
		want := of(r, "alarmName", "alarmDescription", "alarmRule")
		want["actions"] = s.declaredActions(r)
		return want, properties{"alarmName": a.AlarmName, "alarmDescription": a.AlarmDescription, "alarmRule": a.AlarmRule, "actions": a.actions()}, err
	},
	"aws:cloudwatch/queryDefinition:QueryDefinition": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		found, err := cloudwatchlogs.NewFromConfig(s.aws).DescribeQueryDefinitions(ctx, &cloudwatchlogs.DescribeQueryDefinitionsInput{QueryDefinitionNamePrefix: aws.String(r.String("name"))})
		if err != nil {
			return nil, nil, err
		}
		for _, q := range found.QueryDefinitions {
			if aws.ToString(q.QueryDefinitionId) == s.id(r) {
				return of(r, "name", "queryString", "logGroupNames"), properties{"name": q.Name, "queryString": q.QueryString, "logGroupNames": q.LogGroupNames}, nil
			}
		}
		return nil, nil, fmt.Errorf("there is no query %s", s.id(r))
	},
	"aws:s3/bucketMetric:BucketMetric": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		found, err := buckets(s).GetBucketMetricsConfiguration(ctx, &s3.GetBucketMetricsConfigurationInput{
			Bucket: aws.String(s.text(r, "bucket")), Id: aws.String(r.String("name")),
		})
		if err != nil {
			return nil, nil, err
		}
		c := found.MetricsConfiguration
		return of(r, "name", "filter"), properties{"name": c.Id, "filter": c.Filter}, nil
	},
}
