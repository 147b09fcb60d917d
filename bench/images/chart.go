package images

import (
	"encoding/xml"
	"fmt"
	"math"
	"strings"
)

// The chart's measures, in pixels, and the ends of its logarithmic scale.
const (
	chartWidth = 760
	labelWidth = 200
	plotWidth  = 510
	barHeight  = 16
	barGap     = 4
	least      = 0.25
	most       = 256.0
)

// An image in a page follows the reader's system, not the page's theme, so the
// chart brings its own background along and is readable on either.
const chartStyle = `
text { font: 12px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
.background { fill: #ffffff }
.title { font-size: 15px; font-weight: 600 }
.group { font-weight: 600 }
.small { fill: #59636e; font-size: 11px }
.grid { stroke: #d1d9e0; stroke-width: 1 }
.one { stroke: #1f2328; stroke-width: 1.5 }
.pixline { fill: #0969da }
.other { fill: #9aa4af }
.must { stroke: #cf222e; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc }
.background { fill: #0d1117 }
.small { fill: #9198a1 }
.grid { stroke: #3d444d }
.one { stroke: #f0f6fc }
.pixline { fill: #4493f8 }
.other { fill: #656c76 }
.must { stroke: #ff7b72 }
}
`

// Chart returns an SVG: for each workload and number of cores, a bar from 1,
// which is sharp, to each other contestant's ratio. The scale is logarithmic: to
// the left of 1 is faster. A mark shows what pixline must not exceed.
func (r *Report) Chart() []byte {
	var body strings.Builder
	y := 34
	for _, cores := range r.cores() {
		y = r.panel(&body, y, cores)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img">`+"\n", chartWidth, y, chartWidth, y)
	fmt.Fprintf(&b, "<title>Time as a ratio to sharp's, by workload</title>\n<style>%s</style>\n", chartStyle)
	fmt.Fprintf(&b, `<rect class="background" width="%d" height="%d"/>`+"\n", chartWidth, y)
	b.WriteString(text(12, 22, "title", "Time as a ratio to sharp's, logarithmic; the red mark is pixline's promise"))
	b.WriteString(body.String())
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

// panel draws the workloads on some cores below top, and returns where it ends.
func (r *Report) panel(b *strings.Builder, top, cores int) int {
	y := top + 20
	b.WriteString(text(12, y, "title", "On "+coresText(cores)))
	y += 12
	axis := y
	var bars strings.Builder
	for _, t := range r.Trials {
		if t.Memory || t.Cores != cores {
			continue
		}
		y += 20
		bars.WriteString(text(12, y, "group", t.Name))
		y += 6
		for _, name := range names {
			if name == sharp {
				continue
			}
			t.bar(&bars, y, name)
			y += barHeight + barGap
		}
	}
	for v := least; v <= most; v *= 4 {
		class := "grid"
		if v == 1 {
			class = "one"
		}
		fmt.Fprintf(b, `<line class="%s" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>`+"\n", class, across(v), axis+28, across(v), y)
		fmt.Fprintf(b, `<text class="small" text-anchor="middle" x="%.1f" y="%d">%g</text>`+"\n", across(v), y+14, v)
	}
	b.WriteString(bars.String())
	return y + 26
}

// bar draws one contestant's bar, its name and its ratio.
func (t Trial) bar(b *strings.Builder, y int, name string) {
	baseline := y + barHeight - 4
	b.WriteString(text(24, baseline, "", name))
	ratio, ok := t.ratio(name)
	if !ok {
		label := "sharp is not measured"
		if best, there := t.best(name); !there {
			label = best.absent()
		}
		b.WriteString(text(int(across(1))+6, baseline, "small", shorten(label)))
		return
	}
	class := "other"
	if name == pixline {
		class = "pixline"
	}
	from, to := across(1), across(ratio)
	fmt.Fprintf(b, `<rect class="%s" x="%.1f" y="%d" width="%.1f" height="%d"/>`+"\n", class, min(from, to), y, max(1, math.Abs(to-from)), barHeight)
	end := max(from, to)
	if name == pixline && t.Must > 0 {
		mark := across(t.Must)
		fmt.Fprintf(b, `<line class="must" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>`+"\n", mark, y-2, mark, y+barHeight+2)
		end = max(end, mark)
	}
	b.WriteString(text(int(end)+6, baseline, "", fmt.Sprintf("%.2f", ratio)))
}

// across is where a ratio lies; beyond the scale, at its end.
func across(ratio float64) float64 {
	ratio = min(most, max(least, ratio))
	return labelWidth + plotWidth*math.Log(ratio/least)/math.Log(most/least)
}

func text(x, y int, class, content string) string {
	var escaped strings.Builder
	_ = xml.EscapeText(&escaped, []byte(content)) // a builder takes every write
	if class != "" {
		class = fmt.Sprintf(` class="%s"`, class)
	}
	return fmt.Sprintf(`<text%s x="%d" y="%d">%s</text>`+"\n", class, x, y, escaped.String())
}

// shorten keeps an error's text inside the chart; the report has all of it.
func shorten(s string) string {
	const letters = 60
	if runes := []rune(s); len(runes) > letters {
		return string(runes[:letters-1]) + "…"
	}
	return s
}
