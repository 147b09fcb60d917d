package resample

import "fmt"

// Layout says what the bytes of a plane are.
type Layout uint8

const (
	// Single is one channel: a byte for each sample.
	Single Layout = iota + 1
	// Quad is four interleaved channels that have nothing to do with each other.
	Quad
	// Premultiplied is RGBA with colour multiplied by alpha. It is Quad, and
	// then colour is limited to alpha: kernels with negative lobes overshoot at
	// hard edges of transparency, which leaves no valid colour and is seen as a bright fringe.
	Premultiplied
)

// Channels returns the bytes of a pixel: 1, 4, or 0 for no layout of this package.
func (l Layout) Channels() int {
	switch l {
	case Single:
		return 1
	case Quad, Premultiplied:
		return 4
	}
	return 0
}

// Single planes go through the horizontal pass in groups of this many rows, which
// fill the lanes of a pair; a row of four channels does that alone.
const group = 4

// Resizer resamples one plane, whose rows are pushed into it, into another. It is
// not for concurrent use.
type Resizer struct {
	dst    []byte
	stride int
	layout Layout
	h, v   *Axis

	pushed  int // source rows seen
	entered int // the source row that enters the ring next
	next    int // the output row that is made next

	columns columns  // source columns of a group or row, from h.start() on
	grouped int      // rows of the group in columns
	wide    []pair   // a group after the horizontal pass
	ring    [][]pair // rows after the horizontal pass: source row y at y modulo its length
	sums    []pair   // an output row in the making
}

// New returns a resizer into dst, whose rows are stride bytes apart: v's outputs
// rows of h's outputs pixels. It refuses a dst that is too small.
func New(dst []byte, stride int, layout Layout, h, v *Axis) (*Resizer, error) {
	if layout.Channels() == 0 {
		return nil, fmt.Errorf("resampling: layout %d is unknown", layout)
	}
	if err := checkPlane(dst, stride, layout, h.outputs, v.outputs); err != nil {
		return nil, fmt.Errorf("resampling: the destination: %w", err)
	}
	r := &Resizer{dst: dst, stride: stride, layout: layout, h: h, v: v, entered: v.start()}
	if h.copied && v.copied {
		return r, nil
	}
	width := (h.outputs*layout.Channels() + 3) / 4
	slots := v.taps
	if !h.copied {
		span := h.end() - h.start()
		r.columns = columns{make([]uint64, span), make([]uint64, span)}
		if layout == Single {
			slots += group - 1
			r.wide = make([]pair, 4*width)
		}
	}
	rows := make([]pair, (slots+1)*width)
	r.ring = make([][]pair, slots)
	for i := range r.ring {
		r.ring[i] = rows[i*width : (i+1)*width : (i+1)*width]
	}
	r.sums = rows[slots*width:]
	return r, nil
}

// checkPlane says whether pix has width x height pixels.
func checkPlane(pix []byte, stride int, layout Layout, width, height int) error {
	row := layout.Channels() * width
	if need := int64(height-1)*int64(stride) + int64(row); stride < row || int64(len(pix)) < need {
		return fmt.Errorf("%dx%d pixels of %d bytes in rows of %d need more than %d bytes",
			width, height, layout.Channels(), stride, len(pix))
	}
	return nil
}

// Done says whether all of the output is made; rows pushed after that are ignored.
func (r *Resizer) Done() bool { return r.next == r.v.outputs }

// Push takes the next rows of the source, stride bytes apart, from row 0 of the
// plane on, each as wide as h's samples. Rows that no output needs cost nothing. An
// output row is made as soon as the last source row that it needs has come; for
// Single, as soon as that row's group of four has. pix may be reused after the call.
//
// It refuses rows that pix does not hold, and has then taken none.
func (r *Resizer) Push(pix []byte, stride, rows int) error {
	if rows <= 0 {
		return nil
	}
	if err := checkPlane(pix, stride, r.layout, r.h.samples, rows); err != nil {
		return fmt.Errorf("resampling row %d: %w", r.pushed, err)
	}
	skipped := min(max(r.v.start()-r.pushed, 0), rows)
	r.pushed += rows
	for i := skipped; i < rows && !r.Done(); {
		i += r.take(pix[i*stride:], stride, rows-i)
		r.emit()
	}
	return nil
}

// take brings one or more of the rows into the ring or into columns, and returns how many.
func (r *Resizer) take(pix []byte, stride, rows int) int {
	channels := r.layout.Channels()
	start, end := r.h.start()*channels, r.h.end()*channels
	if r.layout == Single && !r.h.copied {
		taken := 1
		if r.grouped == 0 && rows >= group {
			interleave(r.columns, pix[start:], pix[stride+start:], pix[2*stride+start:], pix[3*stride+start:])
			taken = group
		} else {
			interleaveOne(r.columns, pix[start:], r.grouped)
		}
		r.grouped += taken
		if r.grouped == group || r.entered+r.grouped == r.v.end() {
			(&horizontal{r.wide[:r.h.outputs], r.columns, r.h}).run()
			separate(r.slot(r.entered), r.slot(r.entered+1), r.slot(r.entered+2), r.slot(r.entered+3), r.wide)
			r.entered += r.grouped
			r.grouped = 0
		}
		return taken
	}
	switch {
	case r.h.copied && r.v.copied:
		copy(r.dst[r.next*r.stride:], pix[start:end])
		r.next++
	case r.h.copied:
		expandRow(r.slot(r.entered), pix[start:end])
	default:
		expandPixels(r.columns, pix[start:end])
		(&horizontal{r.slot(r.entered), r.columns, r.h}).run()
	}
	r.entered++
	return 1
}

// slot returns the place of a source row in the ring.
func (r *Resizer) slot(row int) []pair { return r.ring[row%len(r.ring)] }

// emit makes the output rows whose source rows have all entered.
func (r *Resizer) emit() {
	for ; r.next < r.v.outputs; r.next++ {
		first := int(r.v.first[r.next])
		if first+r.v.taps > r.entered {
			return
		}
		row := r.dst[r.next*r.stride:][:r.h.outputs*r.layout.Channels()]
		r.sum(first, r.v.weights[r.next*r.v.taps:][:r.v.taps])
		r.settle(r.sums)
		write(row, r.sums)
		if r.layout == Premultiplied {
			clampToAlpha(row)
		}
	}
}

// sum sets sums to the weighted sum of the rows from first on.
func (r *Resizer) sum(first int, weights []uint64) {
	for k := 0; k < len(weights); k += 4 {
		var w [4]uint64
		rows := [4][]pair{r.sums, r.sums, r.sums, r.sums} // any, where w stays 0
		n := copy(w[:], weights[k:])
		for j := range n {
			rows[j] = r.slot(first + k + j)
		}
		switch {
		case k == 0:
			begin(r.v.bias, r.sums, rows[0], rows[1], rows[2], rows[3], w)
		case n > 2:
			addFour(r.sums, rows[0], rows[1], rows[2], rows[3], w)
		default:
			for j := range n {
				addOne(r.sums, rows[j], w[j])
			}
		}
	}
}
