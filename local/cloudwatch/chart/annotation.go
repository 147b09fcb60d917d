package chart

import (
	"math"

	"github.com/pixline/pixline/local/cloudwatch/scene"
)

const shadow = .12 // opacity of what an annotation fills

// shade fills what the annotations mark, below the data.
func (f frame) shade(l *scene.Layer, hs []Horizontal, vs []Vertical) {
	for _, h := range hs {
		y, to := f.y(h.Value, h.Right), f.y(h.Value, h.Right)
		switch h.Fill {
		case NoFill:
			continue
		case Above:
			to = f.box.Y
		case Below:
			to = f.box.Bottom()
		case Between:
			to = f.y(h.To, h.Right)
		}
		l.Rect(scene.Box{X: f.box.X, Y: min(y, to), W: f.box.W, H: math.Abs(to - y)}, 0, scene.Style{Fill: h.Color, Opacity: shadow})
	}
	for _, v := range vs {
		x, to := f.x(v.Time), f.x(v.Time)
		switch v.Fill {
		case NoFill:
			continue
		case Above:
			to = f.box.Right()
		case Below:
			to = f.box.X
		case Between:
			to = f.x(v.To)
		}
		x, to = f.within(x), f.within(to)
		l.Rect(scene.Box{X: min(x, to), Y: f.box.Y, W: math.Abs(to - x), H: f.box.H}, 0, scene.Style{Fill: v.Color, Opacity: shadow})
	}
}

func (f frame) within(x float64) float64 { return min(max(x, f.box.X), f.box.Right()) }

// annotate draws the lines and labels of annotations, above the data.
func (f frame) annotate(l *scene.Layer, hs []Horizontal, vs []Vertical) {
	for _, h := range hs {
		f.level(l, h.Value, h.Label, h.Color, h.Right)
		if h.Fill == Between {
			f.level(l, h.To, h.ToLabel, h.Color, h.Right)
		}
	}
	for _, v := range vs {
		f.moment(l, f.x(v.Time), v.Label, v.Color)
		if v.Fill == Between {
			f.moment(l, f.x(v.To), v.ToLabel, v.Color)
		}
	}
}

func (f frame) level(l *scene.Layer, value float64, label string, c scene.Color, right bool) {
	y := f.y(value, right)
	if y < f.box.Y-1 || y > f.box.Bottom()+1 {
		return
	}
	l.Line(scene.Style{Stroke: c, Width: 1.25, Dash: 4}, scene.Point{X: f.box.X, Y: y}, scene.Point{X: f.box.Right(), Y: y})
	if label == "" {
		return
	}
	at := y - 4
	if at < f.box.Y+small {
		at = y + small + 2 // no room above
	}
	f.label(l, f.box.X+4, at, label)
}

func (f frame) moment(l *scene.Layer, x float64, label string, c scene.Color) {
	if x < f.box.X-1 || x > f.box.Right()+1 {
		return
	}
	l.Line(scene.Style{Stroke: c, Width: 1.25, Dash: 4}, scene.Point{X: x, Y: f.box.Y}, scene.Point{X: x, Y: f.box.Bottom()})
	if label == "" {
		return
	}
	width := scene.Measure(label, small, scene.Regular)
	at := x + 4
	if at+width > f.box.Right() {
		at = max(x-4-width, f.box.X+4)
	}
	f.label(l, at, f.box.Y+small+1, label)
}

// label writes over the data, on a ground that keeps it legible.
func (f frame) label(l *scene.Layer, x, y float64, s string) {
	s = scene.Fit(s, small, scene.Regular, f.box.Right()-x-4)
	l.Rect(scene.Box{X: x - 2, Y: y - small + 1, W: scene.Measure(s, small, scene.Regular) + 4, H: small + 3}, 2,
		scene.Style{Fill: scene.Surface, Opacity: .8})
	l.Text(scene.Point{X: x, Y: y}, s, scene.Type{Size: small, Color: scene.Ink})
}
