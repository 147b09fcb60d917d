package diagram

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"unicode/utf8"
)

// drawing is what the template writes out.
type drawing struct {
	Title         string
	Width, Height float64
	Edges         []path
	Nodes         []box
}

type path struct {
	D, Class, Arrow string
	Label, Spoken   string
	Anchor          string // start or end
	LabelX, LabelY  float64
	taken           bool
}

type box struct {
	Node
	X, Y, Width, Height float64
	TextX, TitleY       float64
	DetailY             float64
	BadgeX, BadgeY      float64
	Short               string // the title, cut to fit
	ShortDetail         string
}

// The text is escaped by html/template: a state's name may hold anything.
var svg = template.Must(template.New("svg").Parse(`<svg class="diagram" viewBox="0 0 {{.Width}} {{.Height}}" width="{{.Width}}" height="{{.Height}}" role="group" aria-label="{{.Title}}">
<defs>
<marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path class="arrow" d="M0 .8 7 4 0 7.2z"/></marker>
<marker id="arrow-taken" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto-start-reverse"><path class="arrow taken" d="M0 .8 7 4 0 7.2z"/></marker>
</defs>
<g aria-hidden="true">{{range .Edges}}
<path class="{{.Class}}" d="{{.D}}" marker-end="url(#{{.Arrow}})"><title>{{.Spoken}}</title></path>{{end}}{{range .Edges}}{{if .Label}}
<text class="label" x="{{.LabelX}}" y="{{.LabelY}}" text-anchor="{{.Anchor}}">{{.Label}}</text>{{end}}{{end}}
</g>{{range .Nodes}}
{{if .Href}}<a href="{{.Href}}" aria-label="{{.Spoken}}">{{else}}<g role="img" aria-label="{{.Spoken}}">{{end}}<g class="{{.Class}}"><title>{{.Spoken}}</title>
<rect x="{{.X}}" y="{{.Y}}" width="{{.Width}}" height="{{.Height}}" rx="9"/>
<text class="title" x="{{.TextX}}" y="{{.TitleY}}">{{.Short}}</text><text class="detail" x="{{.TextX}}" y="{{.DetailY}}">{{.ShortDetail}}</text>{{if .Badge}}<text class="badge" x="{{.BadgeX}}" y="{{.BadgeY}}">{{.Badge}}</text>{{end}}</g>
{{if .Href}}</a>{{else}}</g>{{end}}{{end}}
</svg>`))

