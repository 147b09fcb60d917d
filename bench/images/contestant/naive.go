package main

import (
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"image/png"

	"github.com/anthonynsimon/bild/transform"

	"github.com/pixline/pixline/bench/images/trial"
)

// naive is what one writes first: the standard library's codecs and bild's
// resize, one after the other.
func naive(_ context.Context, job trial.Job, data []byte, quality int) ([][]byte, error) {
	decode := jpeg.Decode
	if job.Format == "png" {
		decode = png.Decode
	}
	img, err := decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	var files [][]byte
	for _, size := range job.Sizes {
		small := transform.Resize(img, size.Width, size.Height, transform.Lanczos)
		var b bytes.Buffer
		if job.Format == "png" {
			err = png.Encode(&b, small)
		} else {
			err = jpeg.Encode(&b, small, &jpeg.Options{Quality: quality})
		}
		if err != nil {
			return nil, fmt.Errorf("encode: %w", err)
		}
		files = append(files, b.Bytes())
	}
	return files, nil
}
