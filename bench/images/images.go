// Package images measures pixline's image core beside others, in one run on one
// machine: sharp (libvips), Pillow, and the naive port on the standard library
// and bild. It measures time, memory, and how near the outputs are to an exact
// resampling.
//
// Each contestant works in a process of its own, from the source's bytes to the
// outputs' bytes, in memory, with Lanczos 3 and JPEG quality 80. The processes
// of one workload are alive together and take turns in rounds, so that whatever
// else the machine does hits all of them alike; what is compared is their
// medians. One that is not installed, or that fails, is reported as such, and
// the rest goes on.
//
// Non-goals: other settings of the contestants than their own defaults beyond
// those, and absolute figures that mean something on another machine.
package images

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// quality of the JPEGs, for all contestants.
const jpegQuality = 80

// Options of a run.
type Options struct {
	// Root is the repository's folder.
	Root string
	// Rounds and Iterations in each: how often a contestant works, the warm-up
	// and the slow ones aside.
	Rounds, Iterations int
	// Progress is told what is being measured.
	Progress func(string)
}

// Run measures all workloads. It takes some minutes and about 3 GB of memory.
func Run(ctx context.Context, o Options) (*Report, error) {
	dir, err := os.MkdirTemp("", "pixline-images-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "contestant")
	compile := exec.CommandContext(ctx, "go", "build", "-o", program, "./bench/images/contestant")
	compile.Dir = o.Root
	if message, err := compile.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the Go contestants: %w\n%s", err, message)
	}
	settings, pinned := settings()
	b := &bench{Options: o, dir: dir, contestants: contestants(o.Root, program), versions: map[string]string{}}
	report := &Report{Pinned: pinned, Rounds: o.Rounds, Iterations: o.Iterations}
	for _, w := range workloads() {
		o.Progress(w.Name)
		trials, err := b.run(ctx, w, settings)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", w.Name, err)
		}
		report.Trials = append(report.Trials, trials...)
	}
	for _, name := range names {
		report.Versions = append(report.Versions, Version{name, b.versions[name]})
	}
	return report, nil
}

// bench is what the measurements share.
type bench struct {
	Options
	dir         string
	contestants []contestant
	versions    map[string]string // by name, as each process says
}

// run measures one workload with each number of cores, and judges what was made.
func (b *bench) run(ctx context.Context, w workload, settings []setting) ([]Trial, error) {
	source, err := w.source()
	if err != nil {
		return nil, fmt.Errorf("make the source: %w", err)
	}
	dir := filepath.Join(b.dir, "trial")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	input := filepath.Join(dir, "source")
	if err := os.WriteFile(input, source, 0o644); err != nil {
		return nil, err
	}
	if w.Memory { // what users get is all cores, and that needs the most
		settings = settings[len(settings)-1:]
	}
	var trials []Trial
	for i, s := range settings {
		t := Trial{Workload: w.Workload, Cores: s.cores, InputBytes: int64(len(source))}
		entries, err := b.start(ctx, w, s, input, filepath.Join(dir, fmt.Sprint(s.cores)))
		if err != nil {
			return nil, err
		}
		b.rounds(w, entries)
		// The outputs are the same on any number of cores.
		if i == 0 && !w.Memory {
			err = judge(&t, entries, source)
		}
		for _, e := range entries {
			e.close()
			t.Results = append(t.Results, e.Result)
		}
		if err != nil {
			return nil, err
		}
		trials = append(trials, t)
	}
	return trials, nil
}
