package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/pixline/pixline/local/states"
	"github.com/pixline/pixline/local/states/history"
	"github.com/pixline/pixline/pkg/contract"
)

// shown is how many of the newest executions a page has.
const shown = 50

// row is one execution.
type row struct {
	ID       string
	Status   string // of the outcome, or the execution's own
	Source   string
	Picture  string // path of the source's picture
	Started  string
	Duration string
	Reason   string
	Stages   []stage
	Pictures []picture
}

type stage struct {
	Name   string
	Millis string
	Error  string
}

type picture struct {
	Name string
	Path string
	Size string
}

func (p *pages) rows(ctx context.Context) ([]row, error) {
	list, _, err := p.options.States.ListExecutions(ctx, p.options.StateMachineARN, states.ListQuery{MaxResults: shown})
	if err != nil {
		return nil, err
	}
	rows := make([]row, 0, len(list))
	for _, listed := range list {
		x, err := p.options.States.DescribeExecution(ctx, listed.ARN)
		if err != nil {
			return nil, err
		}
		r, err := p.row(ctx, x)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func (p *pages) row(ctx context.Context, x states.Execution) (row, error) {
	r := row{
		ID: x.Name, Status: strings.ToLower(string(x.Status)),
		Started: x.StartDate.Local().Format("15:04:05"), Duration: "…", Reason: x.Error,
	}
	if !x.StopDate.IsZero() {
		r.Duration = millis(x.StopDate.Sub(x.StartDate))
	}
	var request contract.Request
	// An execution that was started past the API may have any input: it is
	// shown without a source.
	_ = json.Unmarshal(x.Input, &request)
	r.Source, r.Picture = request.Key, objectPath(request.Bucket, request.Key)
	var outcome contract.Outcome
	if err := json.Unmarshal(x.Output, &outcome); err == nil && outcome.Status != "" {
		r.Status = outcome.Status
		if outcome.Reason != nil {
			r.Reason = outcome.Reason.Code + ": " + outcome.Reason.Message
		}
		for _, made := range outcome.Renditions {
			r.Pictures = append(r.Pictures, picture{
				Name: made.Name, Path: objectPath(made.Bucket, made.Key), Size: fmt.Sprintf("%d×%d", made.Width, made.Height),
			})
		}
	}
	var err error
	r.Stages, err = p.stages(ctx, x.ARN)
	return r, err
}

// stages reads how long each task took, its retries included.
func (p *pages) stages(ctx context.Context, arn string) ([]stage, error) {
	events, _, err := p.options.States.GetExecutionHistory(ctx, arn, states.HistoryQuery{MaxResults: 1000})
	if err != nil {
		return nil, err
	}
	var stages []stage
	var entered time.Time
	finish := func(at time.Time, failure string) {
		if len(stages) > 0 {
			last := &stages[len(stages)-1]
			last.Millis, last.Error = millis(at.Sub(entered)), failure
		}
	}
	for _, e := range events {
		switch e.Type {
		case history.Entered("Task"):
			entered = e.Timestamp.Time
			stages = append(stages, stage{Name: e.StateEntered.Name, Millis: "…"})
		case history.TaskSucceeded:
			finish(e.Timestamp.Time, "")
		case history.TaskFailed:
			finish(e.Timestamp.Time, e.TaskFailed.Error)
		case history.TaskTimedOut:
			finish(e.Timestamp.Time, e.TaskTimedOut.Error)
		}
	}
	return stages, nil
}

func millis(d time.Duration) string { return fmt.Sprintf("%d ms", d.Milliseconds()) }

func objectPath(bucket, key string) string {
	return (&url.URL{Path: "/ui/object/" + bucket + "/" + key}).String()
}
