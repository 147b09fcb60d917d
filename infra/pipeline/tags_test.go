package pipeline

import (
	"maps"
	"sync"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// tags are those that each resource is registered with.
type tags struct {
	mu sync.Mutex
	of map[string]resource.PropertyMap
}

func (s *tags) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if args.Inputs.HasValue("tags") {
		s.of[args.Name] = args.Inputs["tags"].ObjectValue()
	}
	return args.Name, args.Inputs, nil
}

func (*tags) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) { return nil, nil }

// TestOwnTags: a resource's own tags are added to the stack's, and win; what
// has no tags is left as it is.
func TestOwnTags(t *testing.T) {
	t.Parallel()
	seen := &tags{of: map[string]resource.PropertyMap{}}
	if err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		if err := tagEverything(ctx); err != nil {
			return err
		}
		queue, err := sqs.NewQueue(ctx, "queue", &sqs.QueueArgs{Tags: pulumi.StringMap{"team": pulumi.String("images"), TagStage: pulumi.String("test")}})
		if err != nil {
			return err
		}
		_, err = sqs.NewQueuePolicy(ctx, "policy", &sqs.QueuePolicyArgs{QueueUrl: queue.ID(), Policy: pulumi.String("{}")})
		return err
	}, pulumi.WithMocks("pixline", "dev", seen)); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for name, value := range seen.of["queue"] {
		got[string(name)] = value.StringValue()
	}
	want := map[string]string{"team": "images", "project": "pixline", "stack": "dev", "stage": "test", "managed-by": "pulumi"}
	if !maps.Equal(got, want) || len(seen.of["policy"]) != 0 {
		t.Errorf("the queue has the tags %v, want %v; its policy has %v", got, want, seen.of["policy"])
	}
}
