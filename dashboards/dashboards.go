// Package dashboards describes the CloudWatch dashboards as values, without
// Pulumi: a metric is one object wherever it appears.
package dashboards

import (
	"encoding/json"
	"maps"
	"slices"
)

// columns is the width of CloudWatch's grid.
const columns = 24

// Stack names the resources that are watched.
type Stack struct {
	Region          string
	Functions       map[string]string // stage: function name
	StateMachineARN string
	APIName         string
	APIStage        string
}

// Metric is one CloudWatch metric with a statistic.
type Metric struct {
	Namespace  string
	Name       string
	Dimensions map[string]string
	Statistic  string
	Label      string
}

// encode gives the metric as a dashboard's metrics array has it: namespace,
// name, dimension name and value pairs, options.
func (m Metric) encode() []any {
	row := []any{m.Namespace, m.Name}
	for _, name := range slices.Sorted(maps.Keys(m.Dimensions)) {
		row = append(row, name, m.Dimensions[name])
	}
	return append(row, map[string]string{"stat": m.Statistic, "label": m.Label})
}

type widget struct {
	Type       string         `json:"type"`
	X          int            `json:"x"`
	Y          int            `json:"y"`
	Width      int            `json:"width"`
	Height     int            `json:"height"`
	Properties map[string]any `json:"properties"`
}

// grid places widgets from left to right and wraps at the last column.
type grid struct {
	region  string
	widgets []widget
	x, y    int
}

func (g *grid) graph(title string, width, height int, metrics ...Metric) {
	if g.x+width > columns {
		g.x, g.y = 0, g.y+height
	}
	rows := make([][]any, 0, len(metrics))
	for _, m := range metrics {
		rows = append(rows, m.encode())
	}
	g.widgets = append(g.widgets, widget{
		Type: "metric", X: g.x, Y: g.y, Width: width, Height: height,
		Properties: map[string]any{
			"title": title, "region": g.region, "view": "timeSeries", "stacked": false, "period": 60, "metrics": rows,
		},
	})
	g.x += width
}

// Overview is the body of the dashboard that shows the whole pipeline: the way
// of an image from the API through the state machine and each function.
func Overview(s Stack) (string, error) {
	g := &grid{region: s.Region}
	api := map[string]string{"ApiName": s.APIName, "Stage": s.APIStage}
	g.graph("API: requests", 12, 6,
		Metric{"AWS/ApiGateway", "Count", api, "Sum", "requests"},
		Metric{"AWS/ApiGateway", "4XXError", api, "Sum", "4xx"},
		Metric{"AWS/ApiGateway", "5XXError", api, "Sum", "5xx"},
	)
	machine := map[string]string{"StateMachineArn": s.StateMachineARN}
	g.graph("Executions", 12, 6,
		Metric{"AWS/States", "ExecutionsStarted", machine, "Sum", "started"},
		Metric{"AWS/States", "ExecutionsSucceeded", machine, "Sum", "succeeded"},
		Metric{"AWS/States", "ExecutionsFailed", machine, "Sum", "failed"},
		Metric{"AWS/States", "ExecutionsTimedOut", machine, "Sum", "timed out"},
	)
	stages := slices.Sorted(maps.Keys(s.Functions))
	function := func(stage string) map[string]string { return map[string]string{"FunctionName": s.Functions[stage]} }
	for _, stage := range stages {
		g.graph(stage+": invocations and errors", 8, 6,
			Metric{"AWS/Lambda", "Invocations", function(stage), "Sum", "invocations"},
			Metric{"AWS/Lambda", "Errors", function(stage), "Sum", "errors"},
			Metric{"AWS/Lambda", "Throttles", function(stage), "Sum", "throttles"},
		)
	}
	// Graphs of their own: milliseconds would flatten the counts.
	for _, stage := range stages {
		g.graph(stage+": duration (ms)", 8, 6,
			Metric{"AWS/Lambda", "Duration", function(stage), "p50", "p50"},
			Metric{"AWS/Lambda", "Duration", function(stage), "p99", "p99"},
		)
	}
	body, err := json.Marshal(map[string]any{"start": "-PT8H", "widgets": g.widgets})
	return string(body), err
}
