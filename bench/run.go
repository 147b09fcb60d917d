package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	goruntime "runtime"

	"github.com/pixline/pixline/bench/images"
	"github.com/pixline/pixline/bench/observability"
	"github.com/pixline/pixline/bench/runner"
)

// The files that are written.
const (
	reportFile = "REPORT.md"
	chartFile  = "images.svg"
)

type options struct {
	only, out                       string
	executions, concurrency, starts int
	rounds, iterations              int
	measured, listed, views         int
}

// part is a section of the report: what it is called on the command line, and
// what measures and writes it.
type part struct {
	name    string
	measure func(ctx context.Context, o options, root, out string) (string, error)
}

var parts = []part{{"images", measureImages}, {"runner", measureRunner}, {"observability", measureObservability}}

func run(ctx context.Context, o options) error {
	root, err := filepath.Abs(".")
	if err != nil {
		return err
	}
	out, err := filepath.Abs(o.out) // the runner changes the working directory
	if err != nil {
		return err
	}
	path := filepath.Join(out, reportFile)
	known := false
	for _, p := range parts {
		if o.only != "" && o.only != p.name {
			continue
		}
		known = true
		section, err := p.measure(ctx, o, root, out)
		if err != nil {
			return err
		}
		fmt.Print("\n" + section)
		// After each part: an hour's work is not lost with the next one.
		old, err := os.ReadFile(path)
		if err != nil && !os.IsNotExist(err) {
			return err
		}
		if err := os.WriteFile(path, []byte(splice(string(old), p.name, section)), 0o644); err != nil {
			return err
		}
	}
	if !known {
		return fmt.Errorf("-only is %q; it must be images, runner or observability", o.only)
	}
	return nil
}

func measureImages(ctx context.Context, o options, root, out string) (string, error) {
	report, err := images.Run(ctx, images.Options{
		Root: root, Rounds: o.rounds, Iterations: o.iterations, Progress: progress,
	})
	if err != nil {
		return "", fmt.Errorf("images: %w", err)
	}
	if err := os.WriteFile(filepath.Join(out, chartFile), report.Chart(), 0o644); err != nil {
		return "", err
	}
	return report.Markdown(chartFile) + machine(), nil
}

func measureRunner(ctx context.Context, o options, root, _ string) (string, error) {
	report, err := runner.Run(ctx, runner.Options{
		Root: root, Executions: o.executions, Concurrency: o.concurrency, Starts: o.starts, Progress: progress,
	})
	if err != nil {
		return "", fmt.Errorf("runner: %w", err)
	}
	return report.Markdown() + machine(), nil
}

func measureObservability(ctx context.Context, o options, root, _ string) (string, error) {
	report, err := observability.Run(ctx, observability.Options{
		Root: root, Measured: o.measured, Listed: o.listed, Rounds: o.views, Progress: progress,
	})
	if err != nil {
		return "", fmt.Errorf("observability: %w", err)
	}
	return report.Markdown() + machine(), nil
}

func progress(what string) { fmt.Println(what + "…") }

// machine says where a section was measured: the sections may be of different runs.
func machine() string {
	return fmt.Sprintf("\nMeasured on %s/%s with %d cores, %s.\n", goruntime.GOOS, goruntime.GOARCH, goruntime.NumCPU(), goruntime.Version())
}
