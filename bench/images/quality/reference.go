// Package quality measures how near a resized picture is to the exact one: a
// full decode, resampled with Lanczos 3 in float64, rounded nowhere.
//
// Non-goals: linear light (none of the contestants resamples in it by default)
// and speed.
package quality

import "math"

// Picture is R, G, B, 0 to 255, three values a pixel, row by row.
type Picture struct {
	Width, Height int
	Pix           []float64
}

// Picture returns the whole source at its own size.
func (s *Source) Picture() *Picture {
	p := &Picture{s.Width, s.Height, make([]float64, 3*s.Width*s.Height)}
	for y := range s.Height {
		s.row(y, p.Pix[3*s.Width*y:][:3*s.Width])
	}
	return p
}

// Resize returns the source at width x height by Lanczos 3, clamped to 0 to 255
// at the end.
func Resize(s *Source, width, height int) *Picture {
	columns, rows := taps(s.Width, width), taps(s.Height, height)
	line := make([]float64, 3*s.Width)
	narrow := make([]float64, 3*width*s.Height) // all rows, at the new width
	for y := range s.Height {
		s.row(y, line)
		out := narrow[3*width*y:][:3*width]
		for x, t := range columns {
			var r, g, b float64
			for i, weight := range t.weights {
				at := 3 * (t.first + i)
				r, g, b = r+weight*line[at], g+weight*line[at+1], b+weight*line[at+2]
			}
			out[3*x], out[3*x+1], out[3*x+2] = r, g, b
		}
	}
	p := &Picture{width, height, make([]float64, 3*width*height)}
	for y, t := range rows {
		out := p.Pix[3*width*y:][:3*width]
		for i, weight := range t.weights {
			in := narrow[3*width*(t.first+i):][:3*width]
			for x, v := range in {
				out[x] += weight * v
			}
		}
		for x, v := range out {
			out[x] = clamp(v)
		}
	}
	return p
}

// tap is what one output sample is made of: inputs from first on.
type tap struct {
	first   int
	weights []float64
}

// taps returns the weights from n samples to m. The middle of output i lies at
// (i + 1/2) n/m of the input; when it shrinks, the kernel is as much wider, so
// that it also filters. Weights are normalised, beyond the edge there is nothing:
// as in Pillow, bild and libvips.
func taps(n, m int) []tap {
	scale := float64(n) / float64(m)
	wider := math.Max(1, scale)
	list := make([]tap, m)
	for i := range list {
		centre := (float64(i)+0.5)*scale - 0.5
		first := max(0, int(math.Ceil(centre-3*wider)))
		last := min(n-1, int(math.Floor(centre+3*wider)))
		t := tap{first: first, weights: make([]float64, last-first+1)}
		sum := 0.0
		for j := range t.weights {
			t.weights[j] = lanczos3((float64(first+j) - centre) / wider)
			sum += t.weights[j]
		}
		for j := range t.weights {
			t.weights[j] /= sum
		}
		list[i] = t
	}
	return list
}

// lanczos3 is sinc(x) sinc(x/3) within 3 (C. E. Duchon, "Lanczos filtering in
// one and two dimensions", J. Appl. Meteorology 18, 1979).
func lanczos3(x float64) float64 {
	switch {
	case x == 0:
		return 1
	case x <= -3 || x >= 3:
		return 0
	}
	x *= math.Pi
	return 3 * math.Sin(x) * math.Sin(x/3) / (x * x)
}
