package imaging

import (
	"image"

	"github.com/anthonynsimon/bild/transform"
)

// Pre-reduction: a side that shrinks by more than preReduceAbove is first
// averaged by an integer factor that leaves at least leaveToLanczos to Lanczos.
// bild evaluates its kernel for each of the 6 x scale taps of a pixel, so a 24 megapixel
// photo would take seconds; averaging reads each pixel once.
const (
	preReduceAbove = 4
	leaveToLanczos = 2
)

// resize returns src scaled to width x height, both positive, with bild's
// Lanczos filter on premultiplied RGBA (so that the colour of transparent pixels
// does not bleed). It does not change src, and returns it if there is nothing to scale.
func resize(src *image.RGBA, width, height int) *image.RGBA {
	w, h := src.Rect.Dx(), src.Rect.Dy()
	if w == width && h == height {
		return src
	}
	if rw, rh := preReduced(w, width), preReduced(h, height); rw != w || rh != h {
		src = average(src, rw, rh)
	}
	dst := transform.Resize(src, width, height, transform.Lanczos)
	clampToAlpha(dst)
	return dst
}

// preReduced returns the side after pre-reduction from a side to another.
func preReduced(from, to int) int {
	if from <= preReduceAbove*to {
		return from
	}
	// A side that is no multiple of the factor is not cut: average weighs the
	// pixels by their exact share, so nothing shifts.
	return scaled(1, from, from/(leaveToLanczos*to))
}

// clampToAlpha undoes Lanczos's overshoot at hard edges of transparency, where
// it leaves a colour above its alpha: no valid premultiplied colour, and seen as a bright fringe.
func clampToAlpha(img *image.RGBA) {
	for i := 0; i+3 < len(img.Pix); i += 4 {
		p := img.Pix[i : i+4 : i+4]
		p[0], p[1], p[2] = min(p[0], p[3]), min(p[1], p[3]), min(p[2], p[3])
	}
}

// share says to which two neighbouring outputs a source pixel contributes, and with
// what weights.
type share struct{ index, first, second int }

// shares divides n source pixels among m <= n outputs by exact area: in units in
// which a source pixel is m long, and an output n. The weights of one output add up to n.
func shares(n, m int) []share {
	s := make([]share, n)
	for i := range s {
		start := i * m
		index := start / n
		first := min(m, (index+1)*n-start)
		s[i] = share{index: index, first: first, second: m - first}
	}
	return s
}

// average reduces src to width x height, neither larger than src's, by the mean
// over each output pixel's area, rounded half up. The sums are exact integers.
func average(src *image.RGBA, width, height int) *image.RGBA {
	w, h := src.Rect.Dx(), src.Rect.Dy()
	dst := image.NewRGBA(image.Rect(0, 0, width, height))
	columns := shares(w, width)
	line := make([]uint64, 4*(width+1)) // one beyond, for the second share of the last pixel: 0
	sums, next := make([]uint64, 4*width), make([]uint64, 4*width)
	area := uint64(w) * uint64(h)
	for y, row := range shares(h, height) {
		averageLine(line, src.Pix[y*src.Stride:][:4*w], columns)
		for i := range sums {
			sums[i] += line[i] * uint64(row.first)
			next[i] += line[i] * uint64(row.second)
		}
		if row.second == 0 && (y+1)*height%h != 0 {
			continue // the output row is not complete
		}
		out := dst.Pix[row.index*dst.Stride:]
		for i, sum := range sums {
			out[i] = uint8((sum + area/2) / area)
		}
		sums, next = next, sums
		clear(next)
	}
	return dst
}

// averageLine replaces line by the weighted sums of one source row.
func averageLine(line []uint64, pixels []uint8, columns []share) {
	clear(line)
	for x, c := range columns {
		p := pixels[4*x : 4*x+4 : 4*x+4]
		out := line[4*c.index : 4*c.index+8 : 4*c.index+8]
		first, second := uint64(c.first), uint64(c.second)
		for i, v := range p {
			out[i] += uint64(v) * first
			out[i+4] += uint64(v) * second
		}
	}
}
