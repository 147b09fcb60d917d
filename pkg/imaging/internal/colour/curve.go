package colour

import (
	"encoding/binary"
	"math"
)

// curve maps 0 to 1 to 0 to 1.
type curve func(float64) float64

// parseCurve reads a tone curve (ICC.1:2022, 10.6 and 10.18).
func parseCurve(tag []byte) (curve, error) {
	size, err := curveSize(tag)
	if err != nil {
		return nil, err
	}
	if string(tag[:4]) == "para" {
		return parametric(binary.BigEndian.Uint16(tag[8:]), tag[12:size]), nil
	}
	points := tag[12:size]
	switch len(points) {
	case 0:
		return func(x float64) float64 { return x }, nil
	case 2:
		gamma := float64(binary.BigEndian.Uint16(points)) / 256
		return func(x float64) float64 { return math.Pow(x, gamma) }, nil
	}
	last := len(points)/2 - 1
	point := func(i int) float64 { return float64(binary.BigEndian.Uint16(points[2*i:])) / math.MaxUint16 }
	return func(x float64) float64 {
		at := x * float64(last)
		i := min(int(at), last-1)
		from := point(i)
		return from + (at-float64(i))*(point(i+1)-from)
	}, nil
}

// parametric returns a curve of the kinds 0 to 4 (table 68). Parameters that are not
// in a kind have the value at which kind 4 is the same function:
//
//	x >= d: (a x + b)^g + e      x < d: c x + f
func parametric(kind uint16, parameters []byte) curve {
	var p [5 + 2]float64
	for i := 0; 4*i < len(parameters); i++ {
		p[i] = fixed(parameters[4*i:])
	}
	g, a, b, c, d, e, f := p[0], p[1], p[2], p[3], p[4], p[5], p[6]
	switch kind {
	case 0:
		a = 1
	case 1, 2: // the third parameter of kind 2 is the constant on both sides
		d, e, f, c = -b/a, c, c, 0
	}
	return func(x float64) float64 {
		y := c*x + f
		if !(x < d) { // also when d is not a number
			y = math.Pow(max(a*x+b, 0), g) + e
		}
		if math.IsNaN(y) {
			return 0
		}
		return min(max(y, 0), 1)
	}
}

// fixed reads an s15Fixed16Number (4.6).
func fixed(b []byte) float64 {
	return float64(int32(binary.BigEndian.Uint32(b))) / (1 << 16)
}
