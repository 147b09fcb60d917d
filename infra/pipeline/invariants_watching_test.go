package pipeline_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pixline/pixline/pkg/contract"
)

// watched: alarms, graphs and saved queries are about what is there. CloudWatch
// takes any name, draws nothing and stays silent.
func watched(w *world) []string {
	var p problems
	there := w.identities()
	about := func(of *part, m measure) {
		if problem := there.problem(m); problem != "" {
			p.add("%s watches %s %s: %s", of, m.namespace, m.name, problem)
		}
	}
	for _, a := range w.of(alarmKind) {
		list := measures(a)
		if len(list) == 0 {
			p.add("%s watches nothing", a)
		}
		for _, m := range list {
			about(a, m)
		}
	}
	groups := map[string]bool{}
	for _, g := range w.of(groupKind) {
		groups[g.text("name")] = true
	}
	alarms := w.alarmsOf()
	for _, d := range w.of(dashboardKind) {
		var body struct {
			Widgets []struct {
				Properties struct {
					Metrics [][]any
					Alarms  []string
					Query   string
				}
			}
		}
		decode(d.text("dashboardBody"), &body)
		for _, widget := range body.Widgets {
			for _, row := range widget.Properties.Metrics {
				if m, is := shown(row); is {
					about(d, m)
				}
			}
			for _, arn := range widget.Properties.Alarms {
				name, ours := strings.CutPrefix(arn, "arn:aws:cloudwatch:eu-west-1:000000000000:alarm:")
				if !ours || alarms[name] == nil {
					p.add("%s shows the alarm %s", d, arn)
				}
			}
			for _, source := range sourced.FindAllStringSubmatch(widget.Properties.Query, -1) {
				if !groups[source[1]] {
					p.add("%s reads the log group %s", d, source[1])
				}
			}
		}
	}
	for _, q := range w.of(savedQueryKind) {
		names := texts(q.in["logGroupNames"])
		if len(names) == 0 {
			p.add("%s reads nothing", q)
		}
		for _, name := range names {
			if !groups[name] {
				p.add("%s reads the log group %s", q, name)
			}
		}
	}
	return p
}

// sourced finds the log groups of a widget's query.
var sourced = regexp.MustCompile(`SOURCE '([^']*)'`)

// shown is the metric of a row: namespace, name, dimensions, options. The row of an
// expression has options alone.
func shown(row []any) (m measure, is bool) {
	if len(row) < 2 {
		return m, false
	}
	m.namespace, _ = row[0].(string)
	m.name, _ = row[1].(string)
	m.dimensions = map[string]any{}
	for i := 2; i+1 < len(row); i += 2 {
		name, _ := row[i].(string)
		m.dimensions[name] = row[i+1]
	}
	return m, true
}

// identities are the values that dimensions may have, by namespace: a text of all
// that belong together, such as FunctionName=resize.
type identities map[string]map[string]bool

// identities are those of the resources that the world has.
func (w *world) identities() identities {
	all := identities{}
	add := func(namespace, format string, args ...any) {
		if all[namespace] == nil {
			all[namespace] = map[string]bool{}
		}
		all[namespace][fmt.Sprintf(format, args...)] = true
	}
	for _, f := range w.of(functionKind) {
		add("AWS/Lambda", "FunctionName=%s", physical(f))
		namespace, _ := f.at("environment", "variables", contract.EnvMetricsNamespace).(string)
		add(namespace, "%s=%s", contract.DimensionStage, f.name)
	}
	for _, m := range w.of(machineKind) {
		add("AWS/States", "StateMachineArn=%s", m.arn)
	}
	for _, stage := range w.of(apiStage) {
		for _, api := range w.of(apiKind) {
			add("AWS/ApiGateway", "ApiName=%s Stage=%s", physical(api), stage.text("stageName"))
		}
	}
	for _, b := range w.of(bucketKind) {
		add("AWS/S3", "BucketName=%s", physical(b))
		add("AWS/S3", "BucketName=%s FilterId=%s", physical(b), w.settingOf(b, bucketMetricKind).text("name"))
	}
	for _, q := range w.of(queueKind) {
		add("AWS/SQS", "QueueName=%s", physical(q))
	}
	for _, t := range w.of(topicKind) {
		add("AWS/SNS", "TopicName=%s", physical(t))
	}
	return all
}

// narrowing are dimensions that split the metrics of a resource.
var narrowing = []string{contract.DimensionCode, contract.DimensionOutcome, "StorageType", "Method", "Resource"}

// problem tells what is wrong with a metric's dimensions, or "".
func (all identities) problem(m measure) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(m.dimensions)) {
		if !slices.Contains(narrowing, name) {
			parts = append(parts, fmt.Sprintf("%s=%v", name, m.dimensions[name]))
		}
	}
	if id := strings.Join(parts, " "); !all[m.namespace][id] {
		return "there is no " + id
	}
	return ""
}
