package local

import (
	"slices"
	"strings"
	"testing"

	"github.com/pixline/pixline/local/graph"
)

// TestNotEmulated: what the runner leaves out is listed with the reason.
func TestNotEmulated(t *testing.T) {
	const unknown = "aws:kinesis/stream:Stream"
	p := start(t, func(o *Options) {
		o.Edit = func(g *graph.Graph) { g.Resources = append(g.Resources, graph.Resource{Type: unknown, Name: "events"}) }
	})
	for _, want := range []NotEmulated{
		{Type: unknown, Name: "events", Why: "the local runner does not know this type"},
		{Type: "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2", Name: "input", Why: "objects are plain files; who may use the key is held to"},
	} {
		if !slices.Contains(p.NotEmulated, want) {
			t.Errorf("%v is not in the list: %v", want, p.NotEmulated)
		}
	}
	// Whatever the program declares is known.
	for _, left := range p.NotEmulated {
		if left.Type != unknown && withoutEffect[left.Type] == "" {
			t.Errorf("the program declares %s %s, which the runner does not know", left.Type, left.Name)
		}
	}
	// What of an emulated type the runner does not know is refused.
	rule := graph.Resource{Type: "aws:cloudwatch/eventRule:EventRule", Name: "daily", Inputs: map[string]any{"scheduleExpression": "rate(1 day)"}}
	if _, err := rulesOf(&graph.Graph{Resources: []graph.Resource{rule}}); err == nil || !strings.Contains(err.Error(), "daily: the local runner does not know the property scheduleExpression") {
		t.Error(err)
	}
	// Each type is either brought to life or left out for a reason.
	for kind := range withoutEffect {
		if slices.Contains(emulated, kind) {
			t.Errorf("%s is listed as emulated and as without effect", kind)
		}
	}
}
