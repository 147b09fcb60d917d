package images

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"github.com/pixline/pixline/bench/images/quality"
)

// Report is what a run found.
type Report struct {
	Versions           []Version
	Pinned             bool // the processes were held to their cores
	Rounds, Iterations int
	Trials             []Trial
}

// Version is what a contestant says it is.
type Version struct{ Name, Text string }

// Markdown returns the report's section, of headings of the second level and
// below. chart is the path of [Report.Chart]'s picture.
func (r *Report) Markdown(chart string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "## Images\n\nFrom a file's bytes to the outputs' bytes, with Lanczos 3 and JPEG quality %d. "+
		"Each contestant is a process that has warmed up; they take turns in up to %d rounds of up to %d iterations: "+
		"a slow one has fewer, and ends after %.0f s. Medians, and in brackets their ratios to sharp's.\n",
		jpegQuality, r.Rounds, r.Iterations, wholeTime.Seconds())
	if !r.Pinned {
		b.WriteString("\nThere is no taskset here: the processes were not held to some cores, all of them were free.\n")
	}
	fmt.Fprintf(&b, "\n![Time as a ratio to sharp's](%s)\n", chart)
	for _, cores := range r.cores() {
		r.times(&b, cores)
	}
	r.outputs(&b)
	r.sameSizes(&b)
	r.memory(&b)
	b.WriteString("\n### Contestants\n\n| | Version |\n|---|---|\n")
	for _, v := range r.Versions {
		fmt.Fprintf(&b, "| %s | %s |\n", v.Name, cell(v.Text))
	}
	return b.String()
}

// cores lists the numbers of cores that times were measured on.
func (r *Report) cores() []int {
	var list []int
	for _, t := range r.Trials {
		if !t.Memory && (len(list) == 0 || list[len(list)-1] < t.Cores) {
			list = append(list, t.Cores)
		}
	}
	return list
}

func (r *Report) times(b *strings.Builder, cores int) {
	fmt.Fprintf(b, "\n### Time on %s\n\n| | %s | pixline to sharp | must | aim | |\n|---|%s---|---|---|---|\n",
		coresText(cores), strings.Join(names, " | "), strings.Repeat("---|", len(names)))
	for _, t := range r.Trials {
		if t.Memory || t.Cores != cores {
			continue
		}
		fmt.Fprintf(b, "| %s (%s) |", t.Name, megabytes(t.InputBytes))
		for _, name := range names {
			fmt.Fprintf(b, " %s |", t.time(name))
		}
		ratio, ok := t.ratio(pixline)
		if !ok {
			ratio = math.NaN()
		}
		fmt.Fprintf(b, " %s | %s | %s | %s |\n", figure("%.2f", ratio), atMost(t.Must), atMost(t.Aim), verdict(ratio, t.Must, t.Aim))
	}
}

// time is a cell: the median, its ratio to sharp's, and which way it went.
func (t Trial) time(name string) string {
	best, ok := t.best(name)
	if !ok {
		return cell(best.absent())
	}
	text := milliseconds(median(best.Milliseconds))
	if ratio, ok := t.ratio(name); ok && name != sharp && name != pixline {
		text += fmt.Sprintf(" (%.2f)", ratio)
	}
	if best.Note != "" {
		text += ", " + best.Note
	}
	return text
}

// absent says in one line why there is no result.
func (r Result) absent() string {
	return strings.ReplaceAll(cmp.Or(r.Problem, "not measured"), "\n", " ")
}

// cell keeps a text from ending its cell.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

func (r *Report) outputs(b *strings.Builder) {
	fmt.Fprintf(b, "\n### What the outputs are worth\n\nPSNR over R, G and B, SSIM of the luma, size. The reference is a full decode, chroma "+
		"interpolated, and Lanczos 3 in float64, rounded nowhere. What has alpha is compared on white.\n\n| | %s |\n|---|%s\n",
		strings.Join(names, " | "), strings.Repeat("---|", len(names)))
	for _, t := range r.judged() {
		for i, size := range t.Sizes {
			fmt.Fprintf(b, "| %s: %dx%d |", t.Name, size.Width, size.Height)
			for _, name := range names {
				best, ok := t.best(name)
				if !ok {
					fmt.Fprintf(b, " %s |", cell(best.absent()))
					continue
				}
				fmt.Fprintf(b, " %s, %.1f kB |", scoreText(best.Scores[i]), float64(best.Bytes[i])/1e3)
			}
			b.WriteString("\n")
		}
	}
}

