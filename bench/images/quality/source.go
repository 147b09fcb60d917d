package quality

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
)

// Source gives a decoded picture's rows in R, G, B, 0 to 255, not rounded to
// whole values. Transparency lies on white: what a page shows. Resampling
// premultiplied colours and laying the result on white is the same as
// resampling what lies on white, both being linear.
type Source struct {
	Width, Height int
	// row fills dst, 3 values a pixel.
	row func(y int, dst []float64)
}

// Decode decodes a JPEG in full with the standard library, whose inverse
// transform is exact to a level, or a PNG.
func Decode(data []byte, format string) (*Source, error) {
	decode := jpeg.Decode
	if format == "png" {
		decode = png.Decode
	}
	img, err := decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("decode to judge: %w", err)
	}
	return newSource(img), nil
}

func newSource(img image.Image) *Source {
	box := img.Bounds()
	s := &Source{Width: box.Dx(), Height: box.Dy()}
	if planes, ok := img.(*image.YCbCr); ok {
		s.row = planarRow(planes)
		return s
	}
	s.row = func(y int, dst []float64) {
		for x := range s.Width {
			c := color.NRGBA64Model.Convert(img.At(box.Min.X+x, box.Min.Y+y)).(color.NRGBA64)
			alpha := float64(c.A) / 0xffff
			for i, v := range [3]uint16{c.R, c.G, c.B} {
				dst[3*x+i] = float64(v)/257*alpha + 255*(1-alpha)
			}
		}
	}
	return s
}

// planarRow converts Y, Cb, Cr by JFIF's formula (ITU-T T.871, 7). Chroma of a
// lower resolution is interpolated linearly between its samples, which lie in
// the middle of the pixels that they stand for (T.871, 10): at 2:1 the weights
// 3/4 and 1/4 of libjpeg's "fancy upsampling".
func planarRow(p *image.YCbCr) func(y int, dst []float64) {
	w, h := p.Rect.Dx(), p.Rect.Dy()
	across, down := ratios(p.SubsampleRatio)
	chromaW, chromaH := (w+across-1)/across, (h+down-1)/down
	columns := make([]between, w)
	for x := range columns {
		columns[x] = position(x, across, chromaW)
	}
	return func(y int, dst []float64) {
		luma := p.Y[y*p.YStride:]
		rows := position(y, down, chromaH)
		chroma := func(plane []uint8, c between) float64 {
			a, b := plane[rows.low*p.CStride:], plane[rows.high*p.CStride:]
			top := float64(a[c.low])*(1-c.weight) + float64(a[c.high])*c.weight
			bottom := float64(b[c.low])*(1-c.weight) + float64(b[c.high])*c.weight
			return top*(1-rows.weight) + bottom*rows.weight - 128
		}
		for x, c := range columns {
			l, cb, cr := float64(luma[x]), chroma(p.Cb, c), chroma(p.Cr, c)
			dst[3*x] = clamp(l + 1.402*cr)
			dst[3*x+1] = clamp(l - (0.114*1.772*cb+0.299*1.402*cr)/0.587)
			dst[3*x+2] = clamp(l + 1.772*cb)
		}
	}
}

func ratios(r image.YCbCrSubsampleRatio) (across, down int) {
	switch r {
	case image.YCbCrSubsampleRatio420:
		return 2, 2
	case image.YCbCrSubsampleRatio422:
		return 2, 1
	case image.YCbCrSubsampleRatio440:
		return 1, 2
	case image.YCbCrSubsampleRatio411:
		return 4, 1
	case image.YCbCrSubsampleRatio410:
		return 4, 2
	default:
		return 1, 1
	}
}

// between is a position between two samples: low*(1-weight) + high*weight.
type between struct {
	low, high int
	weight    float64
}

// position returns where the middle of pixel i lies among n samples of ratio
// pixels each. Outside the first and the last, those are repeated.
func position(i, ratio, n int) between {
	at := min(float64(n-1), max(0, (float64(i)+0.5)/float64(ratio)-0.5))
	low := int(at)
	return between{low, min(low+1, n-1), at - float64(low)}
}

func clamp(v float64) float64 { return math.Max(0, math.Min(255, v)) }
