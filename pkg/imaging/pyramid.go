package imaging

import (
	"encoding/binary"

	"github.com/pixline/pixline/pkg/imaging/internal/jpeg"
)

// sink takes the rows of a plane, from the first on.
type sink interface {
	Push(pix []byte, stride, rows int) error
}

// planeSinks returns what reduces a decoded plane for all jobs: a resizer for each,
// behind as many halvers as its scale allows.
func (f *opened) planeSinks(plane int, p jpeg.Plane, jobs []*job) ([]sink, error) {
	type level struct {
		width, height int
		spanX, spanY  float64
		sinks         []sink
	}
	levels := []level{{p.Width, p.Height, p.SpanX, p.SpanY, nil}}
	w, _ := f.info.stored()
	share, _ := f.share(plane)
	decoded := float64(w) * share / p.SpanX // by how much the decoder has reduced it
	for _, j := range jobs {
		n := 0
		for reduction := f.reduction(j, plane) / decoded; n < maxHalvings && reduction >= float64(int(2)<<n)*leaveToKernel; n++ {
			if last := levels[n]; n+1 == len(levels) {
				levels = append(levels, level{(last.width + 1) / 2, (last.height + 1) / 2, last.spanX / 2, last.spanY / 2, nil})
			}
		}
		l := &levels[n]
		r, err := j.resizer(plane, l.width, l.height, l.spanX, l.spanY)
		if err != nil {
			return nil, err
		}
		l.sinks = append(l.sinks, r)
	}
	for n := len(levels) - 1; n > 0; n-- {
		h := newHalver(levels[n-1].width, levels[n-1].height)
		h.sinks = levels[n].sinks
		levels[n-1].sinks = append(levels[n-1].sinks, h)
	}
	return levels[0].sinks, nil
}

// maxHalvings is how often a plane is halved at most after decoding.
const maxHalvings = 3

// halver averages squares of 2x2 samples of a plane of one channel and passes
// the halved plane on to sinks. Renditions that are much smaller than the largest
// share one: their kernels then read a quarter of the samples.
type halver struct {
	width, height int // of the plane that comes in
	seen          int
	odd           []byte // the last row, if its pair is still to come
	half          []byte
	sinks         []sink
}

func newHalver(width, height int) *halver {
	return &halver{width: width, height: height, odd: make([]byte, width), half: make([]byte, (width+1)/2)}
}

// Push does not keep pix.
func (h *halver) Push(pix []byte, stride, rows int) error {
	for y := 0; y < rows; {
		row := pix[y*stride:][:h.width]
		pair := row // where the height is odd, the last row is its own pair
		switch {
		case h.seen%2 == 1:
			row, pair = h.odd, row
			h.seen, y = h.seen+1, y+1
		case y+1 < rows:
			pair = pix[(y+1)*stride:][:h.width]
			h.seen, y = h.seen+2, y+2
		default:
			h.seen, y = h.seen+1, y+1
			if h.seen < h.height {
				copy(h.odd, row)
				continue
			}
		}
		halve(h.half, row, pair)
		for _, s := range h.sinks {
			if err := s.Push(h.half, len(h.half), 1); err != nil {
				return err
			}
		}
	}
	return nil
}

// halve sets each sample of dst to the mean of two samples of a and of b, rounded half
// up. Where their length is odd, the last one is its own pair.
func halve(dst, a, b []byte) {
	// Eight samples at once, in four lanes of 16 bits.
	const lanes, rounding = 0x00ff00ff00ff00ff, 0x0002000200020002
	for len(a) >= 8 && len(b) >= 8 && len(dst) >= 4 {
		x, y := binary.LittleEndian.Uint64(a), binary.LittleEndian.Uint64(b)
		sum := x&lanes + x>>8&lanes + y&lanes + y>>8&lanes + rounding
		sum = sum >> 2 & lanes
		sum |= sum >> 8 // bytes 0, 1, 4, 5
		dst[0], dst[1], dst[2], dst[3] = byte(sum), byte(sum>>8), byte(sum>>32), byte(sum>>40)
		a, b, dst = a[8:], b[8:], dst[4:]
	}
	for i := range dst {
		j := min(2*i+1, len(a)-1)
		dst[i] = byte((int(a[2*i]) + int(a[j]) + int(b[2*i]) + int(b[j]) + 2) >> 2)
	}
}
