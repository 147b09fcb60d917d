// Package runner measures what the project promises about the deployment
// packages and the local runner: how large, how soon ready, how much it adds to
// the functions, and what it leaves behind.
package runner

import (
	"context"
	"time"
)

// Options of a run.
type Options struct {
	// Root is the repository's folder.
	Root string
	// Executions of the pipeline, Concurrency of them at once.
	Executions, Concurrency int
	// Starts of pixline local.
	Starts int
	// Progress is told what is being measured.
	Progress func(string)
}

// Report is what a run found.
type Report struct {
	packages []zipped
	ready    []time.Duration
	overhead overhead
}

// Run measures all of it. It changes the working directory.
func Run(ctx context.Context, o Options) (*Report, error) {
	var r Report
	var err error
	o.Progress("deployment packages")
	if r.packages, err = measurePackages(ctx, o.Root); err != nil {
		return nil, err
	}
	o.Progress("start of pixline local")
	if r.ready, err = measureReady(ctx, o.Root, o.Starts); err != nil {
		return nil, err
	}
	o.Progress("executions")
	if r.overhead, err = measureOverhead(ctx, o.Root, o.Executions, o.Concurrency); err != nil {
		return nil, err
	}
	return &r, nil
}
