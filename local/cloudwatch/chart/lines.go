package chart

import (
	"math"
	"slices"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/cloudwatch/scene"
)

// Lines is a graph over time.
type Lines struct {
	Series     []Series
	Start, End time.Time
	Stacked    bool // areas, one over the other
	Left       Axis
	Right      Axis
	Horizontal []Horizontal
	Vertical   []Vertical
	Legend     Place
}

// stroke of a series' line.
const stroke = 1.75

// frame is where the data of a graph are.
type frame struct {
	box         scene.Box
	start, end  time.Time
	left, right yAxis
}

func (f frame) x(t time.Time) float64 {
	return f.box.X + float64(t.Sub(f.start))/float64(f.end.Sub(f.start))*f.box.W
}

func (f frame) y(v float64, right bool) float64 {
	axis := f.left
	if right {
		axis = f.right
	}
	// Far outside, a place is as good as another: it is clipped.
	return min(max(axis.place(v, f.box), f.box.Y-1e4), f.box.Bottom()+1e4)
}

// Draw draws the graph into a box.
func (c Lines) Draw(l *scene.Layer, b scene.Box) {
	if !c.End.After(c.Start) {
		nothing(l, b)
		return
	}
	b = legend(l, b, entries(c.Series), c.Legend)
	stacks := c.stack()
	f := c.frame(l, b, stacks)
	if f.box.W < 8 || f.box.H < 8 {
		return
	}
	inside := l.Group(scene.Group{Clip: &scene.Box{X: f.box.X - 3, Y: f.box.Y - 2, W: f.box.W + 6, H: f.box.H + 4}})
	f.shade(inside, c.Horizontal, c.Vertical)
	// The first series is on top, as it is first in the legend; of areas the
	// first is the lowest.
	for i := range c.Series {
		if c.Stacked {
			f.area(inside, c.Series[i], stacks[i])
			continue
		}
		f.line(inside, c.Series[len(c.Series)-1-i])
	}
	f.annotate(inside, c.Horizontal, c.Vertical)
	empty := !slices.ContainsFunc(c.Series, func(s Series) bool { return len(s.Points) > 0 })
	if empty {
		nothing(l, f.box)
	}
}

// layer is a point of a stacked area: what is below it, and what it reaches.
type layer struct {
	time      time.Time
	low, high float64
}

// stack adds the series up, those of each axis for themselves.
func (c Lines) stack() [][]layer {
	if !c.Stacked {
		return nil
	}
	reached := map[bool]map[int64]float64{false: {}, true: {}}
	stacks := make([][]layer, len(c.Series))
	for i, s := range c.Series {
		sums := reached[s.Right]
		for _, p := range s.Points {
			at := p.Time.UnixNano()
			low := sums[at]
			sums[at] = low + p.Value
			stacks[i] = append(stacks[i], layer{p.Time, low, low + p.Value})
		}
	}
	return stacks
}

// frame lays out and draws the axes.
func (c Lines) frame(l *scene.Layer, b scene.Box, stacks [][]layer) frame {
	f := frame{start: c.Start, end: c.End}
	const bottom = 18
	var titles float64
	area := b
	area.Y += 6
	area.H -= bottom + 6
	left, right := c.axis(false, stacks, area.H), c.axis(true, stacks, area.H)
	hasRight := slices.ContainsFunc(c.Series, func(s Series) bool { return s.Right })
	if left.title != "" || (hasRight && right.title != "") {
		titles = 16
		area.Y += titles
		area.H -= titles
	}
	area.X += left.width() + 8
	area.W -= left.width() + 8
	if hasRight {
		area.W -= right.width() + 8
	}
	f.box, f.left, f.right = area, left, right
	if area.W < 8 || area.H < 8 {
		return f
	}
	label := scene.Type{Size: small, Color: scene.Muted}
	half := (b.W - legendGap) / 2
	l.Text(scene.Point{X: b.X, Y: b.Y + 10}, scene.Fit(left.title, small, scene.Regular, half), label)
	number := label
	number.Anchor = scene.End
	texts := left.texts()
	for i, v := range left.at {
		y := math.Round(left.place(v, area)) + .5
		l.Line(scene.Style{Stroke: scene.Grid, Width: 1}, scene.Point{X: area.X, Y: y}, scene.Point{X: area.Right(), Y: y})
		l.Text(scene.Point{X: area.X - 6, Y: y + 4}, texts[i], number)
	}
	if hasRight {
		l.Text(scene.Point{X: b.Right(), Y: b.Y + 10}, scene.Fit(right.title, small, scene.Regular, half), number)
		texts = right.texts()
		for i, v := range right.at {
			l.Text(scene.Point{X: area.Right() + 6, Y: right.place(v, area) + 4}, texts[i], label)
		}
	}
	f.times(l, b)
	return f
}

