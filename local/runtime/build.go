package runtime

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"strings"
)

// Build compiles functions for this machine with one `go build`, run in root
// (the workspace or module), so that a warm build costs a fraction of a second.
// packages maps a function's name to its main package's folder, absolute or
// relative to root; the answer maps the name to its binary in outDir. A compile
// error is returned with the compiler's own lines.
func Build(ctx context.Context, root string, packages map[string]string, outDir string) (map[string]string, error) {
	outDir, err := filepath.Abs(outDir)
	if err != nil {
		return nil, fmt.Errorf("build functions: %w", err)
	}
	if err := os.MkdirAll(outDir, 0o755); err != nil {
		return nil, fmt.Errorf("build functions: %w", err)
	}
	// The flags that the deployed bootstrap is built with, without stripping:
	// a stack trace is worth more than a small file here.
	args := []string{"build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc", "-o", outDir + string(filepath.Separator)}
	binaries, owner := map[string]string{}, map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		dir := packages[name]
		if !filepath.IsAbs(dir) {
			dir = "." + string(filepath.Separator) + filepath.Clean(dir)
		}
		// One invocation names each binary after its package's folder.
		base := filepath.Base(dir)
		if other, taken := owner[base]; taken && packages[other] != packages[name] {
			return nil, fmt.Errorf("build functions: %s and %s both have a folder named %s; give them different names", other, name, base)
		} else if !taken {
			args = append(args, dir)
		}
		owner[base] = name
		binaries[name] = filepath.Join(outDir, base)
	}
	if len(packages) == 0 {
		return binaries, nil
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = root
	// The user's settings apply, except those that would build for another machine.
	cmd.Env = append(cmd.Environ(), "GOOS="+goruntime.GOOS, "GOARCH="+goruntime.GOARCH, "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("build functions: %w", ctx.Err())
		}
		if errors.Is(err, exec.ErrNotFound) {
			return nil, fmt.Errorf("build functions: the go command is not on PATH; install Go from https://go.dev/dl: %w", err)
		}
		return nil, fmt.Errorf("build functions in %s: %w\n%s", root, err, strings.TrimSpace(string(out)))
	}
	for name, path := range binaries {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("build functions: %s (%s) made no binary; is it package main, and is its import path's last element its folder's name? %w", name, packages[name], err)
		}
	}
	return binaries, nil
}
