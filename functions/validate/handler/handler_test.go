package handler

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/function"
	"github.com/pixline/pixline/pkg/imaging"
	"github.com/pixline/pixline/pkg/imaging/sample"
	"github.com/pixline/pixline/pkg/objectstore"
)

// shelf is a store of one object.
type shelf struct {
	data []byte
	err  error
	asks []int64
}

func (s *shelf) Head(_ context.Context, ref objectstore.Ref, n int64) (objectstore.Head, error) {
	s.asks = append(s.asks, n)
	if s.err != nil {
		return objectstore.Head{}, s.err
	}
	ref.VersionID, ref.ETag = "v1", `"tag"`
	return objectstore.Head{Ref: ref, Size: int64(len(s.data)), Bytes: s.data[:min(n, int64(len(s.data)))]}, nil
}

func event(t *testing.T) contract.Job {
	t.Helper()
	text, err := os.ReadFile("../testdata/job.json")
	if err != nil {
		t.Fatal(err)
	}
	var job contract.Job
	if err := json.Unmarshal(text, &job); err != nil {
		t.Fatal(err)
	}
	return job
}

// suffixes are those of most tests.
const suffixes = ".jpg,.png"

func newHandler(t *testing.T, store Store, suffixes string) *Handler {
	t.Helper()
	environment := function.NewEnvironment(func(name string) string {
		return map[string]string{
			contract.EnvInputBucket:       "pixline-dev-input-000000",
			contract.EnvOutputPrefix:      "thumbnails/",
			contract.EnvSupportedSuffixes: suffixes,
			contract.EnvMaxBytes:          "5000000",
			contract.EnvMaxPixels:         "4000000",
			contract.EnvMaxFrames:         "10",
		}[name]
	})
	c := LoadConfig(environment)
	if err := environment.Err(); err != nil {
		t.Fatal(err)
	}
	return &Handler{Config: c, Store: store}
}

func TestAccepted(t *testing.T) {
	t.Parallel()
	store := &shelf{data: sample.Scene()}
	got, err := newHandler(t, store, suffixes).Handle(context.Background(), event(t))
	if err != nil {
		t.Fatal(err)
	}
	s := got.Source
	if !got.Accepted || s.VersionID != "v1" || s.ETag != `"tag"` || s.Format != "jpeg" || s.Width >= s.Height || s.Bytes != int64(len(store.data)) {
		t.Errorf("%+v", got)
	}
	if got.ExecutionID() != "holiday-1" {
		t.Errorf("the execution is %q", got.ExecutionID())
	}
	if !slices.Equal(got.Requested, []string{"square", "large"}) {
		t.Errorf("resize is asked for %v", got.Requested)
	}
}

// TestFormatIsSwitchedOn: an image is accepted for its bytes, if its format is on.
func TestFormatIsSwitchedOn(t *testing.T) {
	t.Parallel()
	made, err := imaging.Process(context.Background(), sample.Scene(), imaging.Options{
		Renditions: []imaging.Rendition{{Name: "a", Width: 40, Format: imaging.WebP}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for suffixes, accepted := range map[string]bool{".jpg,.png": false, ".jpg,.webp": true} {
		h := newHandler(t, &shelf{data: made.Outputs[0].Data}, suffixes)
		got, err := h.Handle(context.Background(), event(t)) // of a key that ends in .jpg
		if err != nil || got.Accepted != accepted {
			t.Errorf("a WebP with %s: %+v, reason %+v, %v", suffixes, got, got.Reason, err)
		}
		if !accepted && (got.Reason == nil || got.Reason.Code != string(imaging.UnsupportedFormat)) {
			t.Errorf("a WebP with %s: %+v", suffixes, got.Reason)
		}
	}
}

func TestRejected(t *testing.T) {
	t.Parallel()
	for code, change := range map[string]func(*contract.Job, *shelf){
		contract.CodeBucketNotAllowed:  func(j *contract.Job, _ *shelf) { j.Bucket = "elsewhere" },
		contract.CodeKeyInOutputPrefix: func(j *contract.Job, _ *shelf) { j.Key = "thumbnails/large/cat.jpg" },
		contract.CodeUnsupportedSuffix: func(j *contract.Job, _ *shelf) { j.Key = "cat.gif" },
		contract.CodeNotFound:          func(_ *contract.Job, s *shelf) { s.err = objectstore.ErrNotFound },
		"empty":                        func(_ *contract.Job, s *shelf) { s.data = nil },
		"too_large":                    func(_ *contract.Job, s *shelf) { s.data = make([]byte, 5_000_001) },
		"too_many_pixels":              func(_ *contract.Job, s *shelf) { s.data = sample.Bomb() },
		"not_an_image":                 func(_ *contract.Job, s *shelf) { s.data = []byte(strings.Repeat("plain text ", 9)) },
		"unsupported_format":           func(_ *contract.Job, s *shelf) { s.data = []byte("GIF89a" + strings.Repeat("\x00", 40)) },
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			job, store := event(t), &shelf{data: sample.Scene()}
			change(&job, store)
			got, err := newHandler(t, store, suffixes).Handle(context.Background(), job)
			if err != nil {
				t.Fatal(err)
			}
			if got.Accepted || got.Reason == nil || got.Reason.Code != code || got.Reason.Message == "" {
				t.Errorf("%+v, reason %+v", got, got.Reason)
			}
		})
	}
}

// TestHeaderWithoutEnd: a file of nothing but metadata is not read to its end.
func TestHeaderWithoutEnd(t *testing.T) {
	t.Parallel()
	comment := append([]byte{0xff, 0xfe, 0xff, 0xff}, make([]byte, 0xffff-2)...)
	store := &shelf{data: append([]byte{0xff, 0xd8}, bytes.Repeat(comment, 512)...)}
	h := newHandler(t, store, suffixes)
	h.Config.Limits.MaxBytes = 1 << 30
	got, err := h.Handle(context.Background(), event(t))
	if err != nil || got.Accepted || got.Reason == nil || got.Reason.Code != "unsupported_format" || slices.Max(store.asks) != maxHeaderBytes {
		t.Errorf("%+v, reason %+v, %v, asks %v", got, got.Reason, err, store.asks)
	}
}

func TestFaultIsAnError(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection reset")
	if _, err := newHandler(t, &shelf{err: broken}, suffixes).Handle(context.Background(), event(t)); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

func TestConfigReportsEveryProblem(t *testing.T) {
	t.Parallel()
	environment := function.NewEnvironment(func(string) string { return "" })
	LoadConfig(environment)
	err := environment.Err()
	for _, name := range []string{contract.EnvInputBucket, contract.EnvOutputPrefix, contract.EnvSupportedSuffixes, contract.EnvMaxBytes, contract.EnvMaxPixels, contract.EnvMaxFrames} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is missing in %v", name, err)
		}
	}
}
