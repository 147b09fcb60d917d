// Package chart draws metrics as CloudWatch's console does: lines, stacked
// areas, bars, pies, numbers and gauges, with axes, annotations and a legend.
//
// Every chart fills the box that it is given, shows times in UTC, and shows what
// it has no room for as less, never over something else.
package chart

import (
	"math"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/cloudwatch/scene"
)

// Sizes of text, in CSS pixels.
const (
	small = 11.0
	body  = 12.0
)

// Series is what one metric or expression gave.
type Series struct {
	Label  string
	Unit   string // CloudWatch's, such as Milliseconds; "" or None has none
	Color  scene.Color
	Right  bool           // its values are on the right axis
	Period time.Duration  // between points; 0: as the points have it
	Points []metric.Point // in order of time
}

// Latest is the newest value.
func (s Series) Latest() (float64, bool) {
	if len(s.Points) == 0 {
		return 0, false
	}
	return s.Points[len(s.Points)-1].Value, true
}

// Range is the smallest and the largest value.
func (s Series) Range() (low, high float64, ok bool) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, p := range s.Points {
		low, high = min(low, p.Value), max(high, p.Value)
	}
	return low, high, low <= high
}

// gap is the longest time between points that a line joins.
func (s Series) gap() time.Duration {
	period := s.Period
	if period <= 0 {
		for i := 1; i < len(s.Points); i++ {
			if d := s.Points[i].Time.Sub(s.Points[i-1].Time); period <= 0 || d < period {
				period = d
			}
		}
	}
	return period + period/2
}

// runs are the stretches of points without a gap.
func (s Series) runs() [][]metric.Point {
	var runs [][]metric.Point
	first, gap := 0, s.gap()
	for i := 1; i <= len(s.Points); i++ {
		if i == len(s.Points) || s.Points[i].Time.Sub(s.Points[i-1].Time) > gap {
			runs = append(runs, s.Points[first:i])
			first = i
		}
	}
	return runs
}

// Axis is a y axis.
type Axis struct {
	Label     string
	Min, Max  *float64 // nil: as the values have it
	HideUnits bool
}

// Fill says what an annotation shades.
type Fill int

// The fills. Above and After lie on the side of larger values and later times.
const (
	NoFill Fill = iota
	Above
	Below
	Between // the annotation's two values
)

// Horizontal is a line at a value, or a band between two.
type Horizontal struct {
	Value, To float64 // To is of a band
	Label     string
	ToLabel   string
	Color     scene.Color
	Fill      Fill
	Right     bool
}

// Vertical is a line at a time, or a band between two; Above shades what is
// after it, Below what is before.
type Vertical struct {
	Time, To time.Time
	Label    string
	ToLabel  string
	Color    scene.Color
	Fill     Fill
}

// Place is where the legend is.
type Place int

// The places.
const (
	Bottom Place = iota
	Right
	Nowhere
)

// nothing says that there are no data, in the middle of a box.
func nothing(l *scene.Layer, b scene.Box) {
	l.Text(scene.Point{X: b.X + b.W/2, Y: b.Y + b.H/2 + 4}, scene.Fit("No data available", body, scene.Regular, b.W),
		scene.Type{Size: body, Color: scene.Muted, Anchor: scene.Middle})
}
