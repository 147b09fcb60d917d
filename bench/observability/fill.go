package observability

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pixline/pixline/local/cloudwatch/board"
	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/graph"
	"github.com/pixline/pixline/local/states"
	"github.com/pixline/pixline/pkg/contract"
)

const day = 24 * time.Hour

// fillMetrics writes the last day's metrics of so many executions: for each, a
// value of its own in each metric that a dashboard shows. That is more than an
// execution causes, whose counts are alike and which meets few codes. The answer
// is the number of metrics.
func fillMetrics(g *graph.Graph, path string, executions int) (_ int, err error) {
	ids := map[string]metric.ID{}
	for _, d := range g.Of("aws:cloudwatch/dashboard:Dashboard") {
		b, err := board.Parse(d.String("dashboardBody"))
		if err != nil {
			return 0, err
		}
		for _, id := range b.Metrics() {
			ids[fmt.Sprint(id)] = id
		}
	}
	store, err := metric.Open(metric.StoreOptions{Path: path})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	random := rand.New(rand.NewPCG(1, 2))
	end := time.Now()
	for i := range executions {
		at := end.Add(-day + day*time.Duration(i)/time.Duration(executions))
		for _, id := range ids {
			store.Put(metric.Datum{ID: id, Unit: "Milliseconds", Time: at, Value: 100 * math.Exp(random.NormFloat64()/2)})
		}
	}
	if usage := store.Usage(); usage.Refused > 0 || usage.Evicted > 0 {
		return 0, fmt.Errorf("the store dropped %d data and %d blocks of them", usage.Refused, usage.Evicted)
	}
	return len(ids), nil
}

// fillExecutions runs so many executions of the stack's state machine, whose
// functions answer at once: most succeed, every 50th image is rejected, every 100th
// execution fails.
func fillExecutions(ctx context.Context, g *graph.Graph, path string, executions int) (err error) {
	machine := g.Of("aws:sfn/stateMachine:StateMachine")[0]
	engine, err := states.Open(states.Options{
		Path: path, Tasks: answers{g},
		Machines: []states.Machine{{ARN: machine.String("arn"), RoleARN: machine.String("roleArn"), Definition: []byte(machine.String("definition"))}},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close(context.WithoutCancel(ctx))) }()
	var group errgroup.Group
	group.SetLimit(64)
	for i := range executions {
		group.Go(func() error {
			key := fmt.Sprintf("photos/2026/%05d.jpg", i)
			switch {
			case i%100 == 99:
				key = "failed/" + key
			case i%50 == 49:
				key = "rejected/" + key
			}
			input, err := json.Marshal(contract.Request{Bucket: "photos", Key: key})
			if err != nil {
				return err
			}
			started, err := engine.StartExecution(ctx, machine.String("arn"), "", input)
			if err != nil {
				return err
			}
			ended, err := engine.Wait(ctx, started.ARN)
			if failed := strings.HasPrefix(key, "failed/"); err == nil && failed != (ended.Status == "FAILED") {
				err = fmt.Errorf("the execution of %s %s: %s %s", key, ended.Status, ended.Error, ended.Cause)
			}
			return err
		})
	}
	return group.Wait()
}

// answers are what the functions of a graph would answer.
type answers struct{ graph *graph.Graph }

// Call implements states.Tasks.
func (a answers) Call(_ context.Context, _, _ string, arguments json.RawMessage) (json.RawMessage, error) {
	var in struct {
		FunctionName string
		Payload      struct {
			contract.Notice
			Bucket, Key string // of what validate is asked for
		}
	}
	if err := json.Unmarshal(arguments, &in); err != nil {
		return nil, err
	}
	result, source := in.Payload.Result, &in.Payload.Source
	var answer any
	switch a.stage(in.FunctionName) {
	case contract.StageValidate:
		*source = contract.Source{Bucket: in.Payload.Bucket, Key: in.Payload.Key, Format: "jpeg", Width: 4000, Height: 3000, Bytes: 3_000_000}
		result.Source, result.Accepted = *source, !strings.HasPrefix(source.Key, "rejected/")
		if !result.Accepted {
			result.Reason = &contract.Reason{Code: "corrupt", Message: "The file is not an image, or is damaged."}
		}
		answer = result
	case contract.StageResize:
		if strings.HasPrefix(source.Key, "failed/") {
			return nil, &states.TaskError{Name: "Permanent", Cause: `{"errorType":"Permanent","errorMessage":"no such bucket"}`}
		}
		result.Accepted, result.Renditions = true, renditions(source.Key)
		answer = result
	default:
		answer = contract.Outcome{
			Status: in.Payload.Status, ExecutionID: result.Execution.ID, Source: *source, Renditions: result.Renditions,
			Reason: result.Reason, StartedAt: result.Execution.StartedAt, FinishedAt: time.Now().UTC(),
		}
	}
	return json.Marshal(map[string]any{"ExecutedVersion": "$LATEST", "Payload": answer, "StatusCode": 200})
}

func (a answers) stage(function string) string {
	for _, f := range a.graph.Of("aws:lambda/function:Function") {
		if strings.Contains(function, f.String("name")) {
			return f.Name // the program names a function for its stage
		}
	}
	return ""
}

func renditions(key string) []contract.Rendition {
	var all []contract.Rendition
	for name, width := range map[string]int{"large": 1600, "medium": 800, "square": 320} {
		all = append(all, contract.Rendition{
			Name: name, Bucket: "renditions", Key: "thumbnails/" + name + "/" + key, Format: "jpeg", Width: width, Height: width * 3 / 4, Bytes: int64(60 * width),
		})
	}
	return all
}
