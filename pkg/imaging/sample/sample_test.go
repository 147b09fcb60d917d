package sample_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/pixline/pixline/pkg/imaging"
	"github.com/pixline/pixline/pkg/imaging/sample"
)

// TestSamples: the demo's files have the outcome that they promise.
func TestSamples(t *testing.T) {
	t.Parallel()
	keys := map[string]bool{}
	for _, s := range sample.Samples() {
		status, code := sample.Succeeded, ""
		img, info, err := imaging.Decode(s.Data, imaging.Limits{MaxPixels: 100e6})
		var rejection *imaging.Rejection
		switch {
		case errors.As(err, &rejection):
			status, code = sample.Rejected, string(rejection.Code)
		case err != nil:
			t.Fatal(err)
		default:
			if _, err := imaging.Render(context.Background(), img, info, imaging.Rendition{Name: "r", Width: 64, Height: 64}); err != nil {
				t.Errorf("%s: %v", s.Name, err)
			}
		}
		if status != s.WantStatus || code != s.WantCode || keys[s.Key] {
			t.Errorf("%s: %s %s (%v), want %s %s under a key of its own", s.Name, status, code, err, s.WantStatus, s.WantCode)
		}
		keys[s.Key] = true
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	if n := len(sample.Bomb()); n == 0 || n >= 10<<10 {
		t.Errorf("the bomb has %d bytes", n)
	}
	_, info, err := imaging.Decode(sample.Scene(), imaging.Limits{})
	if err != nil || info.Width != 1200 || info.Height != 1600 || info.Orientation != 6 {
		t.Errorf("the scene is %+v, %v", info, err)
	}
	if _, info, err := imaging.Decode(sample.Photo(123, 45, 6), imaging.Limits{}); err != nil || info.Width != 123 || info.Height != 45 {
		t.Errorf("the photo is %+v, %v", info, err)
	}
	if !bytes.Equal(sample.Photo(50, 40, 1), sample.Photo(50, 40, 1)) || bytes.Equal(sample.Photo(50, 40, 1), sample.Photo(50, 40, 2)) {
		t.Error("a photo does not follow from its arguments alone, or not from its seed")
	}
}
