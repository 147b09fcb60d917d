package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pixline/pixline/dashboards"
	"github.com/pixline/pixline/local/cloudwatch/board"
	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/logs/insights"
	"github.com/pixline/pixline/pkg/contract"
)

// asked keeps the queries that the pages ran.
type asked struct {
	mu   sync.Mutex
	text []string
	long time.Duration // of the last one, by CloudWatch's clock
}

func (a *asked) logs(_ context.Context, text string, start, end time.Time) (board.Table, error) {
	if _, err := insights.Parse(text); err != nil {
		return board.Table{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.text, a.long = append(a.text, text), end.Sub(start)
	return board.Table{Columns: []string{"stage"}, Rows: [][]string{{"resize"}}}, nil
}

// take gives what was asked since it was last called.
func (a *asked) take() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	text := a.text
	a.text = nil
	return text
}

// saved serves the queries that a stack saves, with a clock of CloudWatch's.
func saved(t *testing.T, clock *metric.Clock) (*httptest.Server, *asked) {
	t.Helper()
	stack := dashboards.Stack{
		Project: "pixline", Name: "dev", Functions: map[string]dashboards.Function{contract.StageResize: {LogGroup: "/aws/lambda/resize"}},
		Workflow: dashboards.Workflow{LogGroup: "/aws/vendedlogs/states/workflow"},
	}
	all, err := dashboards.Queries(stack)
	if err != nil {
		t.Fatal(err)
	}
	a := &asked{}
	return serve(t, nil, func(o *Options) {
		o.Clock, o.Sources = clock, board.Sources{Logs: a.logs}
		for _, q := range all {
			o.Queries = append(o.Queries, Query{Name: q.Name, Text: q.Text, Groups: q.LogGroups})
		}
	}), a
}

// TestQueryOfExecution runs the query of one execution with its ID, and with
// nothing that could be more than an ID.
func TestQueryOfExecution(t *testing.T) {
	t.Parallel()
	server, a := saved(t, nil)
	const page = "/ui/logs?query=pixline-dev%2Fone-execution"
	const field = `<input id="execution" name="execution" value="`
	_, body := get(t, server, page, http.StatusOK)
	contains(t, "without an ID", body, field+`"`, "Enter its ID")
	_, body = get(t, server, page+"&range=8h&execution=+0f7-A_b+", http.StatusOK)
	contains(t, "with an ID", body, field+`0f7-A_b"`, "<option selected>8h</option>", "<td>resize</td>", "&#34;0f7-A_b&#34;")
	if ran := a.take(); len(ran) != 1 || !strings.Contains(ran[0], `executionId = "0f7-A_b" or execution_arn like "0f7-A_b"`) || strings.Contains(ran[0], dashboards.Placeholder) {
		t.Errorf("ran %q", ran)
	}
	for _, id := range []string{`x" or stage like "`, "x y", "x\ny", "ü", "$(x)", `x\`} {
		_, body = get(t, server, page+"&execution="+url.QueryEscape(id), http.StatusBadRequest)
		contains(t, id, body, "is no execution&#39;s ID", `role="alert"`)
	}
	_, body = get(t, server, "/ui/logs?query=pixline-dev%2Fslowest-images&execution=x", http.StatusOK)
	if ran := a.take(); len(ran) != 1 || !strings.Contains(ran[0], "sort durationMs desc") || strings.Contains(body, field) {
		t.Errorf("a query of all executions asks for one, or ran %q", ran)
	}
	for _, path := range []string{"/ui/logs?query=zzz", "/ui/logs?query=zzz&execution=x"} {
		_, body = get(t, server, path, http.StatusNotFound)
		contains(t, "an unknown query", body, "There is no saved query zzz.", "<option>pixline-dev/one-execution</option>", "Choose one")
	}
	if ran := a.take(); ran != nil {
		t.Errorf("ran %q", ran)
	}
}

// TestQueryPeriod looks back by the time that log lines have, which passes more
// slowly than CloudWatch's.
func TestQueryPeriod(t *testing.T) {
	t.Parallel()
	server, a := saved(t, metric.NewClock(60))
	get(t, server, "/ui/logs?query=pixline-dev%2Ferrors-by-type&range=3h", http.StatusOK)
	if want := 180 * time.Hour; a.long.Round(time.Minute) != want {
		t.Errorf("three hours of the machine are %v by a clock 60 times as fast, want %v", a.long, want)
	}
}

// TestLogsOf leads from an execution to its log lines.
func TestLogsOf(t *testing.T) {
	t.Parallel()
	server, a := saved(t, nil)
	v := view{ofExecution: "pixline-dev/one-execution"}
	for ago, back := range map[time.Duration]string{0: "5m", 20 * time.Minute: "1h", 90 * time.Minute: "8h", 1000 * time.Hour: "1w"} {
		path := v.LogsOf("0f7-A_b", time.Now().Add(-ago))
		_, body := get(t, server, path, http.StatusOK)
		contains(t, path, body, "<td>resize</td>", "<option selected>"+back+"</option>")
		if ran := a.take(); len(ran) != 1 || !strings.Contains(ran[0], `"0f7-A_b"`) {
			t.Errorf("%s ran %q", path, ran)
		}
	}
	if path := v.LogsOf("a.b", time.Now()); path != "" {
		t.Errorf("an ID that is refused is led to %s", path)
	}
	if path := (view{}).LogsOf("x", time.Now()); path != "" {
		t.Errorf("without a query: %s", path)
	}
}

// TestClock says on every page that CloudWatch's clock is not the machine's, where
// it is not.
func TestClock(t *testing.T) {
	t.Parallel()
	ahead := metric.NewClock(10)
	ahead.Advance(70*time.Minute + time.Second)
	server, _ := saved(t, ahead)
	for path, status := range map[string]int{"/": http.StatusOK, "/ui/logs": http.StatusOK, "/ui/none": http.StatusNotFound} {
		_, body := get(t, server, path, status)
		contains(t, path, body, "CloudWatch&#39;s clock runs 10 times as fast and is 1 h 10 min ahead: metrics and alarms have its times, executions and logs this machine&#39;s.")
	}
	server, _ = saved(t, nil)
	if _, body := get(t, server, "/", http.StatusOK); strings.Contains(body, `id="clock"`) {
		t.Errorf("the machine's clock is told: %s", body)
	}
}
