package colour

import (
	"encoding/binary"
	"math"
	"slices"
)

type vector [3]float64

type square [3]vector

func (m square) times(v vector) (out vector) {
	for i, row := range m {
		out[i] = row[0]*v[0] + row[1]*v[1] + row[2]*v[2]
	}
	return out
}

func (m square) after(n square) (out square) {
	for i := range 3 {
		for j := range 3 {
			for k := range 3 {
				out[i][j] += m[i][k] * n[k][j]
			}
		}
	}
	return out
}

// inverse is by Gauss and Jordan, to be another way than the package's.
func (m square) inverse() square {
	out := square{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
	for i := range 3 {
		pivot := i
		for r := i; r < 3; r++ {
			if math.Abs(m[r][i]) > math.Abs(m[pivot][i]) {
				pivot = r
			}
		}
		m[i], m[pivot], out[i], out[pivot] = m[pivot], m[i], out[pivot], out[i]
		for r := range 3 {
			factor := m[r][i] / m[i][i]
			for c := range 3 {
				if r == i {
					continue
				}
				m[r][c] -= factor * m[i][c]
				out[r][c] -= factor * out[i][c]
			}
		}
	}
	for r := range 3 {
		for c := range 3 {
			out[r][c] /= m[r][r]
		}
	}
	return out
}

func xyzOf(x, y float64) vector { return vector{x / y, 1, (1 - x - y) / y} }

// The illuminants as the specifications of the spaces give them, and D50 as in ICC.1.
var (
	d65 = xyzOf(0.3127, 0.3290)
	d50 = vector{0.9642, 1, 0.8249}
)

// space is an RGB space by its published numbers.
type space struct {
	primaries [3][2]float64
	white     vector
	decode    func(float64) float64
}

func decodeSRGB(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

var (
	sRGB = space{[3][2]float64{{0.64, 0.33}, {0.30, 0.60}, {0.15, 0.06}}, d65, decodeSRGB} // IEC 61966-2-1
	// SMPTE EG 432-1 with the white and the curve of sRGB (Apple's Display P3).
	displayP3 = space{[3][2]float64{{0.680, 0.320}, {0.265, 0.690}, {0.150, 0.060}}, d65, decodeSRGB}
	adobeRGB  = space{
		[3][2]float64{{0.64, 0.33}, {0.21, 0.71}, {0.15, 0.06}},
		d65,
		func(v float64) float64 { return math.Pow(v, 563./256) }, // Adobe RGB (1998), 4.3.1.2
	}
	proPhoto = space{
		[3][2]float64{{0.7347, 0.2653}, {0.1596, 0.8404}, {0.0366, 0.0001}}, d50, // ISO 22028-2 (ROMM)
		func(v float64) float64 {
			if v < 16./512 {
				return v / 16
			}
			return math.Pow(v, 1.8)
		},
	}
)

// toXYZ is the matrix from linear RGB to XYZ under the space's own white.
func (s space) toXYZ() square {
	var m square
	for c, p := range s.primaries {
		for i, v := range xyzOf(p[0], p[1]) {
			m[i][c] = v
		}
	}
	scale := m.inverse().times(s.white)
	for i := range m {
		for c := range 3 {
			m[i][c] *= scale[c]
		}
	}
	return m
}

// bradford adapts XYZ from one white to another (ICC.1:2022, annex E).
func bradford(from, to vector) square {
	cones := square{{0.8951, 0.2664, -0.1614}, {-0.7502, 1.7135, 0.0367}, {0.0389, -0.0685, 1.0296}}
	a, b := cones.times(from), cones.times(to)
	return cones.inverse().after(square{{b[0] / a[0], 0, 0}, {0, b[1] / a[1], 0}, {0, 0, b[2] / a[2]}}).after(cones)
}

// expected converts one pixel in float64 without any profile.
func (s space) expected(r, g, b byte) [3]float64 {
	linear := vector{s.decode(float64(r) / 255), s.decode(float64(g) / 255), s.decode(float64(b) / 255)}
	return encoded(sRGB.toXYZ().inverse().after(bradford(s.white, d65)).after(s.toXYZ()).times(linear))
}

func encoded(linear vector) (out [3]float64) {
	for i, v := range linear {
		v = min(max(v, 0), 1)
		if v <= 0.0031308 {
			out[i] = 255 * 12.92 * v
		} else {
			out[i] = 255 * (1.055*math.Pow(v, 1/2.4) - 0.055)
		}
	}
	return out
}

type tag struct {
	name string
	data []byte
}

// iccProfile writes a profile file.
func iccProfile(version byte, class, space, pcs string, tags ...tag) []byte {
	out := make([]byte, 128)
	out[8] = version
	copy(out[12:], class)
	copy(out[16:], space)
	copy(out[20:], pcs)
	copy(out[36:], "acsp")
	copy(out[68:], numbers(d50[:]...))
	out = binary.BigEndian.AppendUint32(out, uint32(len(tags)))
	at := len(out) + 12*len(tags)
	for _, t := range tags {
		out = append(out, t.name...)
		out = binary.BigEndian.AppendUint32(out, uint32(at))
		out = binary.BigEndian.AppendUint32(out, uint32(len(t.data)))
		at += len(t.data)
	}
	for _, t := range tags {
		out = append(out, t.data...)
	}
	binary.BigEndian.PutUint32(out, uint32(len(out)))
	return out
}

// numbers writes s15Fixed16Numbers.
func numbers(values ...float64) (out []byte) {
	for _, v := range values {
		out = binary.BigEndian.AppendUint32(out, uint32(int32(math.Round(v*65536))))
	}
	return out
}

func sampledCurve(points int, f func(float64) float64) []byte {
	out := binary.BigEndian.AppendUint32([]byte("curv\x00\x00\x00\x00"), uint32(points))
	for i := range points {
		out = binary.BigEndian.AppendUint16(out, uint16(math.Round(65535*f(float64(i)/float64(points-1)))))
	}
	return out
}

func gammaCurve(gamma float64) []byte {
	return append([]byte("curv\x00\x00\x00\x00\x00\x00\x00\x01"), byte(int(gamma*256)>>8), byte(gamma*256))
}

func parametricCurve(kind byte, parameters ...float64) []byte {
	return append([]byte{'p', 'a', 'r', 'a', 0, 0, 0, 0, 0, kind, 0, 0}, numbers(parameters...)...)
}

// matrixProfile describes a space by its colorants and one curve for all channels.
func matrixProfile(s space, version byte, curve []byte) []byte {
	m := bradford(s.white, d50).after(s.toXYZ())
	var tags []tag
	for c, name := range []string{"rXYZ", "gXYZ", "bXYZ"} {
		tags = append(tags, tag{name, append([]byte("XYZ \x00\x00\x00\x00"), numbers(m[0][c], m[1][c], m[2][c])...)})
	}
	for _, name := range []string{"rTRC", "gTRC", "bTRC"} {
		tags = append(tags, tag{name, curve})
	}
	return iccProfile(version, "mntr", "RGB ", "XYZ ", tags...)
}

// ink is a model of a press: each ink lets a part of the light through, the inks
// multiply. It returns linear sRGB; black is what is left under full ink.
func ink(c, m, y, k, black float64) vector {
	through := func(light [3]float64, amount float64, v *vector) {
		for i := range v {
			v[i] *= 1 - amount*(1-light[i])
		}
	}
	v := vector{0.95, 0.93, 0.90} // paper
	through([3]float64{0.10, 0.45, 0.75}, c, &v)
	through([3]float64{0.70, 0.10, 0.35}, m, &v)
	through([3]float64{0.85, 0.75, 0.10}, y, &v)
	through([3]float64{0, 0, 0}, k, &v)
	for i := range v {
		v[i] = black + (1-black)*v[i]
	}
	return v
}

// cmykProfile holds the model as a lut16 (version 2, Lab) or lut8 table.
func cmykProfile(side int, wide bool, black float64) []byte {
	toD50 := bradford(d65, d50).after(sRGB.toXYZ())
	name, ramp := "mft1", 256
	if wide {
		name, ramp = "mft2", 2
	}
	out := append([]byte(name), 0, 0, 0, 0, 4, 3, byte(side), 0)
	out = append(out, numbers(1, 0, 0, 0, 1, 0, 0, 0, 1)...)
	if wide {
		out = append(out, 0, byte(ramp), 0, byte(ramp))
	}
	number := func(v float64) { // 0 to 1 of the encoding
		if wide {
			out = binary.BigEndian.AppendUint16(out, uint16(math.Round(v*65535)))
		} else {
			out = append(out, byte(math.Round(v*255)))
		}
	}
	ramps := func(n int) {
		for range n {
			for i := range ramp {
				number(float64(i) / float64(ramp-1))
			}
		}
	}
	ramps(4)
	for i := range side * side * side * side {
		at := func(stride int) float64 { return float64(i/stride%side) / float64(side-1) }
		lab := labOf(toD50.times(ink(at(side*side*side), at(side*side), at(side), at(1), black)))
		if wide { // ICC.1:2022, 10.10: 0xff00 is L* = 100, 0x8000 is 0
			number(lab[0] / 100 * 65280 / 65535)
			number((lab[1] + 128) * 256 / 65535)
			number((lab[2] + 128) * 256 / 65535)
		} else {
			number(lab[0] / 100)
			number((lab[1] + 128) / 255)
			number((lab[2] + 128) / 255)
		}
	}
	ramps(3)
	return iccProfile(2, "prtr", "CMYK", "Lab ", tag{"A2B0", out})
}

func labOf(xyz vector) vector {
	f := func(t float64) float64 {
		if t > 216./24389 {
			return math.Cbrt(t)
		}
		return (24389./27*t + 16) / 116
	}
	x, y, z := f(xyz[0]/d50[0]), f(xyz[1]/d50[1]), f(xyz[2]/d50[2])
	return vector{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

// fixtures are one profile of each kind.
func fixtures() [][]byte {
	return [][]byte{
		matrixProfile(displayP3, 4, sRGBParametric),
		matrixProfile(proPhoto, 2, sampledCurve(64, proPhoto.decode)),
		iccProfile(2, "mntr", "GRAY", "XYZ ", tag{"kTRC", gammaCurve(1.8)}),
		cmykProfile(3, true, 0.01),
		cmykProfile(3, false, 0.01),
		iccProfile(4, "mntr", "RGB ", "XYZ ", tag{"A2B0", modularTable()}),
	}
}

var sRGBParametric = parametricCurve(3, 2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045)

// modularTable is sRGB as a lutAToB: curves on the device's side, a table of two
// points per side that is the matrix (which is linear), to XYZ.
func modularTable() []byte {
	out := append([]byte("mAB \x00\x00\x00\x00\x03\x03\x00\x00"), make([]byte, 20)...)
	at := func(i int) { binary.BigEndian.PutUint32(out[12+4*i:], uint32(len(out))) }
	at(0) // B curves
	out = append(out, slices.Repeat([]byte("curv\x00\x00\x00\x00\x00\x00\x00\x00"), 3)...)
	at(3) // table
	out = append(out, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0)
	m := bradford(d65, d50).after(sRGB.toXYZ())
	for i := range 8 {
		for _, v := range m.times(vector{float64(i >> 2 & 1), float64(i >> 1 & 1), float64(i & 1)}) {
			out = binary.BigEndian.AppendUint16(out, uint16(math.Round(v*32768)))
		}
	}
	at(4) // A curves
	out = append(out, slices.Repeat(sRGBParametric, 3)...)
	return out
}
