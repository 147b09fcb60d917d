package imaging

import (
	"context"

	"github.com/pixline/pixline/pkg/imaging/internal/png"
)

func (f *opened) openPNG() error {
	d, err := png.New(f.data)
	if err != nil {
		return err
	}
	h := d.Header()
	if w, ht := f.info.stored(); h.Width != w || h.Height != ht {
		return errSize
	}
	if f.png = d; h.Gray {
		f.model = modelGray
	}
	return nil
}

// streamPNG decodes a PNG and resizes its rows for all jobs as they come.
func (f *opened) streamPNG(ctx context.Context, jobs []*job, times *Times) error {
	h := f.png.Header()
	sinks := make([]sink, 0, len(jobs))
	for _, j := range jobs {
		r, err := j.resizer(0, h.Width, h.Height, float64(h.Width), float64(h.Height))
		if err != nil {
			return &resizeError{err}
		}
		sinks = append(sinks, r)
	}
	return stream(ctx, f.png, times, func(b *png.Band) error {
		for _, s := range sinks {
			if err := s.Push(b.Pix, b.Stride, b.Rows); err != nil {
				return err
			}
		}
		return nil
	})
}
