// Command bench measures what the project promises about the local runner and
// the deployment packages, and writes bench/REPORT.md. Run it from the root of
// the repository: make bench.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	executions := flag.Int("executions", 1000, "executions of the pipeline benchmark")
	concurrency := flag.Int("concurrency", 16, "executions at once")
	starts := flag.Int("starts", 10, "starts of pixline local")
	out := flag.String("out", "bench/REPORT.md", "where the report is written")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *executions, *concurrency, *starts, *out); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
