package chart

import (
	"math"

	"github.com/pixline/pixline/local/cloudwatch/scene"
)

// Gauge shows the latest value of each series on an arc from the axis' minimum to
// its maximum, both of which CloudWatch requires. Annotations with a fill colour
// ranges of the arc; the value has the colour of the range that it is in.
type Gauge struct {
	Series     []Series
	Axis       Axis
	Horizontal []Horizontal
}

// Draw draws the gauges beside each other.
func (c Gauge) Draw(l *scene.Layer, b scene.Box) {
	if len(c.Series) == 0 {
		nothing(l, b)
		return
	}
	low, high := 0.0, 100.0
	if c.Axis.Min != nil {
		low = *c.Axis.Min
	}
	if c.Axis.Max != nil {
		high = *c.Axis.Max
	}
	if !(high > low) {
		high = low + 1
	}
	width := b.W / float64(len(c.Series))
	for i, s := range c.Series {
		c.one(l, scene.Box{X: b.X + width*float64(i), Y: b.Y, W: width, H: b.H}.Inset(4), s, low, high)
	}
}

func (c Gauge) one(l *scene.Layer, b scene.Box, s Series, low, high float64) {
	radius := min(b.W/2-18, b.H-2*legendRow-14)
	if radius < 12 {
		return
	}
	center := scene.Point{X: b.X + b.W/2, Y: b.Y + 14 + radius + max((b.H-radius-2*legendRow-14)/2, 0)}
	share := func(v float64) float64 { return min(max((v-low)/(high-low), 0), 1) }
	thick := max(radius*.2, 6)
	g := l.Group(scene.Group{Tip: s.Label})
	ring(g, center, radius, radius-thick, 0, 1, scene.Style{Fill: scene.Grid})
	v, ok := s.Latest()
	color := s.Color
	for _, h := range c.Horizontal {
		from, to := h.Value, h.Value
		switch h.Fill {
		case Above:
			to = high
		case Below:
			from = low
		case Between:
			to = h.To
		case NoFill:
		}
		from, to = min(from, to), max(from, to)
		if h.Fill != NoFill {
			ring(g, center, radius+5, radius+2, share(from), share(to), scene.Style{Fill: h.Color})
			if ok && v >= from && v <= to {
				color = h.Color
			}
		}
	}
	text := "–"
	if ok {
		ring(g, center, radius, radius-thick, 0, share(v), scene.Style{Fill: color})
		text = Format(v, s.Unit)
	}
	for _, h := range c.Horizontal {
		if h.Fill == NoFill && h.Value >= low && h.Value <= high {
			at := share(h.Value)
			ring(g, center, radius+5, radius-thick-2, at-.004, at+.004, scene.Style{Fill: h.Color})
		}
	}
	size := min(radius*.42, 36)
	g.Text(scene.Point{X: center.X, Y: center.Y - 2}, text, scene.Type{Size: size, Font: scene.Bold, Color: scene.Ink, Anchor: scene.Middle})
	edge := scene.Type{Size: small, Color: scene.Muted, Anchor: scene.Middle}
	y := center.Y + small + 3
	g.Text(scene.Point{X: center.X - radius + thick/2, Y: y}, format(low, high, s.Unit), edge)
	g.Text(scene.Point{X: center.X + radius - thick/2, Y: y}, format(high, high, s.Unit), edge)
	g.Text(scene.Point{X: center.X, Y: y + legendRow}, scene.Fit(s.Label, body, scene.Regular, b.W), scene.Type{Size: body, Color: scene.Muted, Anchor: scene.Middle})
}

// ring draws a part of a half ring, from 0 at the left to 1 at the right.
func ring(l *scene.Layer, center scene.Point, outer, inner, from, to float64, s scene.Style) {
	arc(l, center, outer, inner, math.Pi*(1+from), math.Pi*(1+to), s)
}

// arc draws the part of a ring between two angles, clockwise from the right.
func arc(l *scene.Layer, center scene.Point, outer, inner, from, to float64, s scene.Style) {
	if to <= from {
		return
	}
	// Sides of two pixels look round.
	n := max(int(math.Ceil((to-from)*outer/2)), 1)
	points := make([]scene.Point, 0, 2*n+2)
	for i := range n + 1 {
		sin, cos := math.Sincos(from + (to-from)*float64(i)/float64(n))
		points = append(points, scene.Point{X: center.X + outer*cos, Y: center.Y + outer*sin})
	}
	for i := range n + 1 {
		sin, cos := math.Sincos(to - (to-from)*float64(i)/float64(n))
		points = append(points, scene.Point{X: center.X + inner*cos, Y: center.Y + inner*sin})
	}
	l.Polygon(s, points...)
}
