package local

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	infra "github.com/pixline/pixline/infra/pipeline"
	"github.com/pixline/pixline/pkg/contract"
)

// tryClients reads with the AWS command line what the runner measured and logged.
func (w *staged) tryClients(t *testing.T) {
	s := shell{pipeline: w.pipeline, aws: program(t, awsCandidates...)}
	for name, test := range map[string]func(*testing.T, shell){
		"metrics":          w.tryMetrics,
		"a metric":         w.tryOwnMetric,
		"alarms":           w.tryAlarms,
		"an alarm is set":  w.trySetAlarm,
		"widgets":          w.tryWidgets,
		"queries":          w.tryQueries,
		"events":           w.tryEvents,
		"wrong signatures": w.tryWrongKeys,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, s.own(t))
		})
	}
}

// span are the options of the minute in which all happened.
func (w *staged) span() []string {
	return []string{"--start-time", w.minute.Format(time.RFC3339), "--end-time", w.minute.Add(time.Minute).Format(time.RFC3339)}
}

// function is the physical name of a stage's function.
func (w *staged) function(stage string) string {
	for _, f := range w.Graph.Of("aws:lambda/function:Function") {
		if f.Name == stage {
			return f.String("name")
		}
	}
	return ""
}

func (w *staged) tryMetrics(t *testing.T, s shell) {
	var list struct {
		Metrics []struct {
			MetricName string
			Dimensions []struct{ Name, Value string }
		}
	}
	s.json(t, &list, "cloudwatch", "list-metrics", "--namespace", "AWS/States", "--dimensions", "Name=StateMachineArn,Value="+s.output(infra.OutputStateMachineARN))
	var names []string
	for _, m := range list.Metrics {
		names = append(names, m.MetricName)
	}
	for _, name := range []string{"ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed", "ExecutionTime"} {
		if !slices.Contains(names, name) {
			t.Errorf("%s is not among %v", name, names)
		}
	}

	sum := func(id, name string) map[string]any {
		return map[string]any{"Id": id, "ReturnData": false, "MetricStat": map[string]any{"Period": 60, "Stat": "Sum", "Metric": map[string]any{
			"Namespace": "AWS/States", "MetricName": name, "Dimensions": []any{map[string]string{"Name": "StateMachineArn", "Value": s.output(infra.OutputStateMachineARN)}},
		}}}
	}
	queries, err := json.Marshal([]any{
		sum("started", "ExecutionsStarted"), sum("failed", "ExecutionsFailed"),
		map[string]any{"Id": "rate", "Label": "failed", "Expression": "100*failed/started"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var data struct {
		MetricDataResults []struct {
			ID, Label, StatusCode string
			Timestamps            []time.Time
			Values                []float64
		}
	}
	s.json(t, &data, append([]string{"cloudwatch", "get-metric-data", "--metric-data-queries", string(queries)}, w.span()...)...)
	if len(data.MetricDataResults) != 1 {
		t.Fatalf("%+v", data)
	}
	if r := data.MetricDataResults[0]; r.ID != "rate" || r.Label != "failed" || r.StatusCode != "Complete" ||
		len(r.Values) != 1 || r.Values[0] < 33.3 || r.Values[0] > 33.4 || !r.Timestamps[0].Equal(w.minute) {
		t.Errorf("%+v", r)
	}

	var statistics struct {
		Label      string
		Datapoints []struct {
			Timestamp        time.Time
			Sum, SampleCount float64
			Unit             string
		}
	}
	s.json(t, &statistics, append([]string{
		"cloudwatch", "get-metric-statistics", "--namespace", "AWS/Lambda", "--metric-name", "Invocations", "--statistics", "Sum", "SampleCount",
		"--dimensions", "Name=FunctionName,Value=" + w.function(contract.StageValidate), "--period", "60",
	}, w.span()...)...)
	if p := statistics.Datapoints; len(p) != 1 || p[0].Sum != 3 || p[0].SampleCount != 3 || p[0].Unit != "Count" || !p[0].Timestamp.Equal(w.minute) {
		t.Errorf("%+v", statistics)
	}
}

func (w *staged) tryOwnMetric(t *testing.T, s shell) {
	s.do(t, "cloudwatch", "put-metric-data", "--namespace", "Own", "--metric-name", "Waiting", "--value", "7", "--unit", "Count",
		"--dimensions", "Who=me", "--timestamp", w.minute.Format(time.RFC3339))
	var statistics struct {
		Datapoints []struct{ ExtendedStatistics map[string]float64 }
	}
	s.json(t, &statistics, append([]string{
		"cloudwatch", "get-metric-statistics", "--namespace", "Own", "--metric-name", "Waiting", "--extended-statistics", "p50",
		"--dimensions", "Name=Who,Value=me", "--period", "60",
	}, w.span()...)...)
	if p := statistics.Datapoints; len(p) != 1 || p[0].ExtendedStatistics["p50"] != 7 {
		t.Errorf("%+v", statistics)
	}
	s.refused(t, "(InvalidParameterValue)", "cloudwatch", "put-metric-data", "--namespace", "AWS/Lambda", "--metric-name", "Errors", "--value", "1")
}

func (w *staged) tryAlarms(t *testing.T, s shell) {
	type described struct{ AlarmName, AlarmRule, MetricName, StateValue, StateReason, AlarmDescription string }
	var found struct{ MetricAlarms, CompositeAlarms []described }
	s.json(t, &found, "cloudwatch", "describe-alarms", "--alarm-types", "MetricAlarm", "CompositeAlarm", "--alarm-name-prefix", w.alarm("workflow-"))
	value := map[string]string{}
	for _, a := range append(found.MetricAlarms, found.CompositeAlarms...) {
		value[a.AlarmName] = a.StateValue
		if a.StateReason == "" || a.AlarmDescription == "" || (a.MetricName == "") == (a.AlarmRule == "" && a.AlarmName != w.alarm("workflow-failure-rate")) {
			t.Errorf("%+v", a)
		}
	}
	if want := map[string]string{
		w.alarm("workflow-execution-time"): "OK", w.alarm("workflow-executions-aborted"): "OK", w.alarm("workflow-executions-failed"): "ALARM",
		w.alarm("workflow-executions-throttled"): "OK", w.alarm("workflow-executions-timed-out"): "OK", w.alarm("workflow-failure-rate"): "OK",
		w.alarm("workflow-health"): "ALARM",
	}; !cmp.Equal(value, want) {
		t.Error(cmp.Diff(want, value))
	}
	var history struct {
		AlarmHistoryItems []struct{ HistoryItemType, HistorySummary, HistoryData string }
	}
	s.json(t, &history, "cloudwatch", "describe-alarm-history", "--alarm-name", w.alarm("workflow-executions-failed"), "--page-size", "2")
	var kinds []string
	for _, item := range history.AlarmHistoryItems {
		kinds = append(kinds, item.HistoryItemType)
		if !json.Valid([]byte(item.HistoryData)) {
			t.Errorf("%+v", item)
		}
	}
	// Latest first: in alarm, before that fine, and before that declared.
	if want := []string{"Action", "StateUpdate", "Action", "StateUpdate", "ConfigurationUpdate"}; !slices.Equal(kinds, want) {
		t.Errorf("the history is %+v", history)
	}
}

// trySetAlarm sets an alarm on, as who rehearses does: the topic is told.
func (w *staged) trySetAlarm(t *testing.T, s shell) {
	name := w.alarm("notify-publish-failures")
	told := make(chan notification, 100)
	s.onNotification(t, s.output(infra.OutputAlarmTopicARN), func(n notification) { told <- n })
	s.do(t, "cloudwatch", "set-alarm-state", "--alarm-name", name, "--state-value", "ALARM", "--state-reason", "It's a drill")
	for timeout := time.After(20 * time.Second); ; {
		var message struct{ AlarmName, NewStateValue, NewStateReason string }
		select {
		case n := <-told:
			if err := json.Unmarshal([]byte(n.Message), &message); err != nil {
				t.Fatalf("%q: %v", n.Message, err)
			}
		case <-timeout:
			t.Fatal("the topic was not told")
		}
		if message.AlarmName == name {
			if message.NewStateValue != "ALARM" || message.NewStateReason != "It's a drill" {
				t.Errorf("%+v", message)
			}
			break
		}
	}
	s.do(t, "cloudwatch", "set-alarm-state", "--alarm-name", name, "--state-value", "OK", "--state-reason", "It is over")
	s.refused(t, "(ResourceNotFound)", "cloudwatch", "set-alarm-state", "--alarm-name", "nobody", "--state-value", "OK", "--state-reason", "none")
}

func (w *staged) tryWidgets(t *testing.T, s shell) {
	var list struct {
		DashboardEntries []struct{ DashboardName string }
	}
	s.json(t, &list, "cloudwatch", "list-dashboards", "--dashboard-name-prefix", w.alarm(""))
	if len(list.DashboardEntries) != 7 {
		t.Errorf("%+v", list)
	}
	for _, d := range dashboards(w.Graph) {
		if strings.HasSuffix(d.Name, "-overview") {
			var got struct{ DashboardBody string }
			if s.json(t, &got, "cloudwatch", "get-dashboard", "--dashboard-name", d.Name); got.DashboardBody != d.Body {
				t.Errorf("the body of %s is %s", d.Name, got.DashboardBody)
			}
		}
	}
	s.refused(t, "(ResourceNotFound)", "cloudwatch", "get-dashboard", "--dashboard-name", "nobody")

	widget := fmt.Sprintf(`{"width":321,"height":200,"title":"Invocations","metrics":[["AWS/Lambda","Invocations","FunctionName",%q,{"stat":"Sum","period":60}]]}`, w.function(contract.StageResize))
	var drawn struct{ MetricWidgetImage []byte }
	s.json(t, &drawn, "cloudwatch", "get-metric-widget-image", "--metric-widget", widget)
	picture, err := png.Decode(bytes.NewReader(drawn.MetricWidgetImage))
	if err != nil || picture.Bounds() != image.Rect(0, 0, 321, 200) {
		t.Errorf("a picture of %v: %v", picture, err)
	}
}

func (w *staged) tryWrongKeys(t *testing.T, s shell) {
	s.with("AWS_ACCESS_KEY_ID=nobody").refused(t, "(InvalidClientTokenId)", "cloudwatch", "list-metrics")
	s.with("AWS_SECRET_ACCESS_KEY=forged").refused(t, "(SignatureDoesNotMatch)", "cloudwatch", "list-metrics")
}

// trySDK: the Go SDK speaks another protocol than the command line, and has types
// for its errors.
func (w *staged) trySDK(t *testing.T) {
	client := func(secret string) *cloudwatch.Client {
		return cloudwatch.New(cloudwatch.Options{
			BaseEndpoint: &w.AWSURL, Region: w.Graph.Region, RetryMaxAttempts: 1, Credentials: credentials.NewStaticCredentialsProvider(AdminKey, secret, ""),
		})
	}
	in := &cloudwatch.GetMetricStatisticsInput{
		Namespace: aws.String("AWS/States"), MetricName: aws.String("ExecutionTime"), Period: aws.Int32(60), Statistics: []types.Statistic{types.StatisticSampleCount},
		Dimensions: []types.Dimension{{Name: aws.String("StateMachineArn"), Value: aws.String(w.output(infra.OutputStateMachineARN))}},
		StartTime:  &w.minute, EndTime: aws.Time(w.minute.Add(time.Minute)),
	}
	out, err := client(AdminSecret).GetMetricStatistics(t.Context(), in)
	if err != nil || len(out.Datapoints) != 1 || *out.Datapoints[0].SampleCount != 3 {
		t.Errorf("%+v: %v", out, err)
	}
	_, err = client("forged").GetMetricStatistics(t.Context(), in)
	if e, ok := errors.AsType[smithy.APIError](err); !ok || e.ErrorCode() != "SignatureDoesNotMatch" || e.ErrorFault() != smithy.FaultClient {
		t.Errorf("a wrong signature: %v", err)
	}
	_, err = client(AdminSecret).GetDashboard(t.Context(), &cloudwatch.GetDashboardInput{DashboardName: aws.String("nobody")})
	if _, ok := errors.AsType[*types.DashboardNotFoundError](err); !ok {
		t.Errorf("no dashboard: %T %v", err, err)
	}
}
