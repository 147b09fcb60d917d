package handler

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/fault"
	"github.com/pixline/pixline/pkg/imaging/sample"
	"github.com/pixline/pixline/pkg/telemetry"
	"github.com/pixline/pixline/pkg/telemetry/oracle"
)

// TestLines: the story of an image that passes, of one that is rejected and of a
// fault, in one process.
func TestLines(t *testing.T) {
	t.Parallel()
	scene := sample.Scene()
	store := &shelf{data: scene}
	var out bytes.Buffer
	handle := telemetry.Wrap(telemetry.New(telemetry.Options{
		Stage: contract.StageValidate, Namespace: "Pixline/dev", Out: &out, InitTime: time.Millisecond, MemoryMB: 256,
	}), newHandler(t, store, suffixes).Handle)
	for _, change := range []func(*contract.Job){
		func(*contract.Job) {},
		func(*contract.Job) { store.data = scene[:100] },
		func(j *contract.Job) { j.Key = "<script>\u2028\"é'\x00\\.gif" },
		func(*contract.Job) { store.err = errors.New("connection reset") },
	} {
		job := event(t)
		change(&job)
		_, _ = handle(t.Context(), job) // other tests hold what it answers
	}
	lines := oracle.Lines(t, out.String())
	for i, want := range []map[string]any{
		{
			"coldStart": true, "status": "succeeded", "Succeeded": 1.0, "Rejected": 0.0, "Failed": 0.0, "ColdStart": 1.0, "InitTime": 1.0, "Code": nil,
			"bucket": "pixline-dev-input-000000", "key": "photos/cat.jpg", "versionId": "v1", "format": "jpeg", "bytes": float64(len(scene)),
		},
		{"coldStart": false, "status": "rejected", "Succeeded": 0.0, "Rejected": 1.0, "Failed": 0.0, "ColdStart": 0.0, "InitTime": nil},
		{"status": "rejected", "code": "unsupported_suffix", "Code": "unsupported_suffix", "key": "<script>\u2028\"é'\x00\\.gif"},
		{"status": "failed", "Succeeded": 0.0, "Rejected": 0.0, "Failed": 1.0, "errorType": fault.NamePermanent, "error": "connection reset", "Code": nil},
	} {
		want["executionId"], want["Stage"] = "holiday-1", contract.StageValidate
		for name, value := range want {
			if lines[i][name] != value {
				t.Errorf("line %d: %s is %v, want %v", i, name, lines[i][name], value)
			}
		}
	}
}
