package dashboards

import (
	"encoding/json"
	"slices"
	"testing"
)

// published are the metrics that the dashboards may show, with the names of
// their dimensions. Source: the pages on CloudWatch metrics of the API Gateway,
// Step Functions and Lambda developer guides.
var published = map[string]struct {
	dimensions []string
	metrics    []string
}{
	"AWS/ApiGateway": {[]string{"ApiName", "Stage"}, []string{"Count", "4XXError", "5XXError", "Latency", "IntegrationLatency"}},
	"AWS/States":     {[]string{"StateMachineArn"}, []string{"ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted", "ExecutionTime"}},
	"AWS/Lambda":     {[]string{"FunctionName"}, []string{"Invocations", "Errors", "Throttles", "Duration", "ConcurrentExecutions"}},
}

type body struct {
	Start   string
	Widgets []struct {
		Type                string
		X, Y, Width, Height int
		Properties          struct {
			Title, Region, View string
			Period              int
			Metrics             [][]any
		}
	}
}

func overview(t *testing.T) body {
	t.Helper()
	text, err := Overview(Stack{
		Region:          "eu-west-1",
		Functions:       map[string]string{"validate": "v-1", "resize": "r-1", "notify": "n-1"},
		StateMachineARN: "arn:aws:states:eu-west-1:000000000000:stateMachine:m",
		APIName:         "api-1",
		APIStage:        "v1",
	})
	if err != nil {
		t.Fatal(err)
	}
	var b body
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if len(b.Widgets) != 8 || b.Start == "" {
		t.Fatalf("%d widgets from %q", len(b.Widgets), b.Start)
	}
	return b
}

// TestEveryMetricExists: CloudWatch draws an empty graph for a name that nobody
// publishes, and says nothing.
func TestEveryMetricExists(t *testing.T) {
	t.Parallel()
	for _, w := range overview(t).Widgets {
		p := w.Properties
		if w.Type != "metric" || p.Title == "" || p.Region != "eu-west-1" || p.Period != 60 || len(p.Metrics) == 0 {
			t.Errorf("%+v", w)
		}
		for _, row := range p.Metrics {
			checkMetric(t, p.Title, row)
		}
	}
}

// checkMetric takes [namespace, name, dimension, value, …, options].
func checkMetric(t *testing.T, title string, row []any) {
	t.Helper()
	last := len(row) - 1
	known, ok := published[row[0].(string)]
	if !ok || last != 2+2*len(known.dimensions) {
		t.Fatalf("%s: %v is not of a namespace with the dimensions %v", title, row, known.dimensions)
	}
	if !slices.Contains(known.metrics, row[1].(string)) {
		t.Errorf("%s: %s publishes no %s", title, row[0], row[1])
	}
	for i, dimension := range known.dimensions {
		if row[2+2*i] != dimension || row[3+2*i] == "" {
			t.Errorf("%s: %v has no dimension %s", title, row, dimension)
		}
	}
	options := row[last].(map[string]any)
	if options["stat"] == "" || options["label"] == "" {
		t.Errorf("%s: %v has no statistic or label", title, row)
	}
}

// TestGrid: widgets lie within the grid, and none over another.
func TestGrid(t *testing.T) {
	t.Parallel()
	taken := map[[2]int]string{}
	for _, w := range overview(t).Widgets {
		if w.X < 0 || w.Y < 0 || w.Width < 1 || w.Height < 1 || w.X+w.Width > columns {
			t.Fatalf("%+v is outside of the grid", w)
		}
		for x := w.X; x < w.X+w.Width; x++ {
			for y := w.Y; y < w.Y+w.Height; y++ {
				if other, ok := taken[[2]int{x, y}]; ok {
					t.Fatalf("%s lies over %s", w.Properties.Title, other)
				}
				taken[[2]int{x, y}] = w.Properties.Title
			}
		}
	}
}
