package scene

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"

	"git.sr.ht/~sbinet/gg"
	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
)

// maxPixels bounds an image: 64 Mpixel are 256 MB in memory.
const maxPixels = 64 << 20

// painter paints marks on an image.
type painter struct {
	*gg.Context
	image  *image.RGBA
	theme  Theme
	scale  float64
	origin Point // of the marks, in pixels of the image
	faces  map[faceKey]font.Face
	err    error // the first
}

type faceKey struct {
	font Font
	size float64
}

// PNG is the drawing as an image with scale pixels to a CSS pixel.
func (s *Scene) PNG(t Theme, scale float64) ([]byte, error) {
	width, height := math.Ceil(s.Width*scale), math.Ceil(s.Height*scale)
	if !(width >= 1 && height >= 1 && width*height <= maxPixels) {
		return nil, fmt.Errorf("a drawing of %g x %g pixels cannot be an image: at least 1 and at most %d pixels", width, height, maxPixels)
	}
	p := newPainter(int(width), int(height))
	p.theme, p.scale, p.faces = t, scale, map[faceKey]font.Face{}
	draw.Draw(p.image, p.image.Bounds(), image.NewUniform(Page.in(t)), image.Point{}, draw.Src)
	s.Layer.png(p)
	if p.err != nil {
		return nil, p.err
	}
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&b, p.image); err != nil {
		return nil, fmt.Errorf("encode the drawing: %w", err)
	}
	return b.Bytes(), nil
}

func newPainter(width, height int) *painter {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	return &painter{Context: gg.NewContextForRGBA(m), image: m}
}

func (l *Layer) png(p *painter) {
	for _, m := range l.marks {
		m.png(p)
	}
}

// at is a point in pixels of the image.
func (p *painter) at(q Point) (x, y float64) {
	return p.origin.X + q.X*p.scale, p.origin.Y + q.Y*p.scale
}

// finish fills and strokes the current path.
func (p *painter) finish(s Style) {
	if s.Fill != "" {
		c := color.NRGBA(s.Fill.in(p.theme))
		if s.Opacity > 0 {
			c.A = uint8(math.Round(s.Opacity * 255))
		}
		p.SetColor(c)
		p.FillPreserve()
	}
	if s.Stroke != "" {
		p.SetColor(s.Stroke.in(p.theme))
		p.SetLineWidth(s.Width * p.scale)
		p.SetLineCapButt()
		p.SetLineJoinRound()
		p.SetDash()
		if s.Dash > 0 {
			p.SetDash(s.Dash*p.scale, s.Dash*p.scale)
		}
		p.StrokePreserve()
	}
	p.ClearPath()
}

func (r rect) png(p *painter) {
	x, y := p.at(Point{r.box.X, r.box.Y})
	w, h := r.box.W*p.scale, r.box.H*p.scale
	if r.radius > 0 {
		p.DrawRoundedRectangle(x, y, w, h, min(r.radius*p.scale, w/2, h/2))
	} else {
		p.DrawRectangle(x, y, w, h)
	}
	p.finish(r.style)
}

// png of a long line strokes it in pieces: the rasterizer's time grows with the
// square of what one path has in a row of pixels.
func (q path) png(p *painter) {
	const piece = 24
	for !q.closed && q.style.Fill == "" && q.style.Dash == 0 && len(q.points) > piece {
		path{points: q.points[:piece], style: q.style}.png(p)
		q.points = q.points[piece-1:]
	}
	for _, at := range q.points {
		p.LineTo(p.at(at))
	}
	if q.closed {
		p.ClosePath()
	}
	p.finish(q.style)
}

func (c circle) png(p *painter) {
	x, y := p.at(c.center)
	p.DrawCircle(x, y, c.radius*p.scale)
	p.finish(c.style)
}

func (t text) png(p *painter) {
	face, err := p.face(t.set)
	if err != nil {
		p.err = err
		return
	}
	x, y := p.at(t.at)
	width := Measure(t.text, t.set.Size, t.set.Font) * p.scale
	switch t.set.Anchor {
	case Middle:
		x -= width / 2
	case End:
		x -= width
	}
	d := font.Drawer{
		Dst: p.image, Src: image.NewUniform(t.set.Color.in(p.theme)), Face: face,
		Dot: fixed.Point26_6{X: fixed.Int26_6(x * 64), Y: fixed.Int26_6(y * 64)},
	}
	d.DrawString(t.text)
}

func (p *painter) face(t Type) (font.Face, error) {
	key := faceKey{t.Font, t.Size * p.scale}
	if f := p.faces[key]; f != nil {
		return f, nil
	}
	f, err := typefaces[t.Font]().face(key.size)
	if err != nil {
		return nil, fmt.Errorf("font of %g pixels: %w", key.size, err)
	}
	p.faces[key] = f
	return f, nil
}

// png of a group that clips paints an image of the clip's size and puts it in
// its place: a mask would be as large as the whole drawing, for each text anew.
func (g *group) png(p *painter) {
	before := p.origin
	defer func() { p.origin = before }()
	p.origin.X, p.origin.Y = p.at(g.options.At)
	if g.options.Clip == nil {
		g.Layer.png(p)
		return
	}
	c := g.options.Clip
	x0, y0 := p.at(Point{c.X, c.Y})
	x1, y1 := p.at(Point{c.Right(), c.Bottom()})
	target := image.Rect(int(math.Floor(x0)), int(math.Floor(y0)), int(math.Ceil(x1)), int(math.Ceil(y1))).Intersect(p.image.Bounds())
	if target.Empty() {
		return
	}
	inner := newPainter(target.Dx(), target.Dy())
	inner.theme, inner.scale, inner.faces = p.theme, p.scale, p.faces
	inner.origin = Point{p.origin.X - float64(target.Min.X), p.origin.Y - float64(target.Min.Y)}
	g.Layer.png(inner)
	p.err = inner.err
	draw.Draw(p.image, target, inner.image, image.Point{}, draw.Over)
}
