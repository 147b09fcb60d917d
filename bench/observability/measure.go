package observability

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	goruntime "runtime"
	"slices"
	"testing"
	"time"

	"github.com/pixline/pixline/infra/pipeline"
	"github.com/pixline/pixline/local"
	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/telemetry"
)

// drawn is how long the page of a dashboard takes, to its last byte.
type drawn struct {
	name            string
	eightHours, day time.Duration // shown
}

func (r *Report) measure(ctx context.Context, runner *local.Runner) error {
	goruntime.GC()
	var memory goruntime.MemStats
	goruntime.ReadMemStats(&memory)
	r.heap = memory.HeapAlloc

	for _, name := range runner.Graph.List(pipeline.OutputDashboards) {
		r.options.Progress(name)
		d := drawn{name: name}
		page := runner.URL + "/ui/dashboards/" + url.PathEscape(name) + "?range="
		var err error
		if d.eightHours, err = r.open(ctx, page+"8h"); err != nil {
			return err
		}
		if d.day, err = r.open(ctx, page+"1d"); err != nil {
			return err
		}
		r.dashboards = append(r.dashboards, d)
	}
	r.options.Progress("list of executions")
	var err error
	if r.list, err = r.open(ctx, runner.URL+"/"); err != nil {
		return err
	}
	r.options.Progress("alarms")
	r.round, err = r.median(func() (err error) {
		r.alarms, err = runner.EvaluateAlarms(ctx)
		return err
	})
	return err
}

// open opens a page again and again.
func (r *Report) open(ctx context.Context, page string) (time.Duration, error) {
	return r.median(func() error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("GET %s answers %s", page, response.Status)
		}
		_, err = io.Copy(io.Discard, response.Body)
		return err
	})
}

// median is how long something takes mostly.
func (r *Report) median(of func() error) (time.Duration, error) {
	took := make([]time.Duration, max(r.options.Rounds, 1))
	for i := range took {
		start := time.Now()
		if err := of(); err != nil {
			return 0, err
		}
		took[i] = time.Since(start)
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}

// measureInvocation measures what telemetry does for one invocation of a function
// that says as much as resize does.
func measureInvocation() time.Duration {
	out := telemetry.New(telemetry.Options{Stage: contract.StageResize, Namespace: "Pixline/" + stack, Out: io.Discard, MemoryMB: 1024})
	handle := telemetry.Wrap(out, func(ctx context.Context, _ contract.Result) (contract.Result, error) {
		line := telemetry.From(ctx)
		for _, name := range []string{contract.MetricMegapixels, contract.MetricBytesIn, contract.MetricBytesOut, contract.MetricDecodeTime, contract.MetricResizeTime, contract.MetricEncodeTime} {
			line.Add(name, telemetry.Count, 12.5)
		}
		for _, name := range []string{contract.FieldBucket, contract.FieldKey, contract.FieldVersionID, contract.FieldFormat, contract.FieldCode, contract.FieldReason} {
			line.Set(name, "photos/2026/a picture of a cat.jpg")
		}
		for _, name := range []string{contract.FieldWidth, contract.FieldHeight, contract.FieldBytes, contract.FieldRenditions} {
			line.Set(name, 4000)
		}
		line.Count(contract.MetricSucceeded, false)
		line.Count(contract.MetricRejected, true)
		line.Split(contract.MetricRejected, contract.DimensionCode, "corrupt")
		return contract.Result{}, nil
	})
	result := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			if _, err := handle(b.Context(), contract.Result{Execution: contract.Execution{ID: "execution"}}); err != nil {
				b.Fatal(err)
			}
		}
	})
	return time.Duration(result.NsPerOp())
}
