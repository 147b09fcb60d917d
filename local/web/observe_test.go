package web

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/alarm"
	"github.com/pixline/pixline/local/cloudwatch/board"
	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/cloudwatch/query"
	"github.com/pixline/pixline/local/fault"
)

// empty has no metrics.
type empty struct{}

func (empty) Read(metric.ID, string, time.Duration, time.Time, time.Time) ([]metric.Point, error) {
	return nil, nil
}

// alarms are two of resize, one composite over them, and one over that.
func alarms(t *testing.T) *alarm.Service {
	t.Helper()
	arn := func(name string) string { return "arn:aws:cloudwatch:eu-west-1:000000000000:alarm:" + name }
	function := map[string]string{"FunctionName": "resize"}
	one := func(name, statistic string) query.Query {
		return query.Query{Metric: metric.New("AWS/Lambda", name, function), Statistic: statistic, Period: time.Minute}
	}
	counted := func(id string, q query.Query) query.Query { q.ID, q.Hidden = id, true; return q }
	definitions := []alarm.Definition{
		{
			Name: "pixline-dev-resize-error-rate", Description: "Resizing fails. Look at its log. Runbook: https://example.com/docs/runbooks/function-error-rate.md",
			Queries: []query.Query{
				counted("errors", one("Errors", "Sum")), counted("invocations", one("Invocations", "Sum")),
				{ID: "rate", Expression: "IF(invocations>0,100*errors/invocations,0)"},
			},
			Comparison: "GreaterThanThreshold", Threshold: 5, Period: time.Minute, EvaluationPeriods: 3, DatapointsToAlarm: 2, TreatMissingData: "notBreaching",
		},
		{
			Name: "pixline-dev-resize-throttles", Description: "Resizing is throttled.", Queries: []query.Query{one("Throttles", "Sum")},
			Comparison: "GreaterThanOrEqualToThreshold", Threshold: 1, Period: time.Minute, EvaluationPeriods: 1,
		},
		{Name: "pixline-dev-resize-health", Rule: `ALARM("pixline-dev-resize-error-rate") OR ALARM("pixline-dev-resize-throttles")`},
		{Name: "pixline-dev-dead-letters-health", Rule: `ALARM("pixline-dev-resize-throttles")`}, // has no part in the pipeline's
		{Name: "pixline-dev-pipeline-health", Rule: `ALARM("pixline-dev-resize-health")`},
	}
	for i := range definitions {
		definitions[i].ARN = arn(definitions[i].Name)
	}
	s, err := alarm.Open(alarm.Options{
		Definitions: definitions, Source: empty{}, Clock: metric.NewClock(1),
		Publish: func(context.Context, string, string, string, string) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// answers are the results of a query.
func answers(_ context.Context, text string, _, _ time.Time) (board.Table, error) {
	if text != "SOURCE '/aws/lambda/resize' | SOURCE '/aws/lambda/notify' | sort duration desc" {
		return board.Table{}, errors.New(text + " is no query")
	}
	return board.Table{Columns: []string{"key", "duration"}, Rows: [][]string{{"<i>a.jpg", "812"}}}, nil
}

// overview has a graph, a text that is a script where it is not escaped, and a
// widget that cannot be drawn.
const overview = `{"widgets": [
	{"type": "metric", "x": 6, "y": 3, "width": 18, "height": 6, "properties": {"title": "<b>Errors", "view": "timeSeries", "region": "eu-west-1", "metrics": [["AWS/Lambda", "Errors", "FunctionName", "resize"]]}},
	{"type": "text", "x": 0, "y": 0, "width": 24, "height": 2, "properties": {"markdown": "**Hello** <script>alert(1)</script>"}},
	{"type": "log", "x": 0, "y": 9, "width": 24, "height": 6, "properties": {"title": "Slow <i>", "query": "SOURCE '/aws/lambda/resize' | SOURCE '/aws/lambda/notify' | sort duration desc"}},
	{"type": "metric", "x": 0, "y": 3, "width": 6, "height": 3, "properties": {"title": "Accepted", "view": "nothing", "region": "eu-west-1", "metrics": [["AWS/Lambda", "Errors"]]}}
]}`

func observed(t *testing.T) (*httptest.Server, *alarm.Service, *fault.Set) {
	t.Helper()
	a, f := alarms(t), fault.NewSet(nil, nil)
	return serve(t, nil, func(o *Options) {
		o.Alarms, o.Health, o.Faults = a, "pixline-dev-pipeline-health", f
		o.Dashboards = []Dashboard{{"pixline-dev-overview", overview}, {"pixline-dev-resize", `{"widgets": []}`}}
		o.Sources = board.Sources{Metrics: empty{}, Logs: answers, Alarm: func(arn string) (board.AlarmState, bool) {
			x, ok := a.Get(arn[strings.LastIndex(arn, ":")+1:])
			return board.AlarmState{Name: x.Name, Queries: x.Queries, Threshold: x.Threshold, Comparison: x.Comparison}, ok
		}}
		o.Queries = []Query{{"slowest images", "sort duration desc", []string{"/aws/lambda/resize", "/aws/lambda/notify"}}, {"broken", "?", nil}}
		o.Docs = fstest.MapFS{"runbooks/function-error-rate.md": {Data: []byte("# Errors of a function\n\n## First\n\nLook at the [log](/ui/logs). <script>alert(1)</script>\n\n[bad](javascript:alert(1))\n")}}
	}), a, f
}

func contains(t *testing.T, what, body string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(body, want) {
			t.Errorf("%s lacks %s: %s", what, want, body)
		}
	}
}

// TestAlarms shows states, reasons, thresholds in words, runbooks and history,
// and the pipeline's health on every page.
func TestAlarms(t *testing.T) {
	t.Parallel()
	server, service, _ := observed(t)
	_, body := get(t, server, "/", http.StatusOK)
	contains(t, "the header", body, `class="pill unknown"`, `href="/ui/alarms/pixline-dev-pipeline-health"`, "no data yet")
	for _, name := range []string{"pixline-dev-resize-error-rate", "pixline-dev-resize-health", "pixline-dev-pipeline-health"} {
		if err := service.Set(t.Context(), name, alarm.InAlarm, "2 of 3 <datapoints>", ""); err != nil {
			t.Fatal(err)
		}
	}
	_, body = get(t, server, "/ui/alarms", http.StatusOK)
	contains(t, "the list", body, "1 in alarm", "2 of 3 &lt;datapoints&gt;", `<a href="/ui/alarms/pixline-dev-resize-error-rate">resize-error-rate</a>`, `class="pill alarm">in alarm`, "in alarm</a>")
	_, body = get(t, server, "/ui/alarms/pixline-dev-resize-error-rate", http.StatusOK)
	contains(t, "the alarm", body,
		"more than 5 in 2 of 3 periods of 1 minute", "A period without data counts as fine.", "rate = IF(invocations&gt;0,100*errors/invocations,0)",
		"errors = Sum of AWS/Lambda Errors, FunctionName=resize", "Resizing fails. Look at its log.</p>", "Errors of a function</h2>", "<h3", `<a href="/ui/logs">log</a>`,
		"Alarm updated from INSUFFICIENT_DATA to ALARM", `<div class="widget" id="graph" data-live>`, ">pixline-dev-resize-error-rate &gt; 5<", `<a href="/ui/alarms/pixline-dev-resize-health">resize-health</a>`)
	if strings.Contains(body, "<script>alert") || strings.Contains(body, "javascript:") {
		t.Errorf("a runbook became a script: %s", body)
	}
	_, body = get(t, server, "/ui/alarms/pixline-dev-resize-throttles", http.StatusOK)
	contains(t, "an alarm without a runbook", body, "at least 1 in a period of 1 minute", "Without data it does not know.")
	_, body = get(t, server, "/ui/alarms/pixline-dev-pipeline-health", http.StatusOK)
	contains(t, "the composite alarm", body, "ALARM(&#34;pixline-dev-resize-health&#34;)", ">resize-health</a>")
	if strings.Contains(body, `id="graph"`) {
		t.Error("a composite alarm has a graph")
	}
	get(t, server, "/ui/alarms/none", http.StatusNotFound)
	_, body = get(t, server, "/ui/docs/runbooks/function-error-rate.md", http.StatusOK)
	contains(t, "the runbook", body, "<h1>Errors of a function</h1>", `<h2 id="first">First</h2>`)
	for _, file := range []string{"runbooks/none.md", "runbooks", "x.txt", "%2e%2e/go.mod"} {
		get(t, server, "/ui/docs/"+file, http.StatusNotFound)
	}
}

// TestDashboards places widgets as the grid has them, with the data in words.
func TestDashboards(t *testing.T) {
	t.Parallel()
	server, _, _ := observed(t)
	resp, body := get(t, server, "/ui/dashboards", http.StatusOK) // led to the first
	nonce := between(resp.Header.Get("Content-Security-Policy"), "'nonce-", "'")
	if len(nonce) != 1 || !strings.HasSuffix(resp.Request.URL.Path, "/pixline-dev-overview") {
		t.Fatalf("%s with the policy %q", resp.Request.URL, resp.Header.Get("Content-Security-Policy"))
	}
	contains(t, "the dashboard", body, `<style nonce="`+nonce[0]+`">`, "#w0 { grid-column: 1 / span 24; grid-row: 1 / span 2; }", "#w2 { grid-column: 7 / span 18; grid-row: 4 / span 6; }",
		"<strong>Hello</strong>", "&lt;b&gt;Errors", `<a href="?range=1h" aria-current="true">`, "Not drawn:",
		"<h2>Slow &lt;i&gt;</h2>", `<th scope="col">duration</th>`, "<td>&lt;i&gt;a.jpg</td>")
	if n := strings.Count(body, "a.jpg"); n != 1 {
		t.Errorf("a row of a log is on the page %d times", n)
	}
	if strings.Contains(body, "<script>alert") {
		t.Error("a text became a script")
	}
	_, body = get(t, server, "/ui/dashboards/pixline-dev-overview?range=1d", http.StatusOK)
	contains(t, "a day", body, `<a href="?range=1d" aria-current="true">`, `href="/ui/dashboards/pixline-dev-resize?range=1d"`)
	get(t, server, "/ui/dashboards/none", http.StatusNotFound)
	if _, err := New(Options{Dashboards: []Dashboard{{"broken", "{"}}}); err == nil || !strings.Contains(err.Error(), "broken") {
		t.Errorf("a dashboard that is no JSON is taken: %v", err)
	}
}

// TestFaults injects faults by the form, and ends them.
func TestFaults(t *testing.T) {
	t.Parallel()
	server, _, set := observed(t)
	send := func(status int, form url.Values) string {
		t.Helper()
		resp, err := http.PostForm(server.URL+"/ui/faults", form)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body := new(strings.Builder)
		if err := resp.Write(body); err != nil || resp.StatusCode != status {
			t.Fatalf("%v answers %s (%v): %s", form, resp.Status, err, body)
		}
		return body.String()
	}
	now := func() (all string) {
		for _, f := range set.List() {
			all += f.String() + " "
		}
		return all
	}
	send(http.StatusOK, url.Values{"fault": {"resize:error"}, "rate": {" 50% "}})
	send(http.StatusOK, url.Values{"fault": {"resize:slow"}, "rate": {"1"}, "option": {"delay=2s"}})
	body := send(http.StatusOK, url.Values{"fault": {"resize:error"}, "rate": {"0.25"}})
	if now() != "resize:slow=1,delay=2s resize:error=0.25 " {
		t.Errorf("injected: %s", now())
	}
	contains(t, "the page", body, `name="end" value="resize:slow=1,delay=2s"`)
	body = send(http.StatusBadRequest, url.Values{"fault": {"resize:error"}, "rate": {"<often>"}})
	contains(t, "the refusal", body, "&lt;often&gt;", `<option value="resize:error" selected>`, `role="alert"`)
	send(http.StatusOK, url.Values{"end": {"resize:slow=1,delay=2s"}})
	if now() != "resize:error=0.25 " {
		t.Errorf("after one has ended: %s", now())
	}
	if body = send(http.StatusOK, url.Values{"all": {"yes"}}); now() != "" || !strings.Contains(body, "None. The pipeline works") {
		t.Errorf("after all have ended: %s, %s", now(), body)
	}
}

// TestQueries runs saved queries.
func TestQueries(t *testing.T) {
	t.Parallel()
	server, _, _ := observed(t)
	_, body := get(t, server, "/ui/logs", http.StatusOK)
	contains(t, "the page", body, "<option>slowest images</option>", "Choose one")
	_, body = get(t, server, "/ui/logs?query=slowest+images&range=8h", http.StatusOK)
	contains(t, "the result", body, "<option selected>slowest images</option>", "<option selected>8h</option>", "<td>&lt;i&gt;a.jpg</td>", "1 row in", "/aws/lambda/resize")
	_, body = get(t, server, "/ui/logs?query=broken", http.StatusOK)
	contains(t, "the failure", body, "? is no query")
}
