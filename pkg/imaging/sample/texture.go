package sample

// texture is value noise: octaves of random lattices, each of half the cell and
// half the strength of the one before, in whole numbers so that all machines agree. Values lie
// within about -64 to 64.
type texture struct {
	width    int
	seed     uint32
	coarsest int // the largest cell, a power of two, in pixels
	finest   int
	sum      []int
	lattice  []int
}

func newTexture(width int, seed uint32, coarsest, finest int) *texture {
	return &texture{
		width: width, seed: seed, coarsest: coarsest, finest: finest,
		sum: make([]int, width), lattice: make([]int, width/finest+2),
	}
}

// row returns the values of row y; they hold until the next call.
func (t *texture) row(y int) []int {
	clear(t.sum)
	const one = 256 // fixed point
	for cell, strength, octave := t.coarsest, 32, uint32(0); cell >= t.finest; cell, strength, octave = cell/2, strength/2+2, octave+1 {
		across := t.lattice[:t.width/cell+2]
		down := smooth(y%cell*one/cell, one)
		for i := range across {
			top, bottom := lattice(i, y/cell, t.seed+octave*977), lattice(i, y/cell+1, t.seed+octave*977)
			across[i] = (top*(one-down) + bottom*down) * strength / (128 * one)
		}
		for x := range t.sum {
			right := smooth(x%cell*one/cell, one)
			t.sum[x] += (across[x/cell]*(one-right) + across[x/cell+1]*right) / one
		}
	}
	return t.sum
}

// smooth is 3v^2 - 2v^3, for v in 0 to one.
func smooth(v, one int) int { return v * v * (3*one - 2*v) / (one * one) }

// lattice is a random value in -128 to 127.
func lattice(x, y int, seed uint32) int { return int(hash(x, y, seed)>>24) - 128 }

// hash mixes a position and a seed (the finaliser of MurmurHash3).
func hash(x, y int, seed uint32) uint32 {
	v := uint32(x)*0x9e3779b1 ^ uint32(y)*0x85ebca77 ^ seed*0xc2b2ae3d
	v = (v ^ v>>16) * 0x85ebca6b
	v = (v ^ v>>13) * 0xc2b2ae35
	return v ^ v>>16
}

// shape is an ellipse or a box of one colour: a hard edge.
type shape struct {
	x, y, rx, ry int
	r, g, b      int
	box          bool
}

func (s shape) holds(x, y int) bool {
	dx, dy := x-s.x, y-s.y
	if dx < -s.rx || dx > s.rx || dy < -s.ry || dy > s.ry {
		return false
	}
	return s.box || dx*dx*s.ry*s.ry+dy*dy*s.rx*s.rx <= s.rx*s.rx*s.ry*s.ry
}

// scatter returns a few shapes of sizes in proportion to the picture.
func scatter(w, h int, seed uint32) []shape {
	shapes := make([]shape, 8)
	for i := range shapes {
		value := func(n, below int) int { return int(hash(i, n, seed+99)>>8) % max(1, below) }
		shapes[i] = shape{
			x: value(0, w), y: value(1, h), rx: w/40 + value(2, w/6), ry: h/40 + value(3, h/6),
			r: value(4, 256), g: value(5, 256), b: value(6, 256), box: i%3 == 0,
		}
	}
	return shapes
}
