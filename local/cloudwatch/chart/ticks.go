package chart

import (
	"math"
	"slices"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/scene"
)

// ticks are round values from low to high, at most about count of them: steps of
// 1, 2 or 5 times a power of ten. low and high are moved outwards to ticks unless they are fixed.
func ticks(low, high float64, count int, fixedLow, fixedHigh bool) (from, to float64, at []float64) {
	// Beyond a float's precision there are no steps.
	if !(high > low) || math.IsInf(high-low, 0) || high-low < 1e-9*max(math.Abs(low), math.Abs(high)) {
		return low, low + 1, []float64{low}
	}
	raw := (high - low) / float64(max(count, 1))
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	step := 10 * power
	for _, m := range []float64{1, 2, 5} {
		if m*power >= raw*(1-1e-9) {
			step = m * power
			break
		}
	}
	from, to = low, high
	first, last := math.Ceil(low/step-1e-9), math.Floor(high/step+1e-9)
	if !fixedLow {
		first = math.Floor(low/step + 1e-9)
		from = first * step
	}
	if !fixedHigh {
		last = math.Ceil(high/step - 1e-9)
		to = last * step
	}
	for k := first; k <= last && len(at) <= 2*count+4; k++ {
		at = append(at, k*step)
	}
	return from, to, at
}

// steps of a time axis.
var steps = []time.Duration{
	time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	24 * time.Hour, 2 * 24 * time.Hour, 7 * 24 * time.Hour, 14 * 24 * time.Hour, 28 * 24 * time.Hour, 91 * 24 * time.Hour, 364 * 24 * time.Hour,
}

// moments are round times (UTC) between two, at most count of them.
func moments(start, end time.Time, count int) (at []time.Time, step time.Duration) {
	span := end.Sub(start)
	step = steps[len(steps)-1]
	for _, s := range steps {
		if span/s < time.Duration(max(count, 1)) {
			step = s
			break
		}
	}
	first := start.UTC().Truncate(step)
	if first.Before(start) {
		first = first.Add(step)
	}
	for t := first; !t.After(end) && len(at) <= count; t = t.Add(step) {
		at = append(at, t)
	}
	return at, step
}

// yAxis is a y axis with its range.
type yAxis struct {
	low, high float64
	at        []float64
	unit      string
	title     string
}

// newYAxis finds the range of the values that an axis has to show.
func newYAxis(a Axis, low, high float64, unit string, height float64) yAxis {
	if low > high { // no values
		low, high = 0, 1
	}
	if a.Min != nil {
		low = *a.Min
	} else if low > 0 && low < high*.75 {
		low = 0 // a line near its zero is read against it
	}
	if a.Max != nil {
		high = *a.Max
	}
	if high <= low {
		switch {
		case a.Min == nil && a.Max != nil:
			low = high - max(math.Abs(high), 1)
		case low == 0:
			high = 1
		default:
			high = low + math.Abs(low)
		}
	}
	y := yAxis{title: a.Label}
	if !a.HideUnits || unitOf(a.Label) == unit {
		y.unit = unit
	}
	if y.title == "" && !a.HideUnits {
		y.title = unit
	}
	if y.title == "None" {
		y.title = ""
	}
	count := int(min(max(height/38, 1), 6))
	// Numbers with a symbol say the unit, and in the prefix that is theirs.
	if unitOf(y.title) == y.unit && symbolic(y.unit) {
		y.title = ""
	}
	// Steps are round in what is written: minutes, not hundreds of thousands of
	// milliseconds.
	g := grain(axisMagnitude(low, high, y.unit), y.unit)
	y.low, y.high, y.at = ticks(low/g, high/g, count, a.Min != nil, a.Max != nil)
	y.low, y.high = y.low*g, y.high*g
	for i := range y.at {
		y.at[i] *= g
	}
	return y
}

// axisMagnitude is what decides the prefix of an axis' numbers. Of times it is a third
// of the range: 20, 40 and 60 seconds read better than parts of a minute.
func axisMagnitude(low, high float64, unit string) float64 {
	magnitude := max(math.Abs(low), math.Abs(high))
	if chosen, _ := prefix(magnitude, unit); chosen.factor >= times[2].factor && slices.Contains(times, chosen) {
		return magnitude / 3
	}
	return magnitude
}

// unitOf is the unit that a label names, so that a label in place of units does not
// lose what the numbers are.
func unitOf(label string) string {
	switch label {
	case "ms":
		return "Milliseconds"
	case "s":
		return "Seconds"
	case "%":
		return "Percent"
	case "bytes":
		return "Bytes"
	}
	return label
}

// texts are the numbers beside the ticks.
func (y yAxis) texts() []string {
	texts := make([]string, len(y.at))
	for i, v := range y.at {
		texts[i] = format(v, axisMagnitude(y.low, y.high, y.unit), y.unit)
	}
	return texts
}

// width is what the numbers take.
func (y yAxis) width() float64 {
	width := 0.0
	for _, t := range y.texts() {
		width = max(width, scene.Measure(t, small, scene.Regular))
	}
	return width
}

// place is where a value is on the axis of a box.
func (y yAxis) place(v float64, b scene.Box) float64 {
	return b.Bottom() - (v-y.low)/(y.high-y.low)*b.H
}
