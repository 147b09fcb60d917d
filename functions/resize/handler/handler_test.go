package handler

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/fault"
	"github.com/pixline/pixline/pkg/function"
	"github.com/pixline/pixline/pkg/imaging"
	"github.com/pixline/pixline/pkg/imaging/sample"
	"github.com/pixline/pixline/pkg/objectstore"
)

// shelf is a store of one object that remembers what is written.
type shelf struct {
	data    []byte
	err     error
	reads   []objectstore.Ref
	written []objectstore.Object
}

func (s *shelf) Read(_ context.Context, ref objectstore.Ref, _ int64) ([]byte, error) {
	s.reads = append(s.reads, ref)
	return s.data, s.err
}

func (s *shelf) Write(_ context.Context, o objectstore.Object) error {
	s.written = append(s.written, o)
	return nil
}

func event(t *testing.T) contract.Result {
	t.Helper()
	text, err := os.ReadFile("../testdata/checked.json")
	if err != nil {
		t.Fatal(err)
	}
	var checked contract.Result
	if err := json.Unmarshal(text, &checked); err != nil {
		t.Fatal(err)
	}
	return checked
}

func newHandler(t *testing.T, store Store, more ...string) *Handler {
	t.Helper()
	variables := map[string]string{
		contract.EnvOutputBucket:      "pixline-dev-output-000000",
		contract.EnvOutputPrefix:      "thumbnails/",
		contract.EnvRenditions:        `[{"name":"small","width":100},{"name":"icon","width":32,"height":32,"fit":"cover","format":"png"}]`,
		contract.EnvSupportedSuffixes: ".jpg,.png",
		contract.EnvMaxBytes:          "5000000",
		contract.EnvMaxPixels:         "4000000",
		contract.EnvMaxFrames:         "10",
		contract.EnvKeepCopyright:     "false",
		contract.EnvPlaceholder:       contract.PlaceholderNone,
	}
	for i := 0; i < len(more); i += 2 {
		variables[more[i]] = more[i+1]
	}
	environment := function.NewEnvironment(func(name string) string { return variables[name] })
	c := LoadConfig(environment)
	if err := environment.Err(); err != nil {
		t.Fatal(err)
	}
	return &Handler{Config: c, Store: store}
}

