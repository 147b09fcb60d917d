package colour

import (
	"math"
	"sync"
)

// Points per side of the tables that stand for a profile's own. Against evaluating a
// press profile at random inks, 25 points are within 2 of 256 levels for 97 % of them and
// within 4 for 99.5 %; the worst is 13, near black and where colours leave sRGB. 17 points double
// the share of misses, 33 halve it and triple the memory (3 MB for 25).
const (
	rgbGrid  = 33
	cmykGrid = 25
)

// grid interpolates a function of 3 or 4 channels to sRGB between the points of
// a regular grid, along the simplex that holds a colour (tetrahedral interpolation: 4 or 5 points
// of a cell's 8 or 16). A point is evaluated when the first pixel
// needs it: a photo touches a few percent of the 390,625 points of CMYK.
type grid struct {
	channels int
	eval     func([4]float64) (r, g, b float64)
	side     int
	strides  [4]int
	cells    [4][256]cell

	mu    sync.Mutex // guards nodes; held for a whole call, as calls are few and long
	nodes []node
}

// cell is where one value of a channel lies: the index of the lower grid point, and
// how far it is to the next, 0 to 255.
type cell struct{ base, part int32 }

// node is a grid point's red, green and blue in levels times nodeScale, in three lanes of 21
// bits, so that one multiplication weighs all three: 255 * nodeScale * 255, the
// largest sum, is less than 2^21. The highest bit says that it was evaluated.
type node uint64

const (
	nodeScale = 32
	lane      = 21
	known     = node(1) << 63
)

func newGrid(side, channels int, eval func([4]float64) (r, g, b float64)) *grid {
	g := &grid{channels: channels, side: side, eval: eval}
	stride := 1
	for c := channels - 1; c >= 0; c-- {
		g.strides[c] = stride
		for v := range g.cells[c] {
			at := v * (side - 1)
			g.cells[c][v] = cell{int32(at / 255 * stride), int32(at % 255)}
		}
		g.cells[c][255] = cell{int32((side - 2) * stride), 255} // never beyond the last point
		stride *= side
	}
	g.nodes = make([]node, stride)
	return g
}

// defined evaluates the corners, where most kinds of damage show.
func (g *grid) defined() bool {
	for corner := range 1 << g.channels {
		var in [4]float64
		for c := range g.channels {
			in[c] = float64(corner >> c & 1)
		}
		if _, ok := g.sample(in); !ok {
			return false
		}
	}
	return true
}

// sample evaluates the profile at one colour, 0 to 1 per channel. What panics or is not
// a number is black.
func (g *grid) sample(in [4]float64) (n node, ok bool) {
	defer func() {
		if recover() != nil {
			n, ok = known, false
		}
	}()
	red, green, blue := g.eval(in)
	n = known
	for i, v := range [3]float64{red, green, blue} {
		if math.IsNaN(v) {
			return known, false
		}
		n |= node(math.Round(min(max(v, 0), 1)*255*nodeScale)) << (lane * i)
	}
	return n, true
}

// fill evaluates a grid point.
func (g *grid) fill(index int) node {
	var in [4]float64
	for c := range g.channels {
		in[c] = float64(index/g.strides[c]%g.side) / float64(g.side-1)
	}
	g.nodes[index], _ = g.sample(in)
	return g.nodes[index]
}

// at interpolates one colour: from the cell's lower corner one step along each
// channel, the channel with the largest part first.
func (g *grid) at(in *[4]byte) (red, green, blue byte) {
	// A key is a part (8 bits) and the stride of its channel.
	const strideBits = 24
	var keys [5]uint32 // the last is the end, 0
	index := 0
	for c := range g.channels {
		at := g.cells[c&3][in[c&3]]
		index += int(at.base)
		key := uint32(at.part)<<strideBits | uint32(g.strides[c&3])
		i := c & 3
		for ; i > 0 && keys[i-1] < key; i-- {
			keys[i] = keys[i-1]
		}
		keys[i] = key
	}
	const half = nodeScale * 255 / 2
	sum := node(half | half<<lane | half<<(2*lane))
	left := node(255)
	for _, key := range keys {
		part := node(key >> strideBits)
		if left > part { // else the point has no weight and need not be evaluated
			n := g.nodes[index]
			if n&known == 0 {
				n = g.fill(index)
			}
			sum += (left - part) * (n &^ known)
		}
		if part == 0 {
			break
		}
		left = part
		index += int(key & (1<<strideBits - 1))
	}
	const one, mask = 255 * nodeScale, 1<<lane - 1
	return byte(sum & mask / one), byte(sum >> lane & mask / one), byte(sum >> (2 * lane) & mask / one)
}

// convert converts pixels of 4 bytes from src to dst, which may be the same. The
// fourth byte of dst is 255 after CMYK and left alone after RGB.
func (g *grid) convert(dst, src []byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(src) >= 4 && len(dst) >= 4 {
		from, to := (*[4]byte)(src), (*[4]byte)(dst)
		to[0], to[1], to[2] = g.at(from)
		if g.channels == 4 {
			to[3] = 255
		}
		src, dst = src[4:], dst[4:]
	}
}
