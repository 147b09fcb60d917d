package runner

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/pixline/pixline/infra/build"
	"github.com/pixline/pixline/pkg/contract"
)

// zipped is the size of one deployment package.
type zipped struct {
	stage string
	bytes int64
}

func measurePackages(ctx context.Context, root string) ([]zipped, error) {
	var sizes []zipped
	for _, stage := range []string{contract.StageValidate, contract.StageResize, contract.StageNotify} {
		path, err := build.Zip(ctx, root, stage)
		if err != nil {
			return nil, err
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		sizes = append(sizes, zipped{stage, info.Size()})
	}
	return sizes, nil
}

// measureReady starts the built command again and again, and measures from the
// start of the process to its line "ready".
func measureReady(ctx context.Context, root string, starts int) ([]time.Duration, error) {
	dir, err := os.MkdirTemp("", "pixline-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "pixline")
	compile := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/pixline")
	compile.Dir = root
	if message, err := compile.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build pixline: %w\n%s", err, message)
	}
	var times []time.Duration
	for i := range starts + 1 {
		took, err := startOnce(ctx, root, binary, filepath.Join(dir, "data"))
		if err != nil {
			return nil, err
		}
		if i > 0 { // the first start builds the functions
			times = append(times, took)
		}
	}
	return times, nil
}

func startOnce(ctx context.Context, root, binary, data string) (time.Duration, error) {
	cmd := exec.CommandContext(ctx, binary, "local", "--addr", "127.0.0.1:0", "--aws-addr", "127.0.0.1:0", "--data", data)
	cmd.Dir = root
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	lines := bufio.NewScanner(stdout)
	ready := lines.Scan() && strings.HasPrefix(lines.Text(), "ready ")
	took := time.Since(start)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, err
	}
	if err := cmd.Wait(); err != nil {
		return 0, fmt.Errorf("pixline local: %w\n%s", err, stderr.String())
	}
	if !ready {
		return 0, fmt.Errorf("pixline local ended before it was ready\n%s", stderr.String())
	}
	return took, nil
}
