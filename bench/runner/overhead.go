package runner

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pixline/pixline/cmd/pixline/client"
	"github.com/pixline/pixline/infra/pipeline"
	"github.com/pixline/pixline/local"
	"github.com/pixline/pixline/local/runtime"
	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/imaging/sample"
)

// overhead is what many executions at once took.
type overhead struct {
	executions  int
	concurrency int
	wall        time.Duration
	lost        int             // did not succeed
	whole       []time.Duration // of each: from before the POST to the execution's end
	added       []time.Duration // of each: whole, less its functions' own durations
	goroutines  int             // left after Close
	processes   int             // left after Close
}

// durations collects what the functions took, by execution.
type durations struct {
	mu   sync.Mutex
	sums map[string]time.Duration
}

func (d *durations) observe(o runtime.Observation) {
	if o.Kind != runtime.Invoked {
		return
	}
	var answer struct {
		Execution   contract.Execution `json:"execution"`
		ExecutionID string             `json:"executionId"`
	}
	if err := json.Unmarshal(o.Result.Payload, &answer); err != nil {
		return // an error document names no execution: the execution counts as lost
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	// Stages answer with the execution, notify with the outcome, which names it.
	d.sums[cmp.Or(answer.Execution.ID, answer.ExecutionID)] += o.Result.Duration + o.Result.InitDuration
}

// measureOverhead runs the dev stack in this process and sends many small
// pictures through it. A first round of the same concurrency starts the
// functions' processes.
func measureOverhead(ctx context.Context, root string, executions, concurrency int) (overhead, error) {
	data, err := os.MkdirTemp("", "pixline-bench-")
	if err != nil {
		return overhead{}, err
	}
	defer os.RemoveAll(data)
	before := goroutines()
	took := &durations{sums: map[string]time.Duration{}}
	runner, err := local.Start(ctx, local.Options{
		Root: root, Stack: "dev", Data: filepath.Join(data, "data"), Addr: "127.0.0.1:0", AWSAddr: "127.0.0.1:0", Observe: took.observe,
	})
	if err != nil {
		return overhead{}, err
	}
	result, err := sendAll(ctx, runner, took, executions, concurrency)
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if closeErr := runner.Close(closing); err == nil {
		err = closeErr
	}
	if err != nil {
		return overhead{}, err
	}
	result.goroutines = max(0, settledGoroutines(before)-before)
	result.processes, err = children()
	return result, err
}

func sendAll(ctx context.Context, runner *local.Runner, took *durations, executions, concurrency int) (overhead, error) {
	c, err := client.New(ctx, client.Stack{
		ProcessURL:      runner.Graph.Output(pipeline.OutputProcessURL),
		InputBucket:     runner.Graph.Output(pipeline.OutputInputBucket),
		StateMachineARN: runner.Graph.Output(pipeline.OutputStateMachineARN),
		AWSEndpoint:     runner.AWSURL,
	})
	if err != nil {
		return overhead{}, err
	}
	picture := sample.Photo(160, 120, 1)
	round := func(name string, n int) (overhead, error) {
		o := overhead{executions: n, concurrency: concurrency, whole: make([]time.Duration, n), added: make([]time.Duration, n)}
		for i := range n {
			if err := c.Upload(ctx, key(name, i), picture); err != nil {
				return o, err
			}
		}
		var mu sync.Mutex
		var group errgroup.Group
		group.SetLimit(concurrency)
		start := time.Now()
		for i := range n {
			group.Go(func() error {
				id, whole, ok, err := one(ctx, c, key(name, i))
				took.mu.Lock()
				own := took.sums[id]
				took.mu.Unlock()
				mu.Lock()
				defer mu.Unlock()
				if !ok {
					o.lost++
				}
				o.whole[i], o.added[i] = whole, whole-own
				return err
			})
		}
		err := group.Wait()
		o.wall = time.Since(start)
		return o, err
	}
	if _, err := round("warm", 4*concurrency); err != nil {
		return overhead{}, err
	}
	return round("measured", executions)
}

func key(round string, i int) string { return fmt.Sprintf("bench/%s-%d.jpg", round, i) }

// one sends a picture and follows it to its end. The end is the execution's
// own, so that how often it is asked for does not count.
func one(ctx context.Context, c *client.Client, key string) (id string, whole time.Duration, ok bool, err error) {
	start := time.Now()
	accepted, err := c.Process(ctx, contract.Request{Bucket: c.Stack.InputBucket, Key: key}, "")
	if err != nil {
		return "", 0, false, err
	}
	ended, err := c.Wait(ctx, accepted.ExecutionID)
	if err != nil {
		return "", 0, false, err
	}
	end := time.UnixMicro(int64(ended.StopDate * 1e6))
	return accepted.ExecutionID, end.Sub(start), ended.Outcome != nil && ended.Outcome.Status == contract.StatusSucceeded, nil
}
