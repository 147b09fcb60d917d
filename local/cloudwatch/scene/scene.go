// Package scene holds drawings made of a few kinds of marks, and writes them as
// SVG or PNG. Lengths are CSS pixels, and text is measured with the Go fonts for
// both, so that a layout is the same in each.
//
// The same marks give the same bytes. All text is escaped.
package scene

// Point is a place; y grows downwards.
type Point struct{ X, Y float64 }

// Box is a rectangle.
type Box struct{ X, Y, W, H float64 }

// Inset is the box without a margin on every side.
func (b Box) Inset(d float64) Box {
	return Box{b.X + d, b.Y + d, max(b.W-2*d, 0), max(b.H-2*d, 0)}
}

// Right is the x of the right side.
func (b Box) Right() float64 { return b.X + b.W }

// Bottom is the y of the lower side.
func (b Box) Bottom() float64 { return b.Y + b.H }

// Style says how a shape is painted.
type Style struct {
	Fill, Stroke Color   // "" is none
	Opacity      float64 // of the fill; 0 means 1
	Width        float64 // of the stroke
	Dash         float64 // length of dashes and of the gaps between; 0 draws through
}

// Font is one of the Go fonts.
type Font int

// The fonts.
const (
	Regular Font = iota
	Bold
	Mono
)

// Anchor says which point of a text is given.
type Anchor int

// The anchors.
const (
	Start Anchor = iota
	Middle
	End
)

// Type says how a text is set.
type Type struct {
	Size   float64
	Font   Font
	Color  Color
	Anchor Anchor
	// Exact keeps the measured width with any font, for a text that another one
	// follows on the line.
	Exact bool
}

// Layer is a sequence of marks, painted one over the other.
type Layer struct{ marks []mark }

type mark interface {
	svg(*svgWriter)
	png(*painter)
}

type rect struct {
	box    Box
	radius float64
	style  Style
}

type path struct {
	points []Point
	closed bool
	style  Style
}

type circle struct {
	center Point
	radius float64
	style  Style
}

type text struct {
	at   Point
	text string
	set  Type
}

type group struct {
	Layer
	options Group
}

// Rect adds a rectangle with round corners.
func (l *Layer) Rect(b Box, radius float64, s Style) { l.marks = append(l.marks, rect{b, radius, s}) }

// Line adds a line through the points.
func (l *Layer) Line(s Style, points ...Point) { l.marks = append(l.marks, path{points, false, s}) }

// Polygon adds a closed shape.
func (l *Layer) Polygon(s Style, points ...Point) { l.marks = append(l.marks, path{points, true, s}) }

// Circle adds a circle.
func (l *Layer) Circle(center Point, radius float64, s Style) {
	l.marks = append(l.marks, circle{center, radius, s})
}

// Text adds one line of text; the point is on its base line.
func (l *Layer) Text(at Point, s string, t Type) {
	if s != "" {
		l.marks = append(l.marks, text{at, s, t})
	}
}

// Group says what holds for the marks of a layer within another.
type Group struct {
	At   Point  // what the marks' origin is in the layer around
	Clip *Box   // nothing outside of it is painted; in the marks' own coordinates
	Tip  string // shown when the pointer rests on it
	Link string // an http, https or relative address
}

// Group adds a layer and returns it.
func (l *Layer) Group(g Group) *Layer {
	inner := &group{options: g}
	l.marks = append(l.marks, inner)
	return &inner.Layer
}

// Scene is a drawing.
type Scene struct {
	Layer
	Width, Height      float64
	Title, Description string // for readers who do not see it
}

// Place draws another scene with its upper left corner at a point. The other
// scene can no longer be added to.
func (s *Scene) Place(at Point, other *Scene) {
	s.marks = append(s.marks, &group{Layer: other.Layer, options: Group{At: at, Clip: &Box{W: other.Width, H: other.Height}}})
}
