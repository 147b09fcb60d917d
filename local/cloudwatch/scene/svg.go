package scene

import (
	"bytes"
	"encoding/xml"
	"math"
	"strconv"
	"strings"
)

// svgWriter writes marks; errors cannot happen in memory.
type svgWriter struct {
	bytes.Buffer
	paint func(Color) string
	font  string
}

// fonts are of text that is not mono; the layout is measured
// with Go's, which are wider than most.
const fonts = "'Go', 'Helvetica Neue', Arial, sans-serif"

// Inline is the drawing as an SVG element for a page. Its colours are the
// page's custom properties --cw-<role>, and where the page has none, those of
// the color-scheme (light or dark) in force there; its font is --cw-font. It has no ids, so that a page can hold many.
func (s *Scene) Inline() string {
	w := svgWriter{paint: Color.css, font: "var(--cw-font, " + fonts + ")"}
	s.write(&w)
	return w.String()
}

// SVG is the drawing as a file of its own, with the colours of a theme.
func (s *Scene) SVG(t Theme) []byte {
	w := svgWriter{paint: func(c Color) string { return c.in(t).hex() }, font: fonts}
	w.WriteString(xml.Header)
	s.write(&w)
	w.WriteByte('\n')
	return w.Bytes()
}

func (s *Scene) write(w *svgWriter) {
	w.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0`)
	w.numbers(" ", s.Width, s.Height)
	w.WriteByte('"')
	w.attribute("width", s.Width)
	w.attribute("height", s.Height)
	w.WriteString(` role="img" font-family="` + w.font + `"><title>`)
	w.escape(s.Title)
	w.WriteString("</title>")
	if s.Description != "" {
		w.WriteString("<desc>")
		w.escape(s.Description)
		w.WriteString("</desc>")
	}
	s.svg(w)
	w.WriteString("</svg>")
}

func (l *Layer) svg(w *svgWriter) {
	for _, m := range l.marks {
		m.svg(w)
	}
}

// number writes a length with one decimal, which is finer than a screen shows.
func (w *svgWriter) number(v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		v = 0
	}
	w.Write(strconv.AppendFloat(w.AvailableBuffer(), math.Round(v*10)/10+0, 'f', -1, 64))
}

func (w *svgWriter) numbers(before string, values ...float64) {
	for _, v := range values {
		w.WriteString(before)
		w.number(v)
	}
}

func (w *svgWriter) attribute(name string, v float64) {
	w.WriteString(" " + name + `="`)
	w.number(v)
	w.WriteByte('"')
}

// escape writes text; what XML cannot hold becomes U+FFFD.
func (w *svgWriter) escape(s string) { _ = xml.EscapeText(w, []byte(s)) }

func (w *svgWriter) style(s Style) {
	w.WriteString(` fill="`)
	w.WriteString(w.color(s.Fill))
	w.WriteByte('"')
	if s.Opacity > 0 && s.Opacity < 1 {
		w.WriteString(` fill-opacity="` + strconv.FormatFloat(s.Opacity, 'f', -1, 64) + `"`)
	}
	if s.Stroke == "" {
		return
	}
	w.WriteString(` stroke="` + w.color(s.Stroke) + `"`)
	w.attribute("stroke-width", s.Width)
	if s.Dash > 0 {
		w.attribute("stroke-dasharray", s.Dash)
	}
}

func (w *svgWriter) color(c Color) string {
	if c == "" {
		return "none"
	}
	return w.paint(c)
}

func (r rect) svg(w *svgWriter) {
	w.WriteString("<rect")
	w.attribute("x", r.box.X)
	w.attribute("y", r.box.Y)
	w.attribute("width", r.box.W)
	w.attribute("height", r.box.H)
	if r.radius > 0 {
		w.attribute("rx", r.radius)
	}
	w.style(r.style)
	w.WriteString("/>")
}

func (p path) svg(w *svgWriter) {
	w.WriteString(`<path d="`)
	before := "M"
	for _, at := range p.points {
		w.numbers(before, at.X)
		w.numbers(" ", at.Y)
		before = "L"
	}
	if p.closed {
		w.WriteByte('Z')
	}
	w.WriteByte('"')
	w.style(p.style)
	if p.style.Stroke != "" {
		w.WriteString(` stroke-linejoin="round"`)
	}
	w.WriteString("/>")
}

func (c circle) svg(w *svgWriter) {
	w.WriteString("<circle")
	w.attribute("cx", c.center.X)
	w.attribute("cy", c.center.Y)
	w.attribute("r", c.radius)
	w.style(c.style)
	w.WriteString("/>")
}

func (t text) svg(w *svgWriter) {
	w.WriteString("<text")
	w.attribute("x", t.at.X)
	w.attribute("y", t.at.Y)
	w.attribute("font-size", t.set.Size)
	switch t.set.Font {
	case Bold:
		w.WriteString(` font-weight="bold"`)
	case Mono:
		w.WriteString(` font-family="'Go Mono', ui-monospace, monospace"`)
	}
	switch t.set.Anchor {
	case Middle:
		w.WriteString(` text-anchor="middle"`)
	case End:
		w.WriteString(` text-anchor="end"`)
	}
	if t.set.Exact {
		w.attribute("textLength", Measure(t.text, t.set.Size, t.set.Font))
		w.WriteString(` lengthAdjust="spacingAndGlyphs"`)
	}
	w.WriteString(` fill="` + w.color(t.set.Color) + `">`)
	w.escape(t.text)
	w.WriteString("</text>")
}

// svg of a group that clips is an svg element, which clips without an id.
func (g *group) svg(w *svgWriter) {
	o := g.options
	link := safe(o.Link)
	if link {
		w.WriteString(`<a href="`)
		w.escape(o.Link)
		w.WriteString(`">`)
	}
	element := "g"
	if o.Clip != nil {
		element = "svg"
		w.WriteString("<svg")
		w.attribute("x", o.At.X+o.Clip.X)
		w.attribute("y", o.At.Y+o.Clip.Y)
		w.attribute("width", o.Clip.W)
		w.attribute("height", o.Clip.H)
		w.WriteString(` viewBox="`)
		w.number(o.Clip.X)
		w.numbers(" ", o.Clip.Y, o.Clip.W, o.Clip.H)
		w.WriteString(`">`)
	} else {
		w.WriteString("<g")
		if o.At != (Point{}) {
			w.WriteString(` transform="translate(`)
			w.number(o.At.X)
			w.numbers(" ", o.At.Y)
			w.WriteString(`)"`)
		}
		w.WriteByte('>')
	}
	if o.Tip != "" {
		w.WriteString("<title>")
		w.escape(o.Tip)
		w.WriteString("</title>")
	}
	g.Layer.svg(w)
	w.WriteString("</" + element + ">")
	if link {
		w.WriteString("</a>")
	}
}

// safe says whether an address may be linked to: a scheme other than http is
// refused, since some run scripts.
func safe(address string) bool {
	if address == "" || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' }) {
		return false
	}
	scheme, _, found := strings.Cut(address, ":")
	if !found || strings.ContainsAny(scheme, "/?#") {
		return true
	}
	return strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https")
}
