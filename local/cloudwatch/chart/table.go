package chart

import (
	"github.com/pixline/pixline/local/cloudwatch/scene"
)

// Table is rows of text below their headings.
type Table struct {
	Columns []string
	Rows    [][]string
	Colors  []scene.Color // of the rows, as a swab before the first column; nil has none
}

const tableRow = 22.0

// Draw draws as many rows as fit, and says how many do not.
func (t Table) Draw(l *scene.Layer, b scene.Box) {
	if len(t.Rows) == 0 || len(t.Columns) == 0 {
		nothing(l, b)
		return
	}
	indent := 0.0
	if t.Colors != nil {
		indent = legendInset
	}
	widths := t.widths(b.W - indent)
	fit := max(int((b.H-4)/tableRow)-1, 0)
	if len(t.Rows) > fit {
		fit = max(fit-1, 0) // the last line says what is left out
	}
	row := func(y float64, cells []string, set scene.Type) {
		x := b.X + indent
		for i, w := range widths {
			if i < len(cells) {
				shown := scene.Fit(cells[i], set.Size, set.Font, w-8)
				g := l.Group(scene.Group{})
				if shown != cells[i] {
					g = l.Group(scene.Group{Tip: cells[i]})
				}
				g.Text(scene.Point{X: x, Y: y}, shown, set)
			}
			x += w
		}
	}
	row(b.Y+14, t.Columns, scene.Type{Size: body, Font: scene.Bold, Color: scene.Ink})
	y := b.Y + tableRow
	for i, cells := range t.Rows {
		l.Line(scene.Style{Stroke: scene.Border, Width: 1}, scene.Point{X: b.X, Y: y}, scene.Point{X: b.Right(), Y: y})
		if i == fit {
			more(l, b.X, y+14, len(t.Rows)-i)
			return
		}
		if i < len(t.Colors) {
			l.Rect(scene.Box{X: b.X, Y: y + 6, W: legendSwab, H: legendSwab}, 2, scene.Style{Fill: t.Colors[i]})
		}
		row(y+15, cells, scene.Type{Size: body, Color: scene.Muted})
		y += tableRow
	}
}

// widths gives each column what it needs, or its share of what there is.
func (t Table) widths(total float64) []float64 {
	widths, sum := make([]float64, len(t.Columns)), 0.0
	for i, c := range t.Columns {
		widths[i] = scene.Measure(c, body, scene.Bold)
		for _, r := range t.Rows[:min(len(t.Rows), 50)] {
			if i < len(r) {
				widths[i] = max(widths[i], min(scene.Measure(r[i], body, scene.Regular), 900))
			}
		}
		widths[i] += 16
		sum += widths[i]
	}
	if sum <= total {
		// The rest goes to the columns alike.
		for i := range widths {
			widths[i] += (total - sum) / float64(len(widths))
		}
		return widths
	}
	// Columns narrower than an even share keep their width; the others share.
	narrow, wide := 0.0, 0.0
	even := total / float64(len(widths))
	for _, w := range widths {
		if w <= even {
			narrow += w
		} else {
			wide += w
		}
	}
	for i, w := range widths {
		if w > even {
			widths[i] = w / wide * (total - narrow)
		}
	}
	return widths
}
