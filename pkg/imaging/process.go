package imaging

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// Options say what [Process] does with an image.
type Options struct {
	Limits Limits
	// Renditions to make, in this order.
	Renditions []Rendition
	// KeepCopyright writes the source's EXIF copyright tag into the outputs.
	KeepCopyright bool
	// ThumbHash asks for a placeholder.
	ThumbHash bool
}

// Output is one rendition, encoded.
type Output struct {
	// Name is the rendition's.
	Name   string
	Format Format
	// Width and Height are in pixels.
	Width, Height int
	// Data is the file. It has no metadata but, if asked for, the copyright.
	Data        []byte
	ContentType string
}

// Times are how long each kind of work was busy. They overlap where there is
// more than one core, and so may add up to more than the time that went by.
type Times struct{ Decode, Resize, Encode time.Duration }

// Result is what [Process] made of an image.
type Result struct {
	Info    Info
	Outputs []Output
	// ThumbHash is a placeholder of about 25 bytes (evanw's format), nil unless asked for.
	ThumbHash []byte
	Times     Times
}

// Process decodes a whole file once and makes all renditions.
//
// Every limit is checked on the header, before any pixel is decoded. JPEGs and PNGs
// are streamed: their pixels are never in memory as a whole, but for progressive and
// interlaced ones. A JPEG is decoded no larger than the renditions need. ctx is
// checked between the steps, and for JPEGs and PNGs again and again during decoding.
//
// The error is a [*Rejection] for an image that is not accepted; it wraps
// ctx.Err() past the deadline; an invalid rendition is an error before any work.
func Process(ctx context.Context, data []byte, o Options) (*Result, error) {
	for _, r := range o.Renditions {
		if err := r.Validate(); err != nil {
			return nil, err
		}
	}
	f, err := open(data, o.Limits)
	if err != nil {
		return nil, err
	}
	jobs := make([]*job, 0, len(o.Renditions)+1)
	for _, r := range o.Renditions {
		j := newJob(f, r)
		if o.KeepCopyright {
			j.copyright = copyright(f.exif)
		}
		jobs = append(jobs, j)
	}
	if o.ThumbHash {
		jobs = append(jobs, newThumbnail(f))
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("before decoding: %w", err)
	}
	result := &Result{Info: f.info}
	if err := f.reduce(ctx, jobs, &result.Times); err != nil {
		return nil, err
	}
	if err := finish(ctx, jobs, &result.Times); err != nil {
		return nil, err
	}
	if o.ThumbHash {
		last := len(jobs) - 1
		result.ThumbHash, jobs = jobs[last].output.Data, jobs[:last]
	}
	for _, j := range jobs {
		result.Outputs = append(result.Outputs, j.output)
	}
	return result, nil
}

// finish encodes the jobs' pixels, as many at once as there are cores. The order
// of the outputs is the jobs' order all the same.
func finish(ctx context.Context, jobs []*job, times *Times) error {
	errs := make([]error, len(jobs))
	spent := make([]time.Duration, len(jobs))
	cores := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wait sync.WaitGroup
	for i, j := range jobs {
		cores <- struct{}{}
		wait.Go(func() {
			start := time.Now()
			errs[i] = contain(func() error { return j.finish(ctx) })
			spent[i] = time.Since(start)
			<-cores
		})
	}
	wait.Wait()
	for i, err := range errs {
		times.Encode += spent[i]
		if err != nil {
			return fmt.Errorf("rendition %q: %w", jobs[i].rendition.Name, err)
		}
	}
	return nil
}
