// Package observability measures what the project promises about its dashboards
// and alarms: how soon they are drawn and evaluated when there is much to draw,
// how much memory the metrics take, and what telemetry costs an invocation.
package observability

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/pixline/pixline/local"
	"github.com/pixline/pixline/local/graph"
)

// stack has every dashboard and alarm.
const stack = "staging"

// Options of a run.
type Options struct {
	// Root is the repository's folder.
	Root string
	// Measured executions lie in a day of metrics; Listed ones are those that the
	// page of executions is opened with.
	Measured, Listed int
	// Rounds is how often a page is opened.
	Rounds int
	// Progress is told what is being measured.
	Progress func(string)
}

// Report is what a run found.
type Report struct {
	options    Options
	metrics    int // that have data
	heap       uint64
	dashboards []drawn
	list       time.Duration
	alarms     int
	round      time.Duration
	invocation time.Duration
}

// Run measures all of it. It changes the working directory.
func Run(ctx context.Context, o Options) (*Report, error) {
	r := &Report{options: o}
	o.Progress("telemetry")
	r.invocation = measureInvocation()

	data, err := os.MkdirTemp("", "pixline-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(data)
	if err := r.fill(ctx, data); err != nil {
		return nil, err
	}
	runner, err := local.Start(ctx, local.Options{Root: o.Root, Stack: stack, Data: data, Addr: "127.0.0.1:0", AWSAddr: "127.0.0.1:0"})
	if err != nil {
		return nil, err
	}
	err = r.measure(ctx, runner)
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if closeErr := runner.Close(closing); err == nil {
		err = closeErr
	}
	return r, err
}

// fill writes the files that a runner of the stack would have written.
func (r *Report) fill(ctx context.Context, data string) error {
	// Names do not depend on the addresses.
	g, err := graph.Evaluate(graph.Options{Root: r.options.Root, Stack: stack, APIURL: "http://127.0.0.1:1", AWSURL: "http://127.0.0.1:2"})
	if err != nil {
		return err
	}
	r.options.Progress(fmt.Sprintf("metrics of %d executions", r.options.Measured))
	if r.metrics, err = fillMetrics(g, filepath.Join(data, "metrics.db"), r.options.Measured); err != nil {
		return fmt.Errorf("fill the metrics: %w", err)
	}
	r.options.Progress(fmt.Sprintf("%d executions", r.options.Listed))
	if err := fillExecutions(ctx, g, filepath.Join(data, "executions.db"), r.options.Listed); err != nil {
		return fmt.Errorf("fill the executions: %w", err)
	}
	return nil
}