func TestOneReadWritesEveryRendition(t *testing.T) {
	t.Parallel()
	store := &shelf{data: sample.Scene()}
	got, err := newHandler(t, store).Handle(context.Background(), event(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(store.reads) != 1 || store.reads[0].VersionID != "01JDCV4ZQ8" || store.reads[0].ETag == "" {
		t.Errorf("reads %+v, want one of the pinned version", store.reads)
	}
	want := []string{"thumbnails/small/photos/cat.jpg", "thumbnails/icon/photos/cat.jpg.png"}
	for i, r := range got.Renditions {
		o := store.written[i]
		info, err := imaging.Probe(o.Data, int64(len(o.Data)), imaging.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Key != want[i] || o.Key != r.Key || info.Width != r.Width || info.Height != r.Height || string(info.Format) != r.Format || r.Bytes != int64(len(o.Data)) {
			t.Errorf("%+v written as %s, %+v", r, o.Key, info)
		}
	}
	if len(got.Renditions) != 2 || got.Renditions[0].Width != 100 || got.Renditions[1].Height != 32 {
		t.Errorf("%+v", got.Renditions)
	}
}

// TestRequestedRenditions: those alone are made, in the configured order.
func TestRequestedRenditions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		requested []string
		want      string
	}{
		{nil, "small icon"},
		{[]string{"icon", "small"}, "small icon"},
		{[]string{"icon"}, "icon"},
	} {
		store, checked := &shelf{data: sample.Scene()}, event(t)
		checked.Requested = c.requested
		got, err := newHandler(t, store).Handle(context.Background(), checked)
		if err != nil || !got.Accepted || len(store.written) != len(got.Renditions) {
			t.Fatalf("%v: %+v, %v", c.requested, got, err)
		}
		var names []string
		for _, r := range got.Renditions {
			names = append(names, r.Name)
		}
		if strings.Join(names, " ") != c.want {
			t.Errorf("%v: makes %v, want %s", c.requested, names, c.want)
		}
	}
}

// TestUnknownRendition: nothing is read for a request that cannot be met.
func TestUnknownRendition(t *testing.T) {
	t.Parallel()
	store, checked := &shelf{data: sample.Scene()}, event(t)
	checked.Requested = []string{"small", "huge"}
	got, err := newHandler(t, store).Handle(context.Background(), checked)
	if err != nil || got.Accepted || got.Reason == nil || got.Reason.Code != contract.CodeUnknownRendition ||
		!strings.Contains(got.Reason.Message, `"huge"; the renditions are small, icon`) || len(store.reads)+len(store.written) != 0 {
		t.Errorf("%+v, reason %+v, %v", got, got.Reason, err)
	}
}

// TestPlaceholder: it is in the source of the outcome where it is asked for.
func TestPlaceholder(t *testing.T) {
	t.Parallel()
	for kind, wanted := range map[string]bool{contract.PlaceholderNone: false, contract.PlaceholderThumbHash: true} {
		got, err := newHandler(t, &shelf{data: sample.Scene()}, contract.EnvPlaceholder, kind).Handle(context.Background(), event(t))
		if err != nil {
			t.Fatal(err)
		}
		hash, err := base64.StdEncoding.DecodeString(got.Source.ThumbHash)
		if err != nil || (len(hash) > 0) != wanted || len(hash) > 30 {
			t.Errorf("%s: %q, %v", kind, got.Source.ThumbHash, err)
		}
	}
}

// TestFormatIsSwitchedOff: whatever validate said, resize holds to its own limits.
func TestFormatIsSwitchedOff(t *testing.T) {
	t.Parallel()
	store := &shelf{data: sample.Scene()}
	got, err := newHandler(t, store, contract.EnvSupportedSuffixes, ".png").Handle(context.Background(), event(t))
	if err != nil || got.Accepted || got.Reason == nil || got.Reason.Code != string(imaging.UnsupportedFormat) || len(store.written) != 0 {
		t.Errorf("%+v, reason %+v, %v", got, got.Reason, err)
	}
}

// TestDeadline: an invocation that has no time left is a fault, which is tried again.
func TestDeadline(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithDeadline(context.Background(), time.Now().Add(-time.Second))
	defer cancel()
	_, err := newHandler(t, &shelf{data: sample.Scene()}).Handle(ctx, event(t))
	if fault.KindOf(err) != fault.KindTimeout {
		t.Errorf("%v", err)
	}
}

func TestRejectedWhenRead(t *testing.T) {
	t.Parallel()
	for code, store := range map[string]*shelf{
		"corrupt":             {data: sample.Corrupt()},
		"too_large":           {err: objectstore.ErrTooLarge},
		contract.CodeNotFound: {err: objectstore.ErrChanged},
	} {
		got, err := newHandler(t, store).Handle(context.Background(), event(t))
		if err != nil || got.Accepted || got.Reason == nil || got.Reason.Code != code || len(store.written) != 0 {
			t.Errorf("%s: %+v, %v", code, got, err)
		}
	}
}

// TestKeyTooLong: what S3 could not store is rejected before it is read.
func TestKeyTooLong(t *testing.T) {
	t.Parallel()
	const longest = contract.MaxKeyBytes - len("thumbnails/small/") // icon's is .png longer and a letter shorter
	for length, accepted := range map[int]bool{longest - len(".png") + 1: true, longest - len(".png") + 2: false} {
		store, checked := &shelf{data: sample.Scene()}, event(t)
		checked.Source.Key = strings.Repeat("k", length-len(".jpg")) + ".jpg"
		got, err := newHandler(t, store).Handle(context.Background(), checked)
		if err != nil || got.Accepted != accepted || len(store.reads) != len(store.written)/2 {
			t.Errorf("%d bytes: %+v, %v", length, got.Reason, err)
		}
		if !accepted && (got.Reason == nil || got.Reason.Code != contract.CodeKeyTooLong) {
			t.Errorf("%d bytes: %+v", length, got.Reason)
		}
	}
}

func TestConfigReportsEveryProblem(t *testing.T) {
	t.Parallel()
	environment := function.NewEnvironment(func(string) string { return "" })
	LoadConfig(environment)
	err := environment.Err()
	for _, name := range []string{
		contract.EnvOutputBucket, contract.EnvOutputPrefix, contract.EnvRenditions, contract.EnvSupportedSuffixes, contract.EnvMaxBytes,
		contract.EnvMaxPixels, contract.EnvMaxFrames, contract.EnvKeepCopyright, contract.EnvPlaceholder,
	} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is missing in %v", name, err)
		}
	}
}
