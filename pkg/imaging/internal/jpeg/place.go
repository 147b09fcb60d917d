package jpeg

import "math"

// Coefficients are fixed-point numbers with this many fractional bits when they
// enter the inverse transform, and come from products with more.
const (
	fraction      = 5
	extraFraction = 12
)

// zigzag gives the position in natural order, row by row, of each coefficient
// (T.81, figure A.6).
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10,
	17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34,
	27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36,
	29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46,
	53, 60, 61, 54, 47, 55, 62, 63,
}

// place is what becomes of one coefficient.
type place struct {
	factor uint32 // the quantisation step times the transform's scale, with both fractions
	at     uint8  // the index in the workspace
}

// places are indexed by one more than the position in zigzag order: by the position
// after the coefficient. The entries beyond 64, which damaged data reach and the advance
// endOfBlock, add nothing to nothing, as do those of coefficients that the scale leaves out.
type places [256]place

// newPlaces combines quantisation, in zigzag order, and scale of a transform to
// blocks of size x size samples.
//
// The transform to 4x4 or 2x2 is that of the coefficients of low frequency alone. As
// the basis functions of n samples are those of 8 samples, stretched, this is a low-pass filter
// whose samples lie at the centres of the squares that they stand for.
func newPlaces(quant *[64]uint16, size int) places {
	var p places
	for i, natural := range zigzag {
		u, v := int(natural&7), int(natural>>3)
		if u >= size || v >= size {
			continue
		}
		scale := basis(u, size) * basis(v, size) / 8 * (1 << (fraction + extraFraction))
		p[i+1] = place{factor: uint32(math.Round(float64(quant[i]) * scale)), at: uint8(v*size + u)}
	}
	return p
}

// basis is the part of a basis function of frequency u that is taken out of the
// transform of n samples. All are 1 at u = 0; a DC coefficient is 8 times the mean.
//
//   - 8 samples: the scale of Arai, Agui and Nakajima, sqrt(2) cos(u pi/16);
//   - 4 samples: likewise, sqrt(2) cos(u pi/8), but 1 at u = 2;
//   - 2 samples: sqrt(2) cos(pi/4) = 1.
func basis(u, n int) float64 {
	if u == 0 {
		return 1
	}
	return math.Sqrt2 * math.Cos(float64(u)*math.Pi/float64(2*n))
}

// needed is the number of coefficients, in zigzag order, after which none is
// needed for blocks of a size.
func needed(size int) uint {
	switch size {
	case 8:
		return 64
	case 4:
		return 25
	case 2:
		return 5
	}
	return 1
}