// times draws the time axis.
func (f frame) times(l *scene.Layer, b scene.Box) {
	base := math.Round(f.box.Bottom()) + .5
	l.Line(scene.Style{Stroke: scene.Axis, Width: 1}, scene.Point{X: f.box.X, Y: base}, scene.Point{X: f.box.Right(), Y: base})
	at, step := moments(f.start, f.end, int(max(f.box.W/64, 1)))
	for _, t := range at {
		x, label := f.x(t), clock(t, step)
		half := scene.Measure(label, small, scene.Regular) / 2
		l.Line(scene.Style{Stroke: scene.Axis, Width: 1}, scene.Point{X: x, Y: base}, scene.Point{X: x, Y: base + 4})
		// At the edges the text moves inwards.
		middle := min(max(x, b.X+half), b.Right()-half)
		l.Text(scene.Point{X: middle, Y: base + 15}, label, scene.Type{Size: small, Color: scene.Muted, Anchor: scene.Middle})
	}
}

// axis is one side's axis for the series and annotations that are on it.
func (c Lines) axis(right bool, stacks [][]layer, height float64) yAxis {
	low, high, unit := math.Inf(1), math.Inf(-1), ""
	units := map[string]bool{}
	for i, s := range c.Series {
		if s.Right != right {
			continue
		}
		if s.Unit != "" && s.Unit != "None" {
			units[s.Unit] = true
			unit = s.Unit
		}
		if !c.Stacked {
			if a, b, ok := s.Range(); ok {
				low, high = min(low, a), max(high, b)
			}
			continue
		}
		for _, p := range stacks[i] {
			low, high = min(low, p.low, p.high), max(high, p.low, p.high)
		}
	}
	if len(units) > 1 {
		unit = "" // the numbers are of several kinds
	}
	for _, h := range c.Horizontal {
		if h.Right != right {
			continue
		}
		low, high = min(low, h.Value), max(high, h.Value)
		if h.Fill == Between {
			low, high = min(low, h.To), max(high, h.To)
		}
	}
	a := c.Left
	if right {
		a = c.Right
	}
	return newYAxis(a, low, high, unit, height)
}

// line draws a series, with its gaps; a point alone is a dot.
func (f frame) line(l *scene.Layer, s Series) {
	g := l.Group(scene.Group{Tip: s.Label})
	for _, run := range s.runs() {
		if len(run) == 1 {
			g.Circle(f.at(run[0], s.Right), 2.5, scene.Style{Fill: s.Color})
			continue
		}
		points := make([]scene.Point, len(run))
		for i, p := range run {
			points[i] = f.at(p, s.Right)
		}
		g.Line(scene.Style{Stroke: s.Color, Width: stroke}, points...)
	}
}

func (f frame) at(p metric.Point, right bool) scene.Point {
	return scene.Point{X: f.x(p.Time), Y: f.y(p.Value, right)}
}

// area draws a series of a stack.
func (f frame) area(l *scene.Layer, s Series, stack []layer) {
	g := l.Group(scene.Group{Tip: s.Label})
	at := 0
	for _, run := range s.runs() {
		part := stack[at : at+len(run)]
		at += len(run)
		if len(part) == 1 {
			// A point alone is a bar over its period, or as wide as can be seen: its
			// beginning may be before that of the graph.
			x := f.x(part[0].time)
			low, high := f.y(part[0].low, s.Right), f.y(part[0].high, s.Right)
			wide := max(f.x(part[0].time.Add(s.Period))-x, 3)
			g.Rect(scene.Box{X: x, Y: min(low, high), W: wide, H: math.Abs(high - low)}, 0, scene.Style{Fill: s.Color, Opacity: .7})
			continue
		}
		top := make([]scene.Point, 0, 2*len(part))
		for _, p := range part {
			top = append(top, scene.Point{X: f.x(p.time), Y: f.y(p.high, s.Right)})
		}
		outline := slices.Clone(top)
		for _, p := range slices.Backward(part) {
			outline = append(outline, scene.Point{X: f.x(p.time), Y: f.y(p.low, s.Right)})
		}
		g.Polygon(scene.Style{Fill: s.Color, Opacity: .7}, outline...)
		g.Line(scene.Style{Stroke: s.Color, Width: 1}, top...)
	}
}
