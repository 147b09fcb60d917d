package cloudwatch

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/cloudwatch/alarm"
	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/cloudwatch/query"
)

const alarmARN = "arn:aws:cloudwatch:eu-west-1:000000000000:alarm:"

// fixture is CloudWatch behind a server, with what it asked for and sent.
type fixture struct {
	url     string
	metrics *metric.Store
	alarms  *alarm.Service
	clock   *metric.Clock

	mu    sync.Mutex
	asked []string // action and resource
	deny  string   // the action that is refused
}

func (f *fixture) authorize(_ context.Context, action, resource string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, action+" "+resource)
	if f.deny == action {
		return awsapi.Errorf(http.StatusForbidden, "AccessDenied", "not %s", action)
	}
	return nil
}

func failures(name string) alarm.Definition {
	return alarm.Definition{
		Name: name, ARN: alarmARN + name, Description: "It fails", ActionsEnabled: true, AlarmActions: []string{"arn:aws:sns:eu-west-1:000000000000:alarms"},
		Queries:    []query.Query{{Metric: metric.New("Test", "Failed", map[string]string{"Stage": "resize"}), Statistic: "Sum", Period: time.Minute}},
		Comparison: "GreaterThanThreshold", Period: time.Minute, EvaluationPeriods: 1, DatapointsToAlarm: 1, TreatMissingData: "notBreaching",
	}
}

