package chart

import (
	"github.com/pixline/pixline/local/cloudwatch/scene"
)

const (
	legendRow   = 18.0
	legendSwab  = 10.0 // of colour
	legendInset = 16.0 // from the swab's left side to the text
	legendGap   = 14.0 // between entries
	valueGap    = 6.0
)

// entry is a series in a legend.
type entry struct {
	label, value string
	color        scene.Color
}

func entries(series []Series) []entry {
	list := make([]entry, len(series))
	for i, s := range series {
		list[i] = entry{label: s.Label, color: s.Color}
		if v, ok := s.Latest(); ok {
			list[i].value = Format(v, s.Unit)
		}
	}
	return list
}

// width is what an entry takes, at most limit.
func (e entry) width(limit float64) float64 {
	w := legendInset + scene.Measure(e.label, small, scene.Regular)
	if e.value != "" {
		w += valueGap + scene.Measure(e.value, small, scene.Bold)
	}
	return min(w, limit)
}

func (e entry) draw(l *scene.Layer, x, y, width float64) {
	l.Rect(scene.Box{X: x, Y: y - legendSwab + 1, W: legendSwab, H: legendSwab}, 2, scene.Style{Fill: e.color})
	room := width - legendInset
	if e.value != "" {
		room -= valueGap + scene.Measure(e.value, small, scene.Bold)
	}
	label := scene.Fit(e.label, small, scene.Regular, room)
	g := l.Group(scene.Group{Tip: e.label})
	g.Text(scene.Point{X: x + legendInset, Y: y}, label, scene.Type{Size: small, Color: scene.Muted})
	if e.value != "" && room > -valueGap {
		at := x + legendInset + scene.Measure(label, small, scene.Regular) + valueGap
		g.Text(scene.Point{X: at, Y: y}, e.value, scene.Type{Size: small, Font: scene.Bold, Color: scene.Ink})
	}
}

// legend draws the entries at a place and returns what is left of the box. Rows
// that do not fit are counted in the last.
func legend(l *scene.Layer, b scene.Box, list []entry, where Place) scene.Box {
	if len(list) == 0 || where == Nowhere || b.H < 3*legendRow || b.W < 60 {
		return b
	}
	if where == Right {
		return legendRight(l, b, list)
	}
	return legendBottom(l, b, list)
}

func legendRight(l *scene.Layer, b scene.Box, list []entry) scene.Box {
	width := 0.0
	for _, e := range list {
		width = max(width, e.width(b.W*.4))
	}
	x := b.Right() - width
	rows := int(b.H / legendRow)
	for i, e := range list {
		y := b.Y + legendRow*(float64(i)+.7)
		if i == rows-1 && len(list) > rows {
			more(l, x, y, len(list)-i)
			break
		}
		e.draw(l, x, y, width)
	}
	b.W -= width + legendGap
	return b
}

func legendBottom(l *scene.Layer, b scene.Box, list []entry) scene.Box {
	// Which entry begins a row.
	type place struct {
		row int
		x   float64
	}
	places, row, x := make([]place, len(list)), 0, b.X
	for i, e := range list {
		w := e.width(b.W)
		if x > b.X && x+w > b.Right() {
			row, x = row+1, b.X
		}
		places[i] = place{row, x}
		x += w + legendGap
	}
	rows := min(row+1, max(int(b.H*.3/legendRow), 1))
	top := b.Bottom() - float64(rows)*legendRow
	for i, e := range list {
		p := places[i]
		if p.row >= rows {
			break
		}
		y := top + legendRow*(float64(p.row)+.75)
		last := i+1 < len(list) && places[i+1].row >= rows
		// The last entry gives its place to the number of those that are left out.
		if last {
			more(l, p.x, y, len(list)-i)
			break
		}
		e.draw(l, p.x, y, e.width(b.W))
	}
	b.H -= float64(rows)*legendRow + 6
	return b
}

// more says how many entries are left out.
func more(l *scene.Layer, x, y float64, n int) {
	l.Text(scene.Point{X: x, Y: y}, "+"+Full(float64(n), "")+" more", scene.Type{Size: small, Color: scene.Muted})
}
