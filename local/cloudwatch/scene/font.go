package scene

import (
	"fmt"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// typeface is a font with the widths of its first characters.
type typeface struct {
	font   *sfnt.Font
	widths [256]float64 // in ems
}

var typefaces = [...]func() *typeface{
	Regular: sync.OnceValue(func() *typeface { return newTypeface(goregular.TTF) }),
	Bold:    sync.OnceValue(func() *typeface { return newTypeface(gobold.TTF) }),
	Mono:    sync.OnceValue(func() *typeface { return newTypeface(gomono.TTF) }),
}

// newTypeface parses one of the fonts that are part of the program: an error is
// one of the program, which a test would show.
func newTypeface(data []byte) *typeface {
	f, err := opentype.Parse(data)
	if err != nil {
		panic(fmt.Sprintf("scene: a Go font cannot be read: %v", err))
	}
	t := &typeface{font: f}
	for r := range t.widths {
		t.widths[r] = t.advance(rune(r))
	}
	return t
}

// advance is the width of a character in ems; of one that the font does not
// have, that of its sign for missing ones.
func (t *typeface) advance(r rune) float64 {
	var buffer sfnt.Buffer
	const em = 1000
	index, err := t.font.GlyphIndex(&buffer, r)
	if err != nil {
		index = 0
	}
	width, err := t.font.GlyphAdvance(&buffer, index, fixed.I(em), font.HintingNone)
	if err != nil {
		return .6
	}
	return float64(width) / 64 / em
}

// Measure is the width of one line of text.
func Measure(s string, size float64, f Font) float64 {
	t, width := typefaces[f](), 0.0
	for _, r := range s {
		if int(r) < len(t.widths) {
			width += t.widths[r]
		} else {
			width += t.advance(r)
		}
	}
	return width * size
}

// Fit shortens a text with an ellipsis to what fits a width; "" when not even
// that fits.
func Fit(s string, size float64, f Font, width float64) string {
	// A width that was measured is the sum in another order.
	const rounding = 1e-3
	width += rounding
	if Measure(s, size, f) <= width {
		return s
	}
	width -= Measure("…", size, f)
	used := 0.0
	for i, r := range s {
		used += Measure(string(r), size, f)
		if used > width {
			if i == 0 {
				return ""
			}
			return s[:i] + "…"
		}
	}
	return s
}

// face is a font at a size in pixels, for one painter.
func (t *typeface) face(size float64) (font.Face, error) {
	return opentype.NewFace(t.font, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
}
