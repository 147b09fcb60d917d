package chart

import (
	"math"

	"github.com/pixline/pixline/local/cloudwatch/scene"
)

// Bars compares the latest values of the series, each with its label.
type Bars struct {
	Series []Series
	Axis   Axis
}

// Draw draws a bar for each series, the first at the top.
func (c Bars) Draw(l *scene.Layer, b scene.Box) {
	low, high := 0.0, 0.0
	labels, numbers := 0.0, 0.0
	for _, s := range c.Series {
		if v, ok := s.Latest(); ok && !math.IsInf(v, 0) {
			low, high = min(low, v), max(high, v)
			numbers = max(numbers, scene.Measure(Format(v, s.Unit), small, scene.Bold))
		}
		labels = max(labels, scene.Measure(s.Label, body, scene.Regular))
	}
	if len(c.Series) == 0 {
		nothing(l, b)
		return
	}
	if c.Axis.Min != nil {
		low = min(*c.Axis.Min, 0)
	}
	if c.Axis.Max != nil {
		high = *c.Axis.Max
	}
	if high <= low {
		high = low + 1
	}
	labels = min(labels, b.W*.4)
	plot := scene.Box{X: b.X + labels + 10, Y: b.Y, W: b.W - labels - numbers - 18, H: b.H}
	row := min(b.H/float64(len(c.Series)), 48)
	shown := len(c.Series)
	if row < 15 {
		row = 15
		shown = max(int(b.H/row)-1, 0)
	}
	if plot.W < 8 {
		return
	}
	x := func(v float64) float64 {
		return plot.X + (min(max(v, low), high)-low)/(high-low)*plot.W
	}
	for i, s := range c.Series[:shown] {
		y := b.Y + row*float64(i)
		g := l.Group(scene.Group{Tip: s.Label})
		middle := y + row/2 + 4
		g.Text(scene.Point{X: b.X + labels, Y: middle}, scene.Fit(s.Label, body, scene.Regular, labels),
			scene.Type{Size: body, Color: scene.Muted, Anchor: scene.End})
		v, ok := s.Latest()
		if !ok {
			g.Text(scene.Point{X: x(0) + 6, Y: middle}, "–", scene.Type{Size: small, Color: scene.Muted})
			continue
		}
		zero, end := x(0), x(v)
		bar := scene.Box{X: min(zero, end), Y: y + row*.15, W: max(math.Abs(end-zero), 1), H: row * .7}
		g.Rect(bar, 2, scene.Style{Fill: s.Color})
		g.Text(scene.Point{X: bar.Right() + 6, Y: middle}, Format(v, s.Unit), scene.Type{Size: small, Font: scene.Bold, Color: scene.Ink})
	}
	l.Line(scene.Style{Stroke: scene.Axis, Width: 1}, scene.Point{X: x(0), Y: b.Y}, scene.Point{X: x(0), Y: b.Y + row*float64(shown)})
	if left := len(c.Series) - shown; left > 0 {
		more(l, b.X, b.Y+row*float64(shown)+12, left)
	}
}

// Pie shows the latest values as shares of their sum.
type Pie struct {
	Series []Series
	Legend Place
}

// Draw draws the pie as a ring, whose middle has the sum.
func (c Pie) Draw(l *scene.Layer, b scene.Box) {
	b = legend(l, b, entries(c.Series), c.Legend)
	sum, unit := 0.0, ""
	for _, s := range c.Series {
		if v, ok := s.Latest(); ok && v > 0 {
			sum += v
			unit = s.Unit
		}
	}
	radius := min(b.W, b.H)/2 - 4
	if !(sum > 0) || math.IsInf(sum, 0) {
		nothing(l, b)
		return
	}
	if radius < 8 {
		return
	}
	center := scene.Point{X: b.X + b.W/2, Y: b.Y + b.H/2}
	inner, from := radius*.58, -math.Pi/2
	for _, s := range c.Series {
		v, ok := s.Latest()
		if !ok || v <= 0 {
			continue
		}
		to := from + v/sum*2*math.Pi
		share := Format(100*v/sum, "Percent")
		g := l.Group(scene.Group{Tip: s.Label + ": " + Format(v, s.Unit) + " (" + share + ")"})
		arc(g, center, radius, inner, from, to, scene.Style{Fill: s.Color, Stroke: scene.Surface, Width: 1.5})
		if v/sum > .06 && radius > 50 {
			// On the ring the share would need a colour of its own: it stands inside.
			sin, cos := math.Sincos((from + to) / 2)
			g.Text(scene.Point{X: center.X + cos*inner*.78, Y: center.Y + sin*inner*.78 + 4}, share, scene.Type{Size: small, Color: scene.Muted, Anchor: scene.Middle})
		}
		from = to
	}
	size := min(inner*.36, 22)
	l.Text(scene.Point{X: center.X, Y: center.Y + size*.35}, Format(sum, unit), scene.Type{Size: size, Font: scene.Bold, Color: scene.Ink, Anchor: scene.Middle})
}
