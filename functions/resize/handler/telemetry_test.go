package handler

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/fault"
	"github.com/pixline/pixline/pkg/imaging/sample"
	"github.com/pixline/pixline/pkg/objectstore"
	"github.com/pixline/pixline/pkg/telemetry"
	"github.com/pixline/pixline/pkg/telemetry/oracle"
)

var errSlowDown = errors.New("slow down")

// TestLines: the story of an image that is resized, of one that turns out to be
// corrupt and of a fault, in one process.
func TestLines(t *testing.T) {
	t.Parallel()
	scene, corrupt := sample.Scene(), sample.Corrupt()
	store := &shelf{data: scene}
	var out bytes.Buffer
	handle := telemetry.Wrap(telemetry.New(telemetry.Options{
		Stage: contract.StageResize, Namespace: "Pixline/dev", Out: &out, InitTime: time.Millisecond, MemoryMB: 256,
	}), newHandler(t, store).Handle)
	for _, change := range []func(){
		func() {},
		func() { store.data = corrupt },
		func() { store.err = objectstore.ErrNotFound },
		func() { store.err = &fault.Transient{Err: errSlowDown} },
	} {
		change()
		_, _ = handle(t.Context(), event(t)) // other tests hold what it answers
	}
	lines := oracle.Lines(t, out.String())
	for i, want := range []map[string]any{
		{
			"coldStart": true, "status": "succeeded", "Succeeded": 1.0, "Rejected": 0.0, "Failed": 0.0, "InitTime": 1.0, "renditions": 2.0,
			"key": "photos/cat.jpg", "versionId": "01JDCV4ZQ8", "format": "jpeg", "width": 1200.0, "height": 1600.0, "bytes": 182044.0,
			"BytesIn": float64(len(scene)),
		},
		{"coldStart": false, "status": "rejected", "code": "corrupt", "Code": "corrupt", "Rejected": 1.0, "BytesIn": float64(len(corrupt)), "BytesOut": nil},
		{"status": "rejected", "code": "not_found", "Rejected": 1.0, "BytesIn": nil},
		{"status": "failed", "Failed": 1.0, "Rejected": 0.0, "errorType": fault.NameTransient, "error": errSlowDown.Error()},
	} {
		want["executionId"], want["Stage"] = "holiday-1", contract.StageResize
		for name, value := range want {
			if lines[i][name] != value {
				t.Errorf("line %d: %s is %v, want %v", i, name, lines[i][name], value)
			}
		}
	}
	for _, name := range []string{
		contract.MetricMegapixels, contract.MetricBytesOut, contract.MetricDecodeTime, contract.MetricResizeTime, contract.MetricEncodeTime,
	} {
		if value, _ := lines[0][name].(float64); value <= 0 {
			t.Errorf("%s is %v", name, lines[0][name])
		}
	}
}
