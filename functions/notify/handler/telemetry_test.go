package handler

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/fault"
	"github.com/pixline/pixline/pkg/telemetry"
	"github.com/pixline/pixline/pkg/telemetry/oracle"
)

// TestLines: the story of two notifications and of one that the topic refuses,
// in one process.
func TestLines(t *testing.T) {
	t.Parallel()
	sink := &topic{}
	var out bytes.Buffer
	handle := telemetry.Wrap(telemetry.New(telemetry.Options{
		Stage: contract.StageNotify, Namespace: "Pixline/dev", Out: &out, InitTime: time.Millisecond, MemoryMB: 256,
	}), (&Handler{TopicARN: "arn", Topic: sink, Now: time.Now}).Handle)
	for _, c := range []struct {
		event string
		err   error
	}{{"succeeded.json", nil}, {"failed.json", nil}, {"succeeded.json", errors.New("throttled")}} {
		sink.err = c.err
		_, _ = handle(t.Context(), event(t, c.event)) // other tests hold what it answers
	}
	lines := oracle.Lines(t, out.String())
	for i, want := range []map[string]any{
		{
			"coldStart": true, "status": "succeeded", "outcome": "succeeded", "Outcome": "succeeded", "Published": 1.0, "PublishFailed": 0.0, "Failed": 0.0, "InitTime": 1.0,
			"renditions": 1.0, "messageId": "m", "format": "jpeg", "width": 1200.0, "versionId": "01JDCV4ZQ8",
		},
		{"coldStart": false, "status": "succeeded", "outcome": "failed", "Outcome": "failed", "Published": 1.0, "code": "Sandbox.Timedout", "reason": "Task timed out after 60.00 seconds"},
		{"status": "failed", "outcome": "succeeded", "Outcome": nil, "Published": 0.0, "PublishFailed": 1.0, "Failed": 1.0, "errorType": fault.NamePermanent, "messageId": nil},
	} {
		want["executionId"], want["Stage"], want["key"] = "holiday-1", contract.StageNotify, "photos/cat.jpg"
		for name, value := range want {
			if lines[i][name] != value {
				t.Errorf("line %d: %s is %v, want %v", i, name, lines[i][name], value)
			}
		}
	}
}
