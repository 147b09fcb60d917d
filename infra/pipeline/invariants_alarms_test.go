package pipeline_test

import (
	"path"
	"slices"
	"strings"

	"github.com/pixline/pixline/pkg/contract"
)

const (
	alarmKind        = "aws:cloudwatch/metricAlarm:MetricAlarm"
	compositeKind    = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
	savedQueryKind   = "aws:cloudwatch/queryDefinition:QueryDefinition"
	bucketMetricKind = "aws:s3/bucketMetric:BucketMetric"
)

var alarmInvariants = []invariant{
	{
		name: "an alarm for every stage", check: alarmed,
		breaks: map[string]func(*world){
			"one is missing": func(w *world) { w.remove(alarmKind, "storage-output-latency") },
			"a function's":   func(w *world) { w.remove(alarmKind, "resize-duration") },
			"of another": func(w *world) {
				w.one(alarmKind, "api-5xx").in["dimensions"] = map[string]any{"ApiName": "other", "Stage": "v1"}
			},
			"its own metric": func(w *world) { w.remove(alarmKind, "notify-publish-failures") },
			"the limit":      func(w *world) { w.one(functionKind, "validate").in["reservedConcurrentExecutions"] = 5.0 },
		},
	},
	{
		name: "every alarm says what is wrong, and whom it tells", check: tells,
		breaks: map[string]func(*world){
			"the runbook":     func(w *world) { replace(w.one(alarmKind, "api-4xx"), "alarmDescription", "Runbook: ", "") },
			"missing data":    func(w *world) { delete(w.one(alarmKind, "api-4xx").in, "treatMissingData") },
			"its periods":     func(w *world) { w.one(alarmKind, "api-4xx").in["datapointsToAlarm"] = 6.0 },
			"when it is over": func(w *world) { delete(w.one(alarmKind, "topic-delivery-failures").in, "okActions") },
			"the pager": func(w *world) {
				p := w.one(compositeKind, "pipeline-health")
				p.in["alarmActions"] = texts(p.in["alarmActions"])[:1]
			},
			"all of them":             func(w *world) { w.one(alarmKind, "resize-memory").in["actionsEnabled"] = false },
			"the topic's policy":      func(w *world) { w.drop(topicPolicyKind, "alarms", "Alarms") },
			"the key's policy":        func(w *world) { w.drop(keyKind, "data", "Alarms") },
			"a name that is not ours": func(w *world) { w.one(alarmKind, "api-5xx").in["name"] = "api-5xx" },
			"the same name": func(w *world) {
				w.one(alarmKind, "api-5xx").in["name"] = w.one(compositeKind, "api-health").in["alarmName"]
			},
		},
	},
	{
		name: "nothing is watched that is not there", check: watched,
		breaks: map[string]func(*world){
			"a function": func(w *world) {
				w.one(alarmKind, "resize-throttles").in["dimensions"] = map[string]any{"FunctionName": "x"}
			},
			"a dimension": func(w *world) {
				w.one(alarmKind, "resize-throttles").in["dimensions"] = map[string]any{"Function": "resize"}
			},
			"an operand": func(w *world) {
				query := w.one(alarmKind, "resize-error-rate").in["metricQueries"].([]any)[1].(map[string]any)
				query["metric"].(map[string]any)["dimensions"] = map[string]any{"FunctionName": "x"}
			},
			"the request metrics":     func(w *world) { w.remove(bucketMetricKind, "input") },
			"other request metrics":   func(w *world) { w.one(bucketMetricKind, "output").in["name"] = "Thumbnails" },
			"a queue":                 func(w *world) { w.remove(queueKind, "failed-executions") },
			"a namespace":             func(w *world) { w.one(alarmKind, "resize-memory").in["namespace"] = "Pixline/other" },
			"on a dashboard":          func(w *world) { replace(w.one(dashboardKind, "resize"), "dashboardBody", `"resize"`, `"other"`) },
			"the log group":           func(w *world) { w.one(groupKind, "validate").in["name"] = "/aws/lambda/other" },
			"an alarm on a dashboard": func(w *world) { w.one(alarmKind, "topic-delivery-failures").in["name"] = "pixline-dev-topic" },
		},
	},
	{
		name: "thresholds follow from what they watch", check: thresholds,
		breaks: map[string]func(*world){
			"a timeout": func(w *world) { w.one(functionKind, "resize").in["timeout"] = 30.0 },
			"the workflow's": func(w *world) {
				replace(w.one(machineKind, "workflow"), "definition", `"TimeoutSeconds": 600`, `"TimeoutSeconds": 700`)
			},
		},
	},
	{
		name: "composite alarms over all others, and none that hides an outage", check: composed,
		breaks: map[string]func(*world){
			"an alarm that is not there": func(w *world) { w.remove(alarmKind, "api-4xx") },
			"a stage":                    func(w *world) { w.remove(compositeKind, "storage-health") },
			"a dead letter": func(w *world) {
				p := w.one(compositeKind, "pipeline-health")
				p.in["alarmRule"] = p.text("alarmRule") + ` OR ALARM("` + w.one(compositeKind, "dead-letters-health").text("alarmName") + `")`
			},
			"not in any": func(w *world) {
				w.parts = append(w.parts, &part{kind: alarmKind, name: "new", in: map[string]any{"name": "pixline-dev-new"}})
			},
		},
	},
}

