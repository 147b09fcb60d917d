package observability

import (
	"fmt"
	"strings"
	"time"
)

// The goals.
const (
	goalDashboard  = 200 * time.Millisecond
	goalHeap       = 200 // MB
	goalList       = 500 * time.Millisecond
	goalInvocation = time.Millisecond
)

// Markdown returns the report's section, of a heading of the second level: the
// figures, each beside its goal.
func (r *Report) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "## Dashboards, alarms and telemetry\n\nThe stack %s, with a day of metrics of %d executions: in each of %d metrics that the dashboards show, a value of its own for each. ", stack, r.options.Measured, r.metrics)
	fmt.Fprintf(&b, "Pages are fetched from `pixline local`, to the last byte; times are medians of %d.\n\n", r.options.Rounds)
	b.WriteString("| | Measured | Goal | |\n|---|---|---|---|\n")
	for _, d := range r.dashboards {
		fmt.Fprintf(&b, "| `%s`, 8 hours | %s | < 200 ms | %s |\n", d.name, ms(d.eightHours), verdict(d.eightHours < goalDashboard))
		fmt.Fprintf(&b, "| `%s`, a day | %s | < 200 ms | %s |\n", d.name, ms(d.day), verdict(d.day < goalDashboard))
	}
	heap := float64(r.heap) / 1e6
	fmt.Fprintf(&b, "| live heap of the runner with the metrics | %.0f MB | < %d MB | %s |\n", heap, goalHeap, verdict(heap < goalHeap))
	fmt.Fprintf(&b, "| the list of %d executions, its first page | %s | < 500 ms | %s |\n", r.options.Listed, ms(r.list), verdict(r.list < goalList))
	fmt.Fprintf(&b, "| telemetry of an invocation | %.3f ms | < 1 ms | %s |\n", float64(r.invocation)/1e6, verdict(r.invocation < goalInvocation))
	fmt.Fprintf(&b, "| a round of all %d alarms | %s | | |\n", r.alarms, ms(r.round))
	return b.String()
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "**not met**"
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }
