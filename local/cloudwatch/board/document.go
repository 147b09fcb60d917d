package board

import (
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"

	"github.com/pixline/pixline/local/cloudwatch/chart"
	"github.com/pixline/pixline/local/cloudwatch/scene"
)

// writer sets the blocks of a document, one below the other.
type writer struct {
	layer  *scene.Layer
	box    scene.Box
	y      float64
	source []byte
}

// paintDocument draws a text until the box is full.
func paintDocument(l *scene.Layer, b scene.Box, document ast.Node, source []byte) {
	w := writer{layer: l.Group(scene.Group{Clip: &b}), box: b, y: b.Y, source: source}
	w.blocks(document, 0)
}

func (w *writer) full() bool { return w.y > w.box.Bottom() }

func (w *writer) blocks(parent ast.Node, indent float64) {
	for n := parent.FirstChild(); n != nil && !w.full(); n = n.NextSibling() {
		w.block(n, indent)
	}
}

// Of text in a document.
const (
	textSize  = 13.0
	paragraph = 8.0 // between blocks
)

func (w *writer) block(n ast.Node, indent float64) {
	set := scene.Type{Size: textSize, Color: scene.Ink}
	switch n := n.(type) {
	case *ast.Heading:
		set.Size, set.Font = []float64{22, 18, 16, 14, 13, 12}[n.Level-1], scene.Bold
		w.paragraph(w.spans(n, set, ""), indent, set.Size)
	case *ast.List:
		number := n.Start
		for item := n.FirstChild(); item != nil && !w.full(); item = item.NextSibling() {
			sign := "•"
			if n.IsOrdered() {
				sign = strconv.Itoa(number) + "."
				number++
			}
			w.layer.Text(scene.Point{X: w.box.X + indent + 4, Y: w.y + textSize}, sign, scene.Type{Size: textSize, Color: scene.Muted})
			w.blocks(item, indent+22)
			w.y -= paragraph / 2
		}
		w.y += paragraph / 2
	case *ast.Blockquote:
		top := w.y
		w.blocks(n, indent+14)
		w.layer.Line(scene.Style{Stroke: scene.Border, Width: 3},
			scene.Point{X: w.box.X + indent + 2, Y: top}, scene.Point{X: w.box.X + indent + 2, Y: w.y - paragraph})
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		w.code(n, indent)
	case *ast.ThematicBreak:
		w.layer.Line(scene.Style{Stroke: scene.Border, Width: 1},
			scene.Point{X: w.box.X + indent, Y: w.y + 4}, scene.Point{X: w.box.Right(), Y: w.y + 4})
		w.y += paragraph + 4
	case *ast.HTMLBlock: // as in the page, it is left out
	case *east.Table:
		w.table(n, indent)
	default: // paragraphs, and the text blocks of lists
		w.paragraph(w.spans(n, set, ""), indent, textSize)
	}
}

func (w *writer) paragraph(spans []span, indent, size float64) {
	step := size * 1.4
	for _, l := range wrap(spans, w.box.W-indent, size) {
		if w.full() {
			return
		}
		l.paint(w.layer, scene.Point{X: w.box.X + indent, Y: w.y + size})
		w.y += step
	}
	w.y += paragraph
}

func (w *writer) code(n ast.Node, indent float64) {
	lines := n.Lines()
	height := float64(lines.Len())*16 + 10
	w.layer.Rect(scene.Box{X: w.box.X + indent, Y: w.y, W: w.box.W - indent, H: height}, 4, scene.Style{Fill: scene.Grid})
	for i := range lines.Len() {
		segment := lines.At(i)
		line := strings.ReplaceAll(strings.TrimRight(string(segment.Value(w.source)), "\r\n"), "\t", "    ")
		w.layer.Text(scene.Point{X: w.box.X + indent + 8, Y: w.y + 17 + float64(i)*16},
			scene.Fit(line, 12, scene.Mono, w.box.W-indent-16), scene.Type{Size: 12, Font: scene.Mono, Color: scene.Ink})
	}
	w.y += height + paragraph
}

// table draws the text of the cells.
func (w *writer) table(n ast.Node, indent float64) {
	var t chart.Table
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		var cells []string
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			var b strings.Builder
			for _, s := range w.spans(cell, scene.Type{}, "") {
				b.WriteString(s.text)
			}
			cells = append(cells, b.String())
		}
		if row.Kind() == east.KindTableHeader {
			t.Columns = cells
		} else {
			t.Rows = append(t.Rows, cells)
		}
	}
	if len(t.Rows) == 0 {
		return
	}
	height := float64(len(t.Rows)+1)*22 + 6
	t.Draw(w.layer, scene.Box{X: w.box.X + indent, Y: w.y, W: w.box.W - indent, H: min(height, w.box.Bottom()-w.y)})
	w.y += height + paragraph
}

// spans is the text below a node.
func (w *writer) spans(n ast.Node, set scene.Type, link string) []span {
	var spans []span
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			text := string(c.Segment.Value(w.source))
			if c.SoftLineBreak() {
				text += " "
			}
			spans = append(spans, span{text: text, set: set, link: link, newLine: c.HardLineBreak()})
		case *ast.String:
			spans = append(spans, span{text: string(c.Value), set: set, link: link})
		case *ast.CodeSpan:
			code := set
			code.Font = scene.Mono
			spans = append(spans, w.spans(c, code, link)...)
		case *ast.Emphasis:
			// There is no italic in a drawing: the first level is bold, too.
			strong := set
			strong.Font = scene.Bold
			spans = append(spans, w.spans(c, strong, link)...)
		case *ast.Link:
			linked := set
			linked.Color = scene.Accent
			spans = append(spans, w.spans(c, linked, string(c.Destination))...)
		case *ast.AutoLink:
			linked := set
			linked.Color = scene.Accent
			spans = append(spans, span{text: string(c.Label(w.source)), set: linked, link: string(c.URL(w.source))})
		case *ast.RawHTML: // as in the page, it is left out
		default:
			spans = append(spans, w.spans(c, set, link)...)
		}
	}
	return spans
}
