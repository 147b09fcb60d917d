package sample

import (
	"image"
	"image/color"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// Charts are pictures that show what a resampler does wrong, in whole numbers so that
// all machines agree. Each has w x h pixels, straight alpha.
var Charts = map[string]func(w, h int) *image.NRGBA{
	"bars": Bars, "zone-plate": ZonePlate, "text": Text, "ramp": Ramp, "alpha-edges": AlphaEdges,
}

// Bars are the eight saturated bars of television, from white to black.
func Bars(w, h int) *image.NRGBA {
	return draw(w, h, func(x, _ int) color.NRGBA {
		i := 7 - 8*x/w
		on := func(bit int) uint8 { return uint8(i >> bit & 1 * 255) }
		return color.NRGBA{R: on(1), G: on(2), B: on(0), A: 255}
	})
}

// ZonePlate is rings that grow finer towards the edges, up to the finest that
// there is: what a kernel lets through there comes back as other rings.
func ZonePlate(w, h int) *image.NRGBA {
	side := max(w, h)
	return draw(w, h, func(x, y int) color.NRGBA {
		dx, dy := 2*x-w, 2*y-h
		phase := (dx*dx + dy*dy) * 128 / side & 511 // a triangle wave of period 512
		v := uint8(min(phase, 511-phase))
		return color.NRGBA{R: v, G: v, B: v, A: 255}
	})
}

// Text is black letters on white, one pixel thick.
func Text(w, h int) *image.NRGBA {
	img := draw(w, h, func(int, int) color.NRGBA { return color.NRGBA{R: 255, G: 255, B: 255, A: 255} })
	d := font.Drawer{Dst: img, Src: image.Black, Face: basicfont.Face7x13}
	for y := 13; y < h+13; y += 14 {
		d.Dot = fixed.P(y%5, y)
		d.DrawString("Sphinx of black quartz, judge my vow. 0123456789 ")
	}
	return img
}

// Ramp runs from black to colours, so shallow that every rounding shows.
func Ramp(w, h int) *image.NRGBA {
	return draw(w, h, func(x, y int) color.NRGBA {
		return color.NRGBA{R: uint8(255 * x / w), G: uint8(255 * y / h), B: uint8(255 * (x + y) / (w + h)), A: 255}
	})
}

// AlphaEdges are hard and soft edges of transparency, with colours beneath it
// that must never be seen.
func AlphaEdges(w, h int) *image.NRGBA {
	return draw(w, h, func(x, y int) color.NRGBA {
		c := color.NRGBA{R: 220, G: 40, B: 60}
		switch 4 * x / w {
		case 0: // checks
			if x/5%2 == y/5%2 {
				c.A = 255
			} else {
				c = color.NRGBA{G: 255}
			}
		case 1: // a slope
			c.A = uint8(255 * y / h)
		case 2: // bars on what is half transparent
			c.A = 128
			if y/7%2 == 0 {
				c = color.NRGBA{B: 255, A: 255}
			}
		default:
			if x > y {
				c.A = 255
			}
		}
		return c
	})
}

func draw(w, h int, at func(x, y int) color.NRGBA) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetNRGBA(x, y, at(x, y))
		}
	}
	return img
}
