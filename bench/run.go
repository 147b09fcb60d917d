package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

func run(ctx context.Context, executions, concurrency, starts int, out string) error {
	root, err := filepath.Abs(".")
	if err != nil {
		return err
	}
	out = filepath.Join(root, out) // the runner changes the working directory
	fmt.Println("deployment packages…")
	packages, err := measurePackages(ctx, root)
	if err != nil {
		return err
	}
	fmt.Println("start of pixline local…")
	ready, err := measureReady(ctx, root, starts)
	if err != nil {
		return err
	}
	fmt.Println("executions…")
	small, err := measureOverhead(ctx, root, executions, concurrency)
	if err != nil {
		return err
	}
	text := report(packages, ready, small)
	fmt.Print("\n" + text)
	return os.WriteFile(out, []byte(text), 0o644)
}
