package web

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/alarm"
	"github.com/pixline/pixline/local/cloudwatch/board"
)

// graph is what an alarm watches, drawn as the widget that a dashboard would have
// of it, over an hour or as long as the alarm looks back. A composite alarm has none.
func (s *server) graph(ctx context.Context, a alarm.Alarm) (*tile, error) {
	if a.Composite() || s.options.Sources.Alarm == nil {
		return nil, nil
	}
	type object map[string]any
	body, err := json.Marshal(object{
		"periodOverride": "inherit",
		"widgets": []object{{
			"type": "metric", "width": 24, "height": 5,
			"properties": object{"title": s.short(a.Name), "view": "timeSeries", "annotations": object{"alarms": []string{a.ARN}}},
		}},
	})
	if err != nil {
		return nil, fmt.Errorf("graph the alarm %s: %w", a.Name, err)
	}
	b, err := board.Parse(string(body))
	if err != nil {
		return nil, fmt.Errorf("graph the alarm %s: %w", a.Name, err)
	}
	end := s.options.Now()
	long := max(time.Hour, 2*time.Duration(a.EvaluationPeriods)*a.Period)
	return &s.tiles(ctx, b, end.Add(-long), end)[0], nil
}
