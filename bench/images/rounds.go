package images

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/pixline/pixline/bench/images/quality"
	"github.com/pixline/pixline/bench/images/trial"
)

// Result is what one contestant did in one trial.
type Result struct {
	Contestant string
	Note       string // which way it went
	// Problem says why there is nothing else: "not installed", or an error.
	Problem      string
	Milliseconds []float64 // of each iteration
	Bytes        []int64   // of each output
	PeakBytes    int64     // resident, 0 if not known
	Scores       []quality.Score
}

// Trial is one workload on some cores.
type Trial struct {
	Workload
	Cores      int
	InputBytes int64
	Results    []Result
	SameSize   []SameSize // of each output, if pixline and sharp were judged
}

// entry is a contestant in a trial.
type entry struct {
	Result
	*process        // nil: there is a Problem
	outputs  string // the folder of what the warm-up made
	warm     time.Duration
}

// start starts the contestants and lets each work once, which is not measured:
// code gets compiled, pools get filled.
func (b *bench) start(ctx context.Context, w workload, s setting, input, dir string) ([]*entry, error) {
	var entries []*entry
	for _, c := range b.contestants {
		if c.many && len(w.Sizes) < 2 {
			continue
		}
		e := &entry{Result: Result{Contestant: c.name}, outputs: filepath.Join(dir, c.name+c.method)}
		if len(w.Sizes) > 1 {
			e.Note = c.note
		}
		if err := os.MkdirAll(e.outputs, 0o755); err != nil {
			return nil, err
		}
		entries = append(entries, e)
		var err error
		var version string
		e.process, version, err = launch(ctx, c, s, trial.Job{Input: input, Format: w.Format, Sizes: w.Sizes, Method: c.method, Cores: s.cores})
		if err != nil {
			e.fail(err)
			b.versions[c.name] = e.Problem
			continue
		}
		b.versions[c.name] = version
		answer, err := e.ask(trial.Request{Iterations: 1, Quality: jpegQuality, Save: e.outputs})
		if err != nil {
			e.fail(err)
			continue
		}
		e.Bytes, e.PeakBytes = answer.Bytes, answer.PeakBytes
		e.warm = time.Duration(sum(answer.Milliseconds) * float64(time.Millisecond))
	}
	return entries, ctx.Err()
}

// The time that one contestant may take, so that the slow ones do not keep the
// others waiting: in one round, and in all, the warm-up included.
const (
	roundTime = 2 * time.Second
	wholeTime = 10 * time.Second
)

// rounds lets the contestants take turns. One that counts for its memory alone
// works once more, warm: a heap may grow until then.
func (b *bench) rounds(w workload, entries []*entry) {
	rounds, iterations, fewest := b.Rounds, b.Iterations, 1
	if w.Memory {
		rounds, iterations, fewest = 1, 1, 0
	}
	for range rounds {
		for _, e := range entries {
			spent := e.warm + time.Duration(sum(e.Milliseconds)*float64(time.Millisecond))
			if e.process == nil || spent > wholeTime && len(e.Milliseconds) >= fewest {
				continue
			}
			n := min(iterations, max(1, int(roundTime/max(1, e.warm))))
			answer, err := e.ask(trial.Request{Iterations: n, Quality: jpegQuality})
			if err != nil {
				e.fail(err)
				continue
			}
			e.Milliseconds = append(e.Milliseconds, answer.Milliseconds...)
			e.PeakBytes = answer.PeakBytes
		}
	}
}

func (e *entry) fail(err error) {
	e.close()
	e.process = nil
	e.Problem = "failed: " + err.Error()
	if errors.Is(err, errMissing) {
		e.Problem = errMissing.Error()
	}
}

func (e *entry) close() {
	if e.process != nil {
		e.process.close()
	}
}

// best returns a contestant's result, of several ways the fastest. false: it
// has none.
func (t Trial) best(name string) (Result, bool) {
	var found Result
	for _, r := range t.Results {
		if r.Contestant != name {
			continue
		}
		if found.Contestant == "" || found.Problem != "" || r.Problem == "" && median(r.Milliseconds) < median(found.Milliseconds) {
			found = r
		}
	}
	return found, found.Contestant != "" && found.Problem == ""
}

// ratio of a contestant's median to sharp's; false if one of them has none.
func (t Trial) ratio(name string) (float64, bool) {
	r, ok := t.best(name)
	base, there := t.best(sharp)
	if !ok || !there {
		return 0, false
	}
	return median(r.Milliseconds) / median(base.Milliseconds), true
}

// median of at least one value; of an even number, the mean of the two in the middle.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

func sum(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total
}