func start(t *testing.T, definitions ...alarm.Definition) *fixture {
	t.Helper()
	f := &fixture{clock: metric.NewClock(1)}
	var err error
	if f.metrics, err = metric.Open(metric.StoreOptions{Clock: f.clock}); err != nil {
		t.Fatal(err)
	}
	f.alarms, err = alarm.Open(alarm.Options{
		Definitions: definitions, Source: f.metrics, Clock: f.clock, Log: slog.New(slog.DiscardHandler),
		Publish: func(context.Context, string, string, string, string) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(New(Options{
		Dashboards: []Dashboard{
			{Name: "pixline-dev-overview", ARN: "arn:aws:cloudwatch::000000000000:dashboard/pixline-dev-overview", Body: `{"widgets":[{"type":"text"}]}`},
			{Name: "pixline-dev-api", ARN: "arn:aws:cloudwatch::000000000000:dashboard/pixline-dev-api", Body: `{}`},
		},
		Metrics: f.metrics, Alarms: f.alarms, Clock: f.clock, Authorize: f.authorize,
		Draw: func(_ context.Context, widget string) ([]byte, error) {
			if !json.Valid([]byte(widget)) {
				return nil, awsapi.Errorf(http.StatusBadRequest, "ValidationError", "the widget is not JSON")
			}
			return []byte("\x89PNG"), nil
		},
	}))
	f.url = server.URL
	t.Cleanup(func() {
		server.Close()
		if err := f.alarms.Close(); err != nil {
			t.Error(err)
		}
		if err := f.metrics.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// form asks in the query protocol.
func (f *fixture) form(t *testing.T, operation string, pairs ...string) (int, string) {
	t.Helper()
	form := url.Values{"Action": {operation}, "Version": {"2010-08-01"}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	resp, err := http.PostForm(f.url, form)
	return answer(t, resp, err)
}

func answer(t *testing.T, resp *http.Response, err error) (int, string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestQueryProtocol(t *testing.T) {
	t.Parallel()
	f := start(t, failures("a"))
	now := f.clock.Now().UTC().Truncate(time.Minute)
	at := now.Add(-5 * time.Minute).Format(time.RFC3339)
	window := []string{"StartTime", now.Add(-time.Hour).Format(time.RFC3339), "EndTime", now.Format(time.RFC3339)}
	for _, c := range []struct {
		operation string
		pairs     []string
		status    int
		want      string
	}{
		{"ListDashboards", nil, 200, "<ListDashboardsResult><DashboardEntries><member><DashboardName>pixline-dev-overview</DashboardName>"},
		{"ListDashboards", []string{"DashboardNamePrefix", "x"}, 200, "<DashboardEntries></DashboardEntries>"},
		{"GetDashboard", []string{"DashboardName", "pixline-dev-overview"}, 200, "<GetDashboardResult><DashboardArn>arn:aws:cloudwatch::"},
		{"GetDashboard", []string{"DashboardName", "nosuch"}, 404, "<Code>ResourceNotFound</Code>"},
		{"PutMetricData", []string{
			"Namespace", "Test", "MetricData.member.1.MetricName", "Failed", "MetricData.member.1.Dimensions.member.1.Name", "Stage",
			"MetricData.member.1.Dimensions.member.1.Value", "resize", "MetricData.member.1.Value", "2.5", "MetricData.member.1.Timestamp", at,
		}, 200, "<PutMetricDataResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\"><ResponseMetadata>"},
		{"GetMetricData", append([]string{
			"MetricDataQueries.member.1.Id", "m", "MetricDataQueries.member.1.MetricStat.Metric.Namespace", "Test",
			"MetricDataQueries.member.1.MetricStat.Metric.MetricName", "Failed",
			"MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Name", "Stage",
			"MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Value", "resize",
			"MetricDataQueries.member.1.MetricStat.Period", "60", "MetricDataQueries.member.1.MetricStat.Stat", "Sum",
		}, window...), 200, "<Values><member>2.5</member></Values><StatusCode>Complete</StatusCode>"},
		{"GetMetricStatistics", append([]string{
			"Namespace", "Test", "MetricName", "Failed", "Dimensions.member.1.Name", "Stage", "Dimensions.member.1.Value", "resize",
			"Period", "60", "ExtendedStatistics.member.1", "p99",
		}, window...), 200, "<ExtendedStatistics><entry><key>p99</key><value>2.5</value></entry></ExtendedStatistics>"},
		{"DescribeAlarms", nil, 200, "<CompositeAlarms></CompositeAlarms><MetricAlarms><member><AlarmName>a</AlarmName>"},
		{"SetAlarmState", []string{"AlarmName", "a", "StateValue", "OK", "StateReason", ""}, 200, "<SetAlarmStateResponse"},
		{"SetAlarmState", []string{"AlarmName", "a", "StateValue", "OK"}, 400, "<Code>MissingParameter</Code><Message>The parameter StateReason is required.</Message>"},
		{"PutMetricAlarm", nil, 501, "PutMetricAlarm"},
	} {
		if status, text := f.form(t, c.operation, c.pairs...); status != c.status || !strings.Contains(text, c.want) {
			t.Errorf("%s: %d %s", c.operation, status, text)
		}
	}
}

func TestJSONProtocol(t *testing.T) {
	t.Parallel()
	f := start(t)
	request, err := http.NewRequest(http.MethodPost, f.url, strings.NewReader(`{"DashboardName":"pixline-dev-overview"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Amz-Target", "GraniteServiceVersion20100801.GetDashboard")
	resp, err := http.DefaultClient.Do(request)
	status, text := answer(t, resp, err)
	var got struct{ DashboardBody string }
	if err := json.Unmarshal([]byte(text), &got); err != nil || status != 200 || !strings.Contains(got.DashboardBody, "widgets") {
		t.Errorf("%d %s", status, text)
	}
}

// TestAuthorized: each operation asks for its action on the resource that IAM
// knows it by, and a refusal ends it. Source: Service Authorization Reference,
// "Actions, resources, and condition keys for Amazon CloudWatch".
func TestAuthorized(t *testing.T) {
	t.Parallel()
	f := start(t, failures("a"), failures("b"))
	window := []string{"StartTime", "2026-11-23T12:00:00Z", "EndTime", "2026-11-23T13:00:00Z"}
	for _, c := range []struct {
		operation string
		pairs     []string
		want      []string
	}{
		{"PutMetricData", []string{"Namespace", "Test"}, []string{"*"}},
		{"ListMetrics", nil, []string{"*"}},
		{"GetMetricData", append([]string{"MetricDataQueries.member.1.Id", "m"}, window...), []string{"*"}},
		{"GetMetricStatistics", append([]string{"Namespace", "n", "MetricName", "m", "Period", "60"}, window...), []string{"*"}},
		{"GetMetricWidgetImage", []string{"MetricWidget", "{}"}, []string{"*"}},
		{"ListDashboards", nil, []string{"*"}},
		{"GetDashboard", []string{"DashboardName", "pixline-dev-api"}, []string{"arn:aws:cloudwatch::000000000000:dashboard/pixline-dev-api"}},
		{"DescribeAlarms", nil, []string{alarmARN + "*"}},
		{"DescribeAlarms", []string{"AlarmNames.member.1", "b"}, []string{alarmARN + "b"}},
		{"DescribeAlarmHistory", nil, []string{alarmARN + "*"}},
		{"DescribeAlarmHistory", []string{"AlarmName", "a"}, []string{alarmARN + "a"}},
		{"DescribeAlarmsForMetric", []string{"Namespace", "n", "MetricName", "m"}, []string{"*"}},
		{"SetAlarmState", []string{"AlarmName", "gone", "StateValue", "OK", "StateReason", "r"}, []string{alarmARN + "gone"}},
		{"EnableAlarmActions", []string{"AlarmNames.member.1", "a", "AlarmNames.member.2", "b"}, []string{alarmARN + "a", alarmARN + "b"}},
		{"DisableAlarmActions", []string{"AlarmNames.member.1", "a"}, []string{alarmARN + "a"}},
	} {
		f.asked, f.deny = nil, ""
		f.form(t, c.operation, c.pairs...)
		var want []string
		for _, resource := range c.want {
			want = append(want, "cloudwatch:"+c.operation+" "+resource)
		}
		if !slices.Equal(f.asked, want) {
			t.Errorf("%s asked for %q, not %q", c.operation, f.asked, want)
		}
		f.deny = "cloudwatch:" + c.operation
		if status, text := f.form(t, c.operation, c.pairs...); status != http.StatusForbidden || !strings.Contains(text, "<Code>AccessDenied</Code>") {
			t.Errorf("%s was not refused: %d %s", c.operation, status, text)
		}
	}
}