func (r *Report) sameSizes(b *strings.Builder) {
	b.WriteString("\n### Quality at the same file size\n\nPSNR at the size of sharp's file. pixline's is interpolated between the two qualities whose files are next to it.\n\n" +
		"| | Size | sharp | pixline | pixline less sharp | must | aim | |\n|---|---|---|---|---|---|---|---|\n")
	for _, t := range r.judged() {
		for _, s := range t.SameSize {
			difference := s.Pixline - s.Sharp
			fmt.Fprintf(b, "| %s: %d wide | %.1f kB | %.2f dB | %.2f dB | %+.2f dB | >= %+.1f dB | > %.1f dB | %s |\n",
				t.Name, s.Width, float64(s.Bytes)/1e3, s.Sharp, s.Pixline, difference, mustQuality, aimQuality, verdict(-difference, -mustQuality, -math.SmallestNonzeroFloat64))
		}
	}
}

func (r *Report) memory(b *strings.Builder) {
	fmt.Fprintf(b, "\n### Peak memory\n\nThe process's largest resident set (VmHWM), its runtime and the source's bytes among it, in MB of 10^6 bytes.\n\n"+
		"| | Cores | %s | must | aim | |\n|---|---|%s---|---|---|\n", strings.Join(names, " | "), strings.Repeat("---|", len(names)))
	for _, t := range r.Trials {
		fmt.Fprintf(b, "| %s | %d |", t.Name, t.Cores)
		for _, name := range names {
			best, ok := t.best(name)
			if !ok {
				fmt.Fprintf(b, " %s |", cell(best.absent()))
				continue
			}
			fmt.Fprintf(b, " %s |", bytesText(best.PeakBytes))
		}
		if !t.Memory {
			b.WriteString(" | | |\n")
			continue
		}
		ours := math.NaN()
		if best, ok := t.best(pixline); ok && best.PeakBytes > 0 {
			ours = float64(best.PeakBytes)
		}
		fmt.Fprintf(b, " <= %.0f MB | <= %.0f MB | %s |\n", mustMemory/1e6, aimMemory/1e6, verdict(ours, mustMemory, aimMemory))
	}
}

// judged are the trials whose outputs were scored.
func (r *Report) judged() []Trial {
	var list []Trial
	for _, t := range r.Trials {
		for _, result := range t.Results {
			if len(result.Scores) > 0 {
				list = append(list, t)
				break
			}
		}
	}
	return list
}

// verdict tells whether a value is at most what is promised. NaN: there is none.
func verdict(value, must, aim float64) string {
	switch {
	case must == 0 && aim == 0:
		return ""
	case math.IsNaN(value):
		return "not measured"
	case value > must:
		return "**not met**"
	case value <= aim:
		return "met, aim reached"
	}
	return "met"
}

func scoreText(s quality.Score) string {
	return fmt.Sprintf("%.2f dB, %.4f", s.PSNR, s.SSIM)
}

func atMost(limit float64) string {
	if limit == 0 {
		return ""
	}
	return fmt.Sprintf("<= %.1f", limit)
}

func figure(format string, value float64) string {
	if math.IsNaN(value) {
		return "not measured"
	}
	return fmt.Sprintf(format, value)
}

func milliseconds(v float64) string {
	if v >= 1000 {
		return fmt.Sprintf("%.2f s", v/1000)
	}
	return fmt.Sprintf("%.1f ms", v)
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

func bytesText(n int64) string {
	if n == 0 {
		return "not known"
	}
	return fmt.Sprintf("%.0f MB", float64(n)/1e6)
}

func coresText(n int) string {
	if n == 1 {
		return "one core"
	}
	return fmt.Sprintf("%d cores", n)
}
