package chart

import (
	"math"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/scene"
)

// Numbers shows the latest value of each series.
type Numbers struct {
	Series     []Series
	Start, End time.Time // of the sparklines
	Sparkline  bool
	Full       bool // all digits
}

// Draw draws the numbers into a box, in as many columns as let them be largest.
func (c Numbers) Draw(l *scene.Layer, b scene.Box) {
	if len(c.Series) == 0 {
		nothing(l, b)
		return
	}
	columns := c.columns(b)
	rows := (len(c.Series) + columns - 1) / columns
	width, height := b.W/float64(columns), b.H/float64(rows)
	// The same size for all: the smallest that one of them needs.
	size := 44.0
	for _, s := range c.Series {
		size = min(size, c.size(s, width-12, height))
	}
	for i, s := range c.Series {
		cell := scene.Box{X: b.X + width*float64(i%columns), Y: b.Y + height*float64(i/columns), W: width, H: height}
		c.cell(l, cell.Inset(2), s, size)
	}
}

func (c Numbers) text(s Series) string {
	v, ok := s.Latest()
	switch {
	case !ok:
		return "–"
	case c.Full:
		return Full(v, s.Unit)
	}
	return Format(v, s.Unit)
}

// columns finds the number of columns that gives the largest text.
func (c Numbers) columns(b scene.Box) int {
	best, largest := 1, 0.0
	for n := 1; n <= min(len(c.Series), 12); n++ {
		rows := math.Ceil(float64(len(c.Series)) / float64(n))
		smallest := math.Inf(1)
		for _, s := range c.Series {
			smallest = min(smallest, c.size(s, b.W/float64(n)-12, b.H/rows))
		}
		// Labels count, too: a column as narrow as a word is hard to read.
		if b.W/float64(n) < 90 {
			smallest *= .5
		}
		if smallest >= largest { // beside each other rather than below
			best, largest = n, smallest
		}
	}
	return best
}

// size of the digits that fits a cell.
func (c Numbers) size(s Series, width, height float64) float64 {
	share := .5
	if c.Sparkline {
		share = .36
	}
	size := min((height-legendRow)*share, 44)
	if w := scene.Measure(c.text(s), 1, scene.Bold) * size; w > width {
		size *= width / w
	}
	return max(size, 9)
}

func (c Numbers) cell(l *scene.Layer, b scene.Box, s Series, size float64) {
	color := s.Color
	label := scene.Fit(s.Label, body, scene.Regular, b.W-12)
	middle := b.X + b.W/2
	spark := 0.0
	if c.Sparkline && b.H > 70 && len(s.Points) > 1 {
		spark = min(b.H*.28, 48)
	}
	content := size + 6 + body + spark
	y := b.Y + max((b.H-content)/2, 0) + size*.8
	g := l.Group(scene.Group{Tip: s.Label})
	g.Text(scene.Point{X: middle, Y: y}, scene.Fit(c.text(s), size, scene.Bold, b.W),
		scene.Type{Size: size, Font: scene.Bold, Color: scene.Ink, Anchor: scene.Middle})
	y += size*.2 + 4 + body
	width := scene.Measure(label, body, scene.Regular)
	if label != "" {
		g.Circle(scene.Point{X: middle - width/2 - 5, Y: y - 4}, 4, scene.Style{Fill: color})
	}
	g.Text(scene.Point{X: middle + 5, Y: y}, label, scene.Type{Size: body, Color: scene.Muted, Anchor: scene.Middle})
	if spark == 0 || !c.End.After(c.Start) {
		return
	}
	f := frame{box: scene.Box{X: b.X + b.W*.1, Y: y + 10, W: b.W * .8, H: spark - 10}, start: c.Start, end: c.End}
	low, high, _ := s.Range()
	if low == high {
		low, high = low-1, high+1
	}
	f.left = yAxis{low: low, high: high}
	clip := f.box.Inset(-2)
	f.line(l.Group(scene.Group{Clip: &clip}), s)
}
