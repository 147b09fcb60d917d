package main

import "strings"

// heading opens the report.
const heading = "# Benchmarks\n\nWritten by `make bench`. Timings vary with the machine and what else it does.\n"

// splice puts a part's section into a report, in the place of its former one,
// and keeps the other parts' sections. Comments that a reader of the page does
// not see mark where each begins and ends.
func splice(report, name, section string) string {
	var b strings.Builder
	b.WriteString(heading)
	for _, p := range parts {
		begin, end := "<!-- "+p.name+" -->\n", "<!-- end of "+p.name+" -->\n"
		text := section
		if p.name != name {
			_, after, begun := strings.Cut(report, begin)
			old, _, ended := strings.Cut(after, end)
			if !begun || !ended {
				continue // not measured yet
			}
			text = old
		}
		b.WriteString("\n" + begin + text + end)
	}
	return b.String()
}
