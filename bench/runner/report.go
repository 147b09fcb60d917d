package runner

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Markdown returns the report's sections, of headings of the second level: the
// figures, each beside what is promised.
func (r *Report) Markdown() string {
	packages, ready, o := r.packages, r.ready, r.overhead
	var b strings.Builder
	b.WriteString("## Deployment packages\n\n| Function | Size | Promised |\n|---|---|---|\n")
	for _, z := range packages {
		fmt.Fprintf(&b, "| %s | %.1f MB | <= 8 MB |\n", z.stage, float64(z.bytes)/1e6)
	}

	fmt.Fprintf(&b, "\n## `pixline local`, from a warm build to ready\n\n%d starts of the process, until its line `ready`.\n\n", len(ready))
	fmt.Fprintf(&b, "| | Measured | Promised |\n|---|---|---|\n| median | %s | <= 2 s |\n| slowest | %s | |\n", ms(percentile(ready, 50)), ms(percentile(ready, 100)))

	fmt.Fprintf(&b, "\n## What the pipeline adds to its functions\n\n%d executions, %d at once, through `POST /process`, with a picture of 160x120. ", o.executions, o.concurrency)
	b.WriteString("Added: the time from the request to the execution's end, less the durations that the three functions report.\n\n")
	fmt.Fprintf(&b, "| | Measured | Promised |\n|---|---|---|\n")
	fmt.Fprintf(&b, "| added, p50 | %s | <= 20 ms |\n| added, p99 | %s | <= 100 ms |\n| added, max | %s | |\n", ms(percentile(o.added, 50)), ms(percentile(o.added, 99)), ms(percentile(o.added, 100)))
	fmt.Fprintf(&b, "| whole execution, p50 | %s | |\n| executions per second | %.0f | |\n", ms(percentile(o.whole, 50)), float64(o.executions)/o.wall.Seconds())
	fmt.Fprintf(&b, "| lost | %d | 0 |\n| goroutines left, fasthttp's own two aside | %d | 0 |\n| processes left | %d | 0 |\n", o.lost, o.goroutines, o.processes)
	return b.String()
}

// percentile is the nearest-rank percentile.
func percentile(values []time.Duration, p int) time.Duration {
	sorted := slices.Sorted(slices.Values(values))
	rank := (len(sorted)*p + 99) / 100
	return sorted[max(rank, 1)-1]
}

func ms(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
}