// measure is a metric that an alarm or a graph shows.
type measure struct {
	namespace, name string
	dimensions      map[string]any
}

// measures are those of an alarm.
func measures(alarm *part) []measure {
	of := func(in map[string]any) measure {
		namespace, _ := in["namespace"].(string)
		name, _ := in["metricName"].(string)
		dimensions, _ := in["dimensions"].(map[string]any)
		return measure{namespace, name, dimensions}
	}
	if alarm.in["metricName"] != nil {
		return []measure{of(alarm.in)}
	}
	var list []measure
	queries, _ := alarm.in["metricQueries"].([]any)
	for _, q := range queries {
		if metric, ok := q.(map[string]any)["metric"].(map[string]any); ok {
			list = append(list, of(metric))
		}
	}
	return list
}

// physical is the name of a resource that AWS knows it by.
func physical(r *part) string { return strings.TrimSuffix(r.id, "-id") }

// metricsOf are what has to be watched of each kind of resource. Source:
// OBSERVABILITY.md, "Alarms".
var metricsOf = []struct {
	kind, dimension string
	metrics         []string
}{
	{functionKind, "FunctionName", []string{"Errors", "Invocations", "Throttles", "Duration"}},
	{machineKind, "StateMachineArn", []string{
		"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionThrottled", "ExecutionsAborted", "ExecutionsStarted", "ExecutionTime",
	}},
	{apiKind, "ApiName", []string{"5XXError", "4XXError", "Latency"}},
	{bucketKind, "BucketName", []string{"5xxErrors", "4xxErrors", "TotalRequestLatency"}},
	{queueKind, "QueueName", []string{"ApproximateNumberOfMessagesVisible"}},
	{topicKind, "TopicName", []string{"NumberOfNotificationsFailed"}},
}

// ownMetrics are those that a function alone has.
var ownMetrics = map[string]string{
	contract.StageValidate: contract.MetricRejected, contract.StageResize: contract.MetricMemoryShare, contract.StageNotify: contract.MetricPublishFailed,
}

func alarmed(w *world) []string {
	var p problems
	on := map[[3]string]bool{} // dimension, value, metric
	for _, a := range w.of(alarmKind) {
		for _, m := range measures(a) {
			for dimension, value := range m.dimensions {
				text, _ := value.(string)
				on[[3]string{dimension, text, m.name}] = true
			}
		}
	}
	for _, of := range metricsOf {
		for _, r := range w.of(of.kind) {
			id := physical(r)
			if of.kind == machineKind {
				id = r.arn
			}
			if of.kind == topicKind && r.name == "alarms" {
				continue // it could not tell of itself
			}
			for _, metric := range of.metrics {
				if !on[[3]string{of.dimension, id, metric}] {
					p.add("no alarm watches %s of %s", metric, r)
				}
			}
		}
	}
	for _, f := range w.of(functionKind) {
		reserved, _ := f.in["reservedConcurrentExecutions"].(float64)
		if on[[3]string{"FunctionName", physical(f), "ConcurrentExecutions"}] != (reserved > 0) {
			p.add("%s reserves %v, which an alarm watches or not", f, reserved)
		}
		if !on[[3]string{contract.DimensionStage, f.name, ownMetrics[f.name]}] {
			p.add("no alarm watches %s of %s", ownMetrics[f.name], f)
		}
	}
	return p
}

// alarmsOf are all alarms by their names.
func (w *world) alarmsOf() map[string]*part {
	all := map[string]*part{}
	for _, a := range w.of(alarmKind) {
		all[a.text("name")] = a
	}
	for _, a := range w.of(compositeKind) {
		all[a.text("alarmName")] = a
	}
	return all
}

