package local

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	boards "github.com/pixline/pixline/dashboards"
	infra "github.com/pixline/pixline/infra/pipeline"
	"github.com/pixline/pixline/local/cloudwatch"
	"github.com/pixline/pixline/local/cloudwatch/alarm"
	"github.com/pixline/pixline/local/cloudwatch/board"
	"github.com/pixline/pixline/local/graph"
	"github.com/pixline/pixline/local/logs"
	"github.com/pixline/pixline/local/logs/insights"
	"github.com/pixline/pixline/local/web"
)

// dashboards are the graph's dashboards, in the order in which the program gives
// them out, which is that of importance.
func dashboards(g *graph.Graph) []cloudwatch.Dashboard {
	var found []cloudwatch.Dashboard
	order := g.List(infra.OutputDashboards)
	for _, d := range g.Of("aws:cloudwatch/dashboard:Dashboard") {
		found = append(found, cloudwatch.Dashboard{Name: d.String("dashboardName"), ARN: d.String("dashboardArn"), Body: d.String("dashboardBody")})
	}
	slices.SortStableFunc(found, func(a, b cloudwatch.Dashboard) int {
		return slices.Index(order, a.Name) - slices.Index(order, b.Name)
	})
	return found
}

// sources are where the data of dashboards come from.
func (r *Runner) sources() board.Sources {
	return board.Sources{Metrics: r.metrics, Alarm: alarmStates(r.alarms), Logs: r.queryLogs, Link: pageOf}
}

// drawImage answers GetMetricWidgetImage.
func (r *Runner) drawImage(ctx context.Context, widget string) ([]byte, error) {
	return board.Image(ctx, r.sources(), widget, r.clock.Now())
}

// alarmStates finds alarms for widgets.
func alarmStates(alarms *alarm.Service) func(arn string) (board.AlarmState, bool) {
	return func(arn string) (board.AlarmState, bool) {
		name := arn[strings.LastIndexByte(arn, ':')+1:]
		a, ok := alarms.Get(name)
		return board.AlarmState{
			Name: a.Name, Value: string(a.State.Value), Reason: a.State.Reason, Updated: a.State.Changed,
			Queries: a.Queries, Threshold: a.Threshold, Comparison: a.Comparison,
		}, ok && a.ARN == arn
	}
}

// pageOf is the page for an address of CloudWatch's console.
func pageOf(address string) string {
	switch address {
	case "#logsV2:logs-insights":
		return "/ui/logs"
	case boards.DefaultRunbookURL:
		return "/ui/docs/runbooks/README.md"
	}
	for prefix, page := range map[string]string{"#dashboards/dashboard/": "/ui/dashboards/", "#alarmsV2:alarm/": "/ui/alarms/"} {
		if name, ok := strings.CutPrefix(address, prefix); ok {
			return page + url.PathEscape(name)
		}
	}
	return address
}

// queryLogs runs a query over the runner's logs, which have the machine's time.
func (r *Runner) queryLogs(ctx context.Context, text string, start, end time.Time) (board.Table, error) {
	return queryLogs(ctx, r.logs, text, r.clock.Machine(start), r.clock.Machine(end))
}

func queryLogs(ctx context.Context, from insights.Source, text string, start, end time.Time) (board.Table, error) {
	query, err := insights.Parse(text)
	if err != nil {
		return board.Table{}, err
	}
	table, err := query.Run(ctx, from, insights.Scope{Account: graph.AccountID, Start: start, End: end})
	return board.Table{Columns: table.Columns, Rows: table.Rows}, err
}

// savedQueries are the graph's saved queries.
func savedQueries(g *graph.Graph) ([]logs.Definition, error) {
	var found []logs.Definition
	for _, r := range g.Of("aws:cloudwatch/queryDefinition:QueryDefinition") {
		var q struct {
			Name   string   `json:"name"`
			Text   string   `json:"queryString"`
			Groups []string `json:"logGroupNames"`
		}
		if err := r.Decode(&q); err != nil {
			return nil, err
		}
		if _, err := insights.Parse(q.Text); err != nil {
			return nil, fmt.Errorf("saved query %s: %w", q.Name, err)
		}
		found = append(found, logs.Definition{ID: r.ID, Name: q.Name, Query: q.Text, Groups: q.Groups})
	}
	return found, nil
}

// observed is what the pages show of CloudWatch.
func (r *Runner) observed(o *web.Options) {
	o.NamePrefix, o.Health = r.Graph.Project+"-"+r.Graph.Stack+"-", r.Graph.Output(infra.OutputHealth)
	for _, d := range dashboards(r.Graph) {
		o.Dashboards = append(o.Dashboards, web.Dashboard{Name: d.Name, Body: d.Body})
	}
	for _, q := range r.saved {
		o.Queries = append(o.Queries, web.Query{Name: q.Name, Text: q.Query, Groups: q.Groups})
	}
	o.Sources, o.Alarms, o.Faults, o.Clock = r.sources(), r.alarms, r.faults.set, r.clock
}
