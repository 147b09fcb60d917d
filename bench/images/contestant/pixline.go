package main

import (
	"context"
	"fmt"

	"github.com/pixline/pixline/bench/images/trial"
	"github.com/pixline/pixline/pkg/imaging"
)

// pixline is the package that the resize function deploys, through its public API.
func pixline(ctx context.Context, job trial.Job, data []byte, quality int) ([][]byte, error) {
	renditions := make([]imaging.Rendition, len(job.Sizes))
	for i, size := range job.Sizes {
		renditions[i] = imaging.Rendition{Name: fmt.Sprintf("w%d", size.Width), Width: size.Width}
		if job.Format == string(imaging.JPEG) {
			renditions[i].Quality = quality
		}
	}
	result, err := imaging.Process(ctx, data, imaging.Options{Renditions: renditions})
	if err != nil {
		return nil, err
	}
	files := make([][]byte, len(result.Outputs))
	for i, output := range result.Outputs {
		files[i] = output.Data
	}
	return files, nil
}
