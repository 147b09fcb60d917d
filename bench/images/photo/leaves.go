package photo

import (
	"math"
	"math/bits"
	"math/rand/v2"
)

// finest is the smallest cell, in pixels: its leaves are 3 to 5 pixels across,
// the least that a lens resolves.
const finest = 4

// leaf is an opaque ellipse or rectangle, turned, of one colour with shading.
type leaf struct {
	x, y     float64 // centre
	a, b     float64 // half axes
	cos, sin float64
	box      bool
	luma     float64
	cb, cr   float64
	shadeX   float64 // luma per pixel
	shadeY   float64
	opacity  float32
	rest     float32 // 1 - opacity
}

// paint lays down the leaves that touch the strip, octave by octave from the
// largest. There is one to a cell of each octave's grid, somewhere in the cell, or
// none: a leaf follows from its cell, so each strip finds the same ones.
func (s *strip) paint(seed uint64, w, h int) {
	coarsest := 1 << (bits.Len(uint(max(w, h, 4*finest))) - 2)
	for i := range s.y {
		s.y[i], s.cb[i], s.cr[i] = 118, 124, 131
	}
	for cell := coarsest; cell >= finest; cell /= 2 {
		reach := cell // no leaf is longer than this from its centre
		for cy := floorDiv(s.top-1-reach, cell); cy <= (s.end+1+reach)/cell; cy++ {
			for cx := -1; cx <= w/cell+1; cx++ {
				if l, ok := newLeaf(seed, cell, cx, cy, coarsest); ok {
					s.draw(l)
				}
			}
		}
	}
}

// newLeaf returns a cell's leaf, if there is one.
func newLeaf(seed uint64, cell, cx, cy, coarsest int) (leaf, bool) {
	random := rand.New(rand.NewPCG(seed<<8|uint64(bits.Len(uint(cell))), uint64(uint32(cx))<<32|uint64(uint32(cy))))
	size := float64(cell)
	x, y := (float64(cx)+random.Float64())*size, (float64(cy)+random.Float64())*size
	// Large leaves are everywhere; of small ones, some parts have many, others none.
	share := 0.9
	if 8*cell < coarsest {
		share = 0.75 * detail(seed, x/float64(coarsest)*2.5, y/float64(coarsest)*2.5)
	}
	if random.Float64() >= share {
		return leaf{}, false
	}
	angle := random.Float64() * math.Pi
	l := leaf{
		x: x, y: y, a: size * (0.35 + 0.6*random.Float64()), b: size * (0.25 + 0.3*random.Float64()),
		cos: math.Cos(angle), sin: math.Sin(angle), box: random.Float64() < 0.4,
	}
	if l.box { // its corner reaches farther than its sides
		l.a, l.b = l.a*0.8, l.b*0.8
	}
	l.luma = min(240, max(14, 112+52*random.NormFloat64()))
	l.cb, l.cr = 126+9*random.NormFloat64(), 130+9*random.NormFloat64()
	l.shadeX, l.shadeY = random.NormFloat64()*14/size, random.NormFloat64()*14/size
	// Small things differ less from what they are on than large ones: bark from its
	// tree less than the tree from the sky.
	l.opacity = float32(min(1, 0.16+0.12*math.Log2(size/finest)))
	l.rest = 1 - l.opacity
	return l, true
}

// draw lays one leaf over the strip, row by row.
func (s *strip) draw(l leaf) {
	reach := math.Hypot(l.a, l.b)
	if !l.box {
		reach = max(l.a, l.b)
	}
	first, last := max(s.top-1, int(l.y-reach)), min(s.end, int(l.y+reach)+1)
	for y := first; y <= last; y++ {
		from, to := l.span(float64(y) - l.y)
		x0, x1 := max(0, int(math.Ceil(l.x+from))), min(s.w-1, int(math.Floor(l.x+to)))
		if x0 > x1 {
			continue
		}
		at := s.row(y)
		luma := float32(l.luma+l.shadeY*(float64(y)-l.y)+l.shadeX*(float64(x0)-l.x)) * l.opacity
		step := float32(l.shadeX) * l.opacity
		cb, cr := float32(l.cb)*l.opacity, float32(l.cr)*l.opacity
		ys, cbs, crs := s.y[at+x0:at+x1+1], s.cb[at+x0:at+x1+1], s.cr[at+x0:at+x1+1]
		for i := range ys {
			ys[i] = ys[i]*l.rest + luma
			cbs[i] = cbs[i]*l.rest + cb
			crs[i] = crs[i]*l.rest + cr
			luma += step
		}
	}
}

// span returns the part of the row dy below the centre that is inside,
// relative to the centre. from > to: none.
func (l leaf) span(dy float64) (from, to float64) {
	if l.box { // between two pairs of parallel lines
		a0, a1 := slab(l.cos, dy*l.sin, l.a)
		b0, b1 := slab(-l.sin, dy*l.cos, l.b)
		return max(a0, b0), min(a1, b1)
	}
	// (u/a)^2 + (v/b)^2 <= 1 with u, v the turned dx, dy: a quadratic in dx.
	aa, bb := l.a*l.a, l.b*l.b
	p := l.cos*l.cos/aa + l.sin*l.sin/bb
	q := dy * l.cos * l.sin * (1/aa - 1/bb)
	r := dy*dy*(l.sin*l.sin/aa+l.cos*l.cos/bb) - 1
	d := q*q - p*r
	if d < 0 {
		return 1, 0
	}
	root := math.Sqrt(d)
	return (-q - root) / p, (-q + root) / p
}

// slab returns where |slope*dx + offset| <= half.
func slab(slope, offset, half float64) (from, to float64) {
	if math.Abs(slope) < 1e-9 {
		if math.Abs(offset) > half {
			return 1, 0
		}
		return math.Inf(-1), math.Inf(1)
	}
	from, to = (-half-offset)/slope, (half-offset)/slope
	return min(from, to), max(from, to)
}

// detail is 0 where the picture is smooth and 1 where it is busy, in parts about
// as wide as one unit of x and y: a smooth lattice, made steeper.
func detail(seed uint64, x, y float64) float64 {
	fx, fy := math.Floor(x), math.Floor(y)
	corner := func(dx, dy float64) float64 {
		return rand.New(rand.NewPCG(seed, uint64(uint32(int32(fx+dx)))<<32|uint64(uint32(int32(fy+dy))))).Float64()
	}
	sx, sy := smooth(x-fx), smooth(y-fy)
	top := corner(0, 0)*(1-sx) + corner(1, 0)*sx
	bottom := corner(0, 1)*(1-sx) + corner(1, 1)*sx
	v := top*(1-sy) + bottom*sy
	return smooth(min(1, max(0, (v-0.25)*2)))
}

func smooth(v float64) float64 { return v * v * (3 - 2*v) }

func floorDiv(a, b int) int {
	if a < 0 {
		return -((-a + b - 1) / b)
	}
	return a / b
}
