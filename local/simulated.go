package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/pixline/pixline/local/cloudwatch"
	"github.com/pixline/pixline/local/cloudwatch/alarm"
	"github.com/pixline/pixline/local/cloudwatch/board"
	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/cloudwatch/simulate"
	"github.com/pixline/pixline/local/graph"
)

// Day is a day of a stack that never was: its dashboards as the program declares
// them, on made-up metrics that its alarms were evaluated on. It is the same day
// every time.
type Day struct {
	End        time.Time
	Dashboards []cloudwatch.Dashboard // the most important first
	Sources    board.Sources
}

// alarmed is how much of the day the alarms are evaluated over, minute by minute:
// from well before its incident.
const alarmed = 8 * time.Hour

// Simulate makes the day of a stack up; root is the folder of Pulumi.yaml.
func Simulate(ctx context.Context, root, stack string) (_ *Day, err error) {
	day := &Day{End: time.Date(2026, time.March, 3, 18, 0, 0, 0, time.UTC)}
	g, err := graph.Evaluate(graph.Options{Root: root, Stack: stack, APIURL: "https://api.invalid", AWSURL: "https://aws.invalid"})
	if err != nil {
		return nil, err
	}
	clock := metric.ClockAt(day.End)
	store, err := metric.Open(metric.StoreOptions{Clock: clock})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }() // what is in memory can still be read
	definitions, err := alarms(g)
	if err != nil {
		return nil, err
	}
	var measured []metric.ID
	for _, d := range definitions {
		for _, q := range d.Queries {
			if q.Expression == "" {
				measured = append(measured, q.Metric)
			}
		}
	}
	day.Dashboards = dashboards(g)
	for _, d := range day.Dashboards {
		parsed, err := board.Parse(d.Body)
		if err != nil {
			return nil, fmt.Errorf("dashboard %s: %w", d.Name, err)
		}
		measured = append(measured, parsed.Metrics()...)
	}
	if err := simulate.Fill(store.Put, simulate.Options{Metrics: measured, End: day.End, Seed: 1}); err != nil {
		return nil, err
	}
	states, err := alarm.Open(alarm.Options{
		Definitions: definitions, Source: store, Clock: clock, Log: slog.New(slog.DiscardHandler),
		Publish: func(context.Context, string, string, string, string) error { return nil }, // nobody is to hear of it
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, states.Close()) }()
	for at := day.End.Add(-alarmed); !at.After(day.End); at = at.Add(time.Minute) {
		if err := states.Evaluate(ctx, at); err != nil {
			return nil, err
		}
	}
	lines, err := newSimulatedLogs(g, day.End)
	day.Sources = board.Sources{
		Metrics: store, Alarm: alarmStates(states), Link: pageOf,
		Logs: func(ctx context.Context, text string, start, end time.Time) (board.Table, error) {
			return queryLogs(ctx, lines, text, start, end)
		},
	}
	return day, err
}
