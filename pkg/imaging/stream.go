package imaging

import (
	"cmp"
	"context"
	"errors"
	"io"
	"runtime"
	"time"

	"github.com/pixline/pixline/pkg/imaging/internal/jpeg"
)

// leaveToKernel is the reduction that the inverse transform of a JPEG leaves to the
// kernel, at least: what it drops is then mostly what the kernel would have dropped.
const leaveToKernel = 1.5

// streamJPEG decodes a JPEG and resizes its rows for all jobs as they come.
func (f *opened) streamJPEG(ctx context.Context, jobs []*job, times *Times) error {
	luma, chroma := f.denominators(jobs)
	decoder, err := jpeg.New(f.data, luma, chroma)
	if err != nil {
		return err
	}
	sinks := make([][]sink, 0, 4) // by plane
	for i, p := range decoder.Planes() {
		s, err := f.planeSinks(i, p, jobs)
		if err != nil {
			return &resizeError{err}
		}
		sinks = append(sinks, s)
	}
	return stream(ctx, decoder, times, func(b *jpeg.Band) error {
		for i, rows := range b.Planes {
			for _, s := range sinks[i] {
				if err := s.Push(rows.Pix, rows.Stride, rows.Rows); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// bandSource is a decoder of a file, band by band.
type bandSource[B any] interface {
	NewBand() *B
	// Next returns io.EOF after the last band.
	Next(*B) error
	// Interrupt sets what a Next that reads more than its band asks whether to go on.
	Interrupt(check func() error)
}

// stream reads a file to its end and resizes its bands. With more than one core, both run at
// the same time.
func stream[B any](ctx context.Context, source bandSource[B], times *Times, resize func(*B) error) error {
	timed := func(b *B) error {
		start := time.Now()
		defer func() { times.Resize += time.Since(start) }()
		if err := resize(b); err != nil {
			return &resizeError{err}
		}
		return nil
	}
	source.Interrupt(ctx.Err)
	bands := &bandReader[B]{ctx: ctx, source: source}
	var err error
	if runtime.GOMAXPROCS(0) == 1 {
		err = bands.inTurn(timed)
	} else {
		err = bands.ahead(timed)
	}
	times.Decode += bands.busy
	return err
}

// bandReader reads a file to its end.
type bandReader[B any] struct {
	ctx    context.Context
	source bandSource[B]
	busy   time.Duration
}

// next returns io.EOF after the last band. A panic of the decoder is an error.
func (r *bandReader[B]) next(b *B) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	start := time.Now()
	err := contain(func() error { return r.source.Next(b) })
	r.busy += time.Since(start)
	return err
}

func (r *bandReader[B]) inTurn(use func(*B) error) error {
	b := r.source.NewBand()
	for {
		if err := r.next(b); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := use(b); err != nil {
			return err
		}
	}
}

// Bands go from one goroutine to the other in batches: waking one up costs as much as
// some bands of a thumbnail. The decoder may be all batches but one ahead.
const (
	batches      = 3
	bandsInBatch = 8
)

// ahead decodes on a goroutine of its own, which has ended when ahead returns. Where
// use fails, the rest is decoded in vain: it fails on no input.
func (r *bandReader[B]) ahead(use func(*B) error) error {
	free, full := make(chan []*B, batches), make(chan []*B, batches)
	for range batches {
		free <- make([]*B, 0, bandsInBatch)
	}
	var err error
	go func() {
		defer close(full) // after which err is read
		for batch := range free {
			for err == nil && len(batch) < bandsInBatch {
				batch = batch[:len(batch)+1]
				band := &batch[len(batch)-1]
				if *band == nil {
					*band = r.source.NewBand()
				}
				err = r.next(*band)
			}
			if err != nil {
				full <- batch[:len(batch)-1] // the last one was not filled
				return
			}
			full <- batch
		}
	}()
	var failed error
	for batch := range full {
		for _, b := range batch {
			if failed == nil {
				failed = use(b)
			}
		}
		free <- batch[:0]
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return cmp.Or(failed, err)
}

// denominators are by how much the inverse transform may reduce luma and chroma:
// as far as every job's scale allows.
func (f *opened) denominators(jobs []*job) (luma, chroma int) {
	luma, chroma = 8, 8
	for _, j := range jobs {
		for i := range f.decoder.Components {
			d := denominator(f.reduction(j, i))
			if (i == 1 || i == 2) && (f.model == modelYCbCr || f.model == modelYCCK) {
				chroma = min(chroma, d)
			} else {
				luma = min(luma, d)
			}
		}
	}
	return luma, chroma
}

// reduction is by how much a job reduces a stored plane, along the axis where it is less.
func (f *opened) reduction(j *job, plane int) float64 {
	x0, x1, outX := j.span(plane, false)
	y0, y1, outY := j.span(plane, true)
	shareX, shareY := f.share(plane)
	return min((x1-x0)*shareX/float64(outX), (y1-y0)*shareY/float64(outY))
}

// share is how many samples of a plane there are for a pixel along each axis, at most 1.
func (f *opened) share(plane int) (x, y float64) {
	maxH, maxV := 1, 1
	for _, c := range f.decoder.Components {
		maxH, maxV = max(maxH, c.H), max(maxV, c.V)
	}
	c := f.decoder.Components[plane]
	return float64(c.H) / float64(maxH), float64(c.V) / float64(maxV)
}

func denominator(reduction float64) int {
	d := 1
	for d < 8 && reduction >= float64(2*d)*leaveToKernel {
		d *= 2
	}
	return d
}