// Draw returns the graph as an SVG element for an HTML page. Its classes are
// those of the graph, and diagram, node, edge, taken, label, title, detail, badge.
func Draw(g Graph) (template.HTML, error) {
	if len(g.Nodes) == 0 {
		return "", nil
	}
	l := arrange(g)
	d := drawing{Title: g.Title, Height: float64(len(l.layers))*(nodeHeight+gapY) - gapY + 2*margin}
	for _, p := range l.points {
		d.Width = max(d.Width, p.x+p.width()/2+margin)
	}
	for i := range g.Nodes {
		d.Nodes = append(d.Nodes, l.box(l.points[i]))
	}
	for i := range g.Edges {
		d.Edges = append(d.Edges, l.path(i))
	}
	// What was taken lies above what was not.
	slices.SortStableFunc(d.Edges, func(a, b path) int { return cmp.Compare(btoi(a.taken), btoi(b.taken)) })
	var text strings.Builder
	if err := svg.Execute(&text, d); err != nil {
		return "", fmt.Errorf("draw %s: %w", g.Title, err)
	}
	return template.HTML(text.String()), nil //nolint:gosec // html/template made it
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// top is the y of a layer's upper edge.
func top(layer int) float64 { return margin + float64(layer)*(nodeHeight+gapY) }

func (l *layout) box(p *point) box {
	n := l.graph.Nodes[p.node]
	x, y := p.x-nodeWidth/2, top(p.layer)
	n.Class = "node " + n.Class
	return box{
		Node: n, X: x, Y: y, Width: nodeWidth, Height: nodeHeight,
		TextX: x + 14, TitleY: y + 20, DetailY: y + 36, BadgeX: x + nodeWidth - 14, BadgeY: y + 28,
		Short: cut(n.Title, 18), ShortDetail: cut(n.Detail, 24),
	}
}

// cut shortens a text to at most n characters.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// path draws an edge: from the lower side of a node, through its lanes, to the
// upper side of another.
func (l *layout) path(i int) path {
	e, route := l.graph.Edges[i], l.routes[i]
	class := "edge " + e.Class
	arrow := "arrow"
	if e.Taken {
		class, arrow = class+" taken", "arrow-taken"
	}
	p := path{Class: class, Arrow: arrow, taken: e.Taken, Label: cut(e.Label, 18), Spoken: l.graph.Nodes[e.From].Title + " → " + l.graph.Nodes[e.To].Title}
	if e.Label != "" {
		p.Spoken += ": " + e.Label
	}
	from, to := l.points[route[0]], l.points[route[len(route)-1]]
	if from.layer >= to.layer { // back, or to itself: around the right side
		x, y0, y1 := max(from.x, to.x)+nodeWidth/2, top(from.layer)+nodeHeight/2, top(to.layer)+nodeHeight/2+8
		p.D = fmt.Sprintf("M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f", from.x+nodeWidth/2, y0, x+40, y0, x+40, y1, to.x+nodeWidth/2, y1)
		p.LabelX, p.LabelY, p.Anchor = x+34, (y0+y1)/2, "start"
		return p
	}
	x, y := from.x+l.port(route[0], route[1], func(p *point) []int { return p.down }), top(from.layer)+nodeHeight
	var d strings.Builder
	fmt.Fprintf(&d, "M%.1f %.1f", x, y)
	for n, at := range route[1:] {
		next := l.points[at]
		nx, ny := next.x, top(next.layer)
		if next.node >= 0 {
			nx += l.port(at, route[n], func(p *point) []int { return p.up })
		}
		bend := (ny - y) / 2
		fmt.Fprintf(&d, "C%.1f %.1f %.1f %.1f %.1f %.1f", x, y+bend, nx, ny-bend, nx, ny)
		if n == 0 {
			p.label(x, y, nx, next.node < 0)
		}
		if next.node < 0 { // straight through the layer
			ny += nodeHeight
			fmt.Fprintf(&d, "L%.1f %.1f", nx, ny)
		}
		x, y = nx, ny
	}
	p.D = d.String()
	return p
}

// label puts the label where an edge of its kind leaves room: before one that goes
// straight on, over one that goes to a side, and beside the lane of one that passes
// a layer.
func (p *path) label(x, y, nx float64, lane bool) {
	p.Anchor = "start"
	switch {
	case lane:
		p.LabelX, p.LabelY = nx+7, y+gapY-7
	case nx > x+20:
		p.LabelX, p.LabelY = (x+nx)/2+2, y+gapY/2-6
	case nx < x-20:
		p.LabelX, p.LabelY, p.Anchor = x-8, y+12, "end"
	default:
		p.LabelX, p.LabelY, p.Anchor = min(x, nx)-7, y+gapY/2+4, "end"
	}
}

// port is how far from a node's centre the edge to or from a neighbour begins.
// Several share the side, in the order of where they lead, about the first one,
// which goes straight on.
func (l *layout) port(node, neighbour int, of func(*point) []int) float64 {
	neighbours := slices.Clone(of(l.points[node]))
	if len(neighbours) < 2 {
		return 0
	}
	first := neighbours[0]
	slices.SortStableFunc(neighbours, func(a, b int) int { return cmp.Compare(l.points[a].x, l.points[b].x) })
	place := float64(slices.Index(neighbours, neighbour) - slices.Index(neighbours, first))
	return place * min(34, (nodeWidth/2-12)/float64(len(neighbours)-1))
}
