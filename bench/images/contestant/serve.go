package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/pixline/pixline/bench/images/trial"
)

// resizer makes the outputs of a job, in its order, from a source's bytes.
type resizer func(ctx context.Context, job trial.Job, data []byte, quality int) ([][]byte, error)

type contestant struct {
	resize  resizer
	version string
}

// serve answers requests until in ends.
func serve(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	if len(args) != 2 {
		return errors.New("usage: contestant pixline|naive JOB")
	}
	contestants := map[string]contestant{
		"pixline": {pixline, "this tree, " + runtime.Version()},
		"naive":   {naive, "image/jpeg and image/png of " + runtime.Version() + ", bild " + version("github.com/anthonynsimon/bild")},
	}
	c, ok := contestants[args[0]]
	if !ok {
		return fmt.Errorf("there is no contestant %q", args[0])
	}
	var job trial.Job
	if err := json.Unmarshal([]byte(args[1]), &job); err != nil {
		return fmt.Errorf("read the job: %w", err)
	}
	data, err := os.ReadFile(job.Input)
	if err != nil {
		return err
	}
	replies := json.NewEncoder(out)
	if err := replies.Encode(trial.Hello{Version: c.version}); err != nil {
		return err
	}
	for requests := json.NewDecoder(in); ; {
		var request trial.Request
		if err := requests.Decode(&request); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read a request: %w", err)
		}
		answer, err := answer(ctx, c.resize, job, data, request)
		if err != nil {
			answer.Error = err.Error()
		}
		if err := replies.Encode(answer); err != nil {
			return err
		}
	}
}

func answer(ctx context.Context, resize resizer, job trial.Job, data []byte, request trial.Request) (trial.Answer, error) {
	var a trial.Answer
	var outputs [][]byte
	for range request.Iterations {
		start := time.Now()
		var err error
		outputs, err = resize(ctx, job, data, request.Quality)
		if err != nil {
			return a, err
		}
		a.Milliseconds = append(a.Milliseconds, float64(time.Since(start).Nanoseconds())/1e6)
	}
	for i, output := range outputs {
		a.Bytes = append(a.Bytes, int64(len(output)))
		if request.Save == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(request.Save, strconv.Itoa(i)), output, 0o644); err != nil {
			return a, err
		}
	}
	a.PeakBytes = peak()
	return a, nil
}

// version returns what this program was built with of a module.
func version(module string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dependency := range info.Deps {
			if dependency.Path == module {
				return dependency.Version
			}
		}
	}
	return "of an unknown version"
}

// peak returns VmHWM, or 0 where there is no /proc.
func peak() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmHWM:" {
			kib, _ := strconv.ParseInt(fields[1], 10, 64) // 0 is "not known" too
			return kib * 1024
		}
	}
	return 0
}
