package colour

import (
	"fmt"
	"math"
	"sync"
)

// matrix converts by curves and a matrix (ICC.1:2022, F.3). Both are in one
// table: as the matrix is linear, the linear sRGB value of a pixel is the sum of what
// each channel contributes, and what is left is the sum of three vectors per pixel.
type matrix struct {
	// parts[c][v] is what the value v of channel c contributes to the linear red, green
	// and blue, at linearOne for 1. The fourth is padding, for an index that is a shift.
	parts   [3][256][4]int32
	encoded *encoding
}

const (
	encodingBits = 14 // steps of linear light: one is at most 0.2 of an 8-bit level
	linearBits   = 20
	linearOne    = 1 << linearBits
	linearShift  = linearBits - encodingBits
	// A contribution beyond this many times white is a damaged profile's. The sum of three
	// fits an int32.
	maxPart = 500
)

// encoding maps linear light, 0 to 1 in 2^encodingBits steps, to an sRGB level.
type encoding [1<<encodingBits + 1]uint8

var sRGBEncoding = sync.OnceValue(func() *encoding {
	var e encoding
	for i := range e {
		e[i] = uint8(math.Round(255 * encodeSRGB(float64(i)/(1<<encodingBits))))
	}
	return &e
})

// encodeSRGB is the transfer function of IEC 61966-2-1.
func encodeSRGB(linear float64) float64 {
	if linear <= 0.0031308 {
		return 12.92 * linear
	}
	return 1.055*math.Pow(linear, 1/2.4) - 0.055
}

// matrix reads the curves and the colorants.
func (c container) matrix() (*matrix, error) {
	if c.connection() != "XYZ " {
		return nil, fmt.Errorf("it has curves and the connection space %q", c.connection())
	}
	inverse := xyzToLinear()
	m := &matrix{encoded: sRGBEncoding()}
	for channel, name := range []string{"r", "g", "b"} {
		f, err := c.curve(name + "TRC")
		if err != nil {
			return nil, err
		}
		xyz, err := c.colorant(name + "XYZ")
		if err != nil {
			return nil, err
		}
		for i, row := range inverse {
			full := row[0]*xyz[0] + row[1]*xyz[1] + row[2]*xyz[2]
			if math.Abs(full) > maxPart {
				return nil, fmt.Errorf("its %sXYZ is no colour", name)
			}
			for v := range 256 {
				m.parts[channel][v][i] = int32(math.Round(full * f(float64(v)/255) * linearOne))
			}
		}
	}
	return m, nil
}

// grey reads a grey profile's curve. It gives the luminance, or the lightness if the
// connection space is Lab (ICC.1:2022, 8.3.4).
func (c container) grey() (*[256]byte, error) {
	f, err := c.curve("kTRC")
	if err != nil {
		return nil, err
	}
	lightness := false
	switch c.connection() {
	case "XYZ ":
	case "Lab ":
		lightness = true
	default:
		return nil, fmt.Errorf("its connection space is %q", c.connection())
	}
	var levels [256]byte
	for v := range levels {
		y := f(float64(v) / 255)
		if lightness {
			y = luminance(100 * y)
		}
		levels[v] = uint8(math.Round(255 * encodeSRGB(y)))
	}
	return &levels, nil
}

// luminance inverts CIE lightness (CIE 15:2004, 8.2.1).
func luminance(lightness float64) float64 {
	const kappa = 24389. / 27
	if lightness <= 8 {
		return lightness / kappa
	}
	return math.Pow((lightness+16)/116, 3)
}

// The colorants of sRGB as in its own profile, adapted to D50, in s15Fixed16: sRGB is
// converted to itself exactly.
var (
	sRGBRed   = [3]uint32{0x6fa2, 0x38f5, 0x0390}
	sRGBGreen = [3]uint32{0x6299, 0xb785, 0x18da}
	sRGBBlue  = [3]uint32{0x24a0, 0x0f84, 0xb6cf}
)

// xyzToLinear inverts the matrix of sRGB's colorants (Cramer's rule).
func xyzToLinear() [3][3]float64 {
	var m [3][3]float64
	for c, colorant := range [][3]uint32{sRGBRed, sRGBGreen, sRGBBlue} {
		for i, v := range colorant {
			m[i][c] = float64(v) / (1 << 16)
		}
	}
	minor := func(r, c int) float64 {
		r1, r2, c1, c2 := (r+1)%3, (r+2)%3, (c+1)%3, (c+2)%3
		return m[r1][c1]*m[r2][c2] - m[r1][c2]*m[r2][c1]
	}
	determinant := m[0][0]*minor(0, 0) + m[0][1]*minor(0, 1) + m[0][2]*minor(0, 2)
	var inverse [3][3]float64
	for r := range 3 {
		for c := range 3 {
			inverse[c][r] = minor(r, c) / determinant
		}
	}
	return inverse
}

// convert converts pixels of 4 bytes in place and leaves every fourth byte alone.
func (m *matrix) convert(pix []byte) {
	e := m.encoded
	const half = 1 << (linearShift - 1)
	for len(pix) >= 4 {
		p := (*[4]byte)(pix)
		r, g, b := &m.parts[0][p[0]], &m.parts[1][p[1]], &m.parts[2][p[2]]
		p[0] = e[level(r[0]+g[0]+b[0]+half)]
		p[1] = e[level(r[1]+g[1]+b[1]+half)]
		p[2] = e[level(r[2]+g[2]+b[2]+half)]
		pix = pix[4:]
	}
}

// level clips a sum to the encoding's index.
func level(sum int32) int {
	return int(min(max(sum>>linearShift, 0), 1<<encodingBits))
}
