// Command bench measures what the project promises, and writes bench/REPORT.md
// and bench/images.svg. Run it from the root of the repository: make bench, or
// go run ./bench -only images for one part, which leaves the others as they are.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	var o options
	flag.StringVar(&o.only, "only", "", "measure one part: images, runner or observability")
	flag.StringVar(&o.out, "out", "bench", "the folder that the report and the chart are written to")
	flag.IntVar(&o.executions, "executions", 1000, "executions of the pipeline benchmark")
	flag.IntVar(&o.concurrency, "concurrency", 16, "executions at once")
	flag.IntVar(&o.starts, "starts", 10, "starts of pixline local")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds in which the contestants on images take turns")
	flag.IntVar(&o.iterations, "iterations", 5, "iterations of a contestant in each round")
	flag.IntVar(&o.measured, "measured", 100_000, "executions whose metrics the dashboards show")
	flag.IntVar(&o.listed, "listed", 10_000, "executions that the pages list")
	flag.IntVar(&o.views, "views", 9, "how often a page is opened")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
