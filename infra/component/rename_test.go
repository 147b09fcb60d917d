package component_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pixline/pixline/infra/component"
)

// registered records what Pulumi's engine is told of each resource.
type registered struct {
	mu    sync.Mutex
	names []string
	// aliases are the names that a resource had, by type.
	aliases map[string][]string
	strays  []string // that are not below the component
}

func (r *registered) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rpc := args.RegisterRPC
	r.names = append(r.names, rpc.GetName())
	for _, a := range rpc.GetAliases() {
		if name := a.GetSpec().GetName(); name != "" {
			r.aliases[rpc.GetType()] = append(r.aliases[rpc.GetType()], name)
		}
	}
	if strings.HasPrefix(rpc.GetType(), "aws:") && !strings.Contains(rpc.GetParent(), bucketType) {
		r.strays = append(r.strays, rpc.GetType())
	}
	return args.Name + "-id", args.Inputs, nil
}

func (*registered) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) { return nil, nil }

const bucketType = "pixline:component:Bucket"

// TestRename: a component with an alias keeps all of its resources, as
// docs/operations.md has it. The component hands the alias on; what is below it
// and begins with its name, the engine then finds under the old one. Source: Pulumi's
// documentation, "Aliases" (those of a parent are inherited).
func TestRename(t *testing.T) {
	t.Parallel()
	for _, old := range []string{"", "input"} {
		r := &registered{aliases: map[string][]string{}}
		var opts []pulumi.ResourceOption
		var want []string
		if old != "" {
			opts = append(opts, pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String(old)}}))
			want = []string{old}
		}
		if err := pulumi.RunErr(func(ctx *pulumi.Context) error {
			_, err := component.NewBucket(ctx, "uploads", component.BucketArgs{Versioned: true, OldVersionDays: 1}, opts...)
			return err
		}, pulumi.WithMocks("pixline", "dev", r)); err != nil {
			t.Fatal(err)
		}
		if got := r.aliases[bucketType]; !slices.Equal(got, want) {
			t.Errorf("the component was known as %v, want %v", got, want)
		}
		others := slices.ContainsFunc(r.names, func(name string) bool { return !strings.HasPrefix(name, "uploads") })
		if len(r.names) < 8 || others || len(r.strays) > 0 {
			t.Errorf("the engine does not find the old names of all of %v (not below the component: %v)", r.names, r.strays)
		}
	}
}