func tells(w *world) []string {
	var p problems
	var wanted struct {
		Actions  bool
		Topics   []string
		Runbooks string
	}
	wanted.Runbooks = "https://github.com/pixline/pixline/blob/main/docs/runbooks/"
	decode(w.config("alarms", "{}"), &wanted)
	topic := w.one(topicKind, "alarms")
	told := append([]string{topic.arn}, wanted.Topics...)
	all := w.alarmsOf()
	if len(all) != len(w.of(alarmKind))+len(w.of(compositeKind)) {
		p.add("two alarms have the same name")
	}
	for name, a := range all {
		if !strings.Contains(a.text("alarmDescription"), "Runbook: "+wanted.Runbooks) {
			p.add("%s has the description %q", a, a.text("alarmDescription"))
		}
		if a.in["actionsEnabled"] != wanted.Actions || !slices.Equal(texts(a.in["alarmActions"]), told) || !slices.Equal(texts(a.in["okActions"]), told) {
			p.add("%s tells %v (%v) and %v, want %v", a, a.in["alarmActions"], a.in["actionsEnabled"], a.in["okActions"], told)
		}
		if !w.letsAlarm(topic, topicPolicyKind, "sns:Publish", name) {
			p.add("the topic does not let %s publish", a)
		}
		for _, key := range w.of(keyKind) {
			if !w.letsAlarm(key, keyKind, "kms:GenerateDataKey", name) || !w.letsAlarm(key, keyKind, "kms:Decrypt", name) {
				p.add("the key does not let %s publish", a)
			}
		}
		if a.kind == compositeKind {
			continue
		}
		m, _ := a.in["datapointsToAlarm"].(float64)
		n, _ := a.in["evaluationPeriods"].(float64)
		if missing := a.text("treatMissingData"); m < 1 || m > n || missing != "notBreaching" && missing != "breaching" || a.in["threshold"] == nil || a.text("comparisonOperator") == "" {
			p.add("%s: %v of %v, missing data is %q", a, m, n, missing)
		}
	}
	return p
}

// letsAlarm tells whether a policy lets CloudWatch act for an alarm.
func (w *world) letsAlarm(r *part, policy, action, alarm string) bool {
	statements := w.policyOf(r, policy)
	if r.kind == policy {
		statements = statementsOf(r)
	}
	return slices.ContainsFunc(statements, func(s statement) bool {
		pattern, _ := s.condition("ArnLike", "aws:SourceArn").(string)
		matched, err := path.Match(pattern, "arn:aws:cloudwatch:eu-west-1:000000000000:alarm:"+alarm)
		return s.allows() && s.service() == "cloudwatch.amazonaws.com" && slices.Contains(s.list("Action"), action) && err == nil && matched
	})
}

// thresholds: 80 % of what Lambda and Step Functions allow, unless it is configured.
func thresholds(w *world) []string {
	var p problems
	check := func(alarm string, limit float64) {
		// Milliseconds, as floating-point numbers.
		if got, _ := w.one(alarmKind, alarm).in["threshold"].(float64); got < limit*0.8-1e-6 || got > limit*0.8+1e-6 {
			p.add("%s goes off at %v of %v", alarm, got, limit)
		}
	}
	for _, f := range w.of(functionKind) {
		timeout, _ := f.in["timeout"].(float64)
		check(f.name+"-duration", timeout*1000)
		if reserved, _ := f.in["reservedConcurrentExecutions"].(float64); reserved > 0 {
			check(f.name+"-concurrency", reserved)
		}
	}
	for _, m := range w.of(machineKind) {
		var definition struct{ TimeoutSeconds float64 }
		decode(m.text("definition"), &definition)
		check("workflow-execution-time", definition.TimeoutSeconds*1000)
	}
	return p
}

// composed: from the alarm over the stages, and from that of the dead letters,
// every alarm is reached.
func composed(w *world) []string {
	var p problems
	all, reached := w.alarmsOf(), map[string]bool{}
	var follow func(a *part)
	follow = func(a *part) {
		for term := range strings.SplitSeq(a.text("alarmRule"), " OR ") {
			name := strings.TrimSuffix(strings.TrimPrefix(term, `ALARM("`), `")`)
			child := all[name]
			if child == nil {
				p.add("%s is about %q, which is not there", a, term)
				continue
			}
			if reached[name] = true; child.kind == compositeKind {
				follow(child)
			}
		}
	}
	health, letters := w.one(compositeKind, "pipeline-health"), w.one(compositeKind, "dead-letters-health")
	if follow(health); reached[letters.text("alarmName")] {
		p.add("%s has a part in the pipeline's health: a dead letter would hide the next outage", letters)
	}
	follow(letters)
	for name, a := range all {
		if !reached[name] && a != health && a != letters {
			p.add("%s has no part in the pipeline's health", a)
		}
	}
	return p
}
