package local

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/simulate"
	"github.com/pixline/pixline/local/graph"
	"github.com/pixline/pixline/local/logs/insights"
	"github.com/pixline/pixline/pkg/contract"
)

// simulatedLogs are the lines that a simulated day's incident would have written:
// those of resize, which S3 turned away, and of the executions that it failed.
type simulatedLogs struct {
	functions, machines string // the log groups
	end                 time.Time
}

// everyError is how often the incident is told of.
const everyError = 90 * time.Second

func newSimulatedLogs(g *graph.Graph, end time.Time) (simulatedLogs, error) {
	l := simulatedLogs{end: end}
	for _, f := range g.Of("aws:lambda/function:Function") {
		if f.Name == contract.StageResize {
			l.functions = logGroups(g)[f.String("arn")]
		}
	}
	machines, err := stateMachines(g)
	for _, m := range machines {
		l.machines = groupName(m.Logging.LogDestination)
	}
	return l, err
}

// Scan implements insights.Source.
func (l simulatedLogs) Scan(_ context.Context, group string, start, end time.Time, visit func(insights.Event) error) error {
	begin, over := simulate.Incident(l.end)
	for i, at := 0, begin; at.Before(over); i, at = i+1, at.Add(everyError) {
		if at.Before(start) || at.After(end) {
			continue
		}
		id := fmt.Sprintf("5f2c%04d-6c1e-4d0b-9a51-7be0c2a1%04d", i, 7*i)
		var line any
		switch group {
		case l.functions:
			line = map[string]any{
				"level": "ERROR", "msg": "invocation", contract.DimensionStage: contract.StageResize,
				contract.FieldErrorType: "Transient", contract.FieldError: "read the image: S3 answered 503 SlowDown: Please reduce your request rate.",
				contract.FieldKey: fmt.Sprintf("photos/2026/03/%05d.jpg", 40121+37*i), contract.FieldExecutionID: id,
			}
		case l.machines:
			line = map[string]any{
				"type": "ExecutionFailed", "details": map[string]string{"error": "Transient", "cause": "S3 answered 503 SlowDown"}, "execution_arn": id,
			}
		default:
			return nil
		}
		text, err := json.Marshal(line)
		if err != nil {
			return err
		}
		if err := visit(insights.Event{Group: group, Time: at, Ingested: at, Message: string(text), ID: id}); err != nil {
			return err
		}
	}
	return nil
}
