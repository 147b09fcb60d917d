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
		_, err := imaging.Process(context.Background(), s.Data, imaging.Options{
			Limits: imaging.Limits{MaxPixels: 100e6}, Renditions: []imaging.Rendition{{Name: "r", Width: 64, Height: 64}},
		})
		if rejection, ok := errors.AsType[*imaging.Rejection](err); ok {
			status, code = sample.Rejected, string(rejection.Code)
		} else if err != nil {
			t.Fatal(err)
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
	for name, c := range map[string]struct {
		data []byte
		want imaging.Info
	}{
		"scene": {sample.Scene(), imaging.Info{Format: imaging.JPEG, Width: 1200, Height: 1600, Orientation: 6}},
		"photo": {sample.Photo(123, 45, 6), imaging.Info{Format: imaging.JPEG, Width: 123, Height: 45, Orientation: 1}},
	} {
		if got, err := imaging.Probe(c.data, int64(len(c.data)), imaging.Limits{}); err != nil || got != c.want {
			t.Errorf("the %s is %+v, %v, want %+v", name, got, err, c.want)
		}
	}
	if !bytes.Equal(sample.Photo(50, 40, 1), sample.Photo(50, 40, 1)) || bytes.Equal(sample.Photo(50, 40, 1), sample.Photo(50, 40, 2)) {
		t.Error("a photo does not follow from its arguments alone, or not from its seed")
	}
}
