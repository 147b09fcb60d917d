package pipeline_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"gopkg.in/yaml.v3"

	"github.com/pixline/pixline/infra/config"
	"github.com/pixline/pixline/infra/pipeline"
)

// TestMain collects garbage less often: of the hundreds of worlds that the tests
// make, none is kept, and a quarter of the time went into looking for them.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}

// part is a resource of a world.
type part struct {
	kind, name string
	id, arn    string
	protected  bool
	retained   bool           // it outlives the stack
	in         map[string]any // plain values
}

func (p *part) String() string { return p.kind[strings.LastIndexByte(p.kind, ':')+1:] + " " + p.name }

// text is an input that is a text, or "".
func (p *part) text(key string) string {
	s, _ := p.in[key].(string)
	return s
}

// at follows names into nested inputs; a list stands for its first element.
func (p *part) at(path ...string) any {
	var found any = p.in
	for _, name := range path {
		if list, ok := found.([]any); ok && len(list) > 0 {
			found = list[0]
		}
		object, _ := found.(map[string]any)
		found = object[name]
	}
	return found
}

// world is all that the program declares for a configuration.
type world struct {
	stack  string
	values map[string]string
	parts  []*part
}

// config is a value of the configuration, or what the default is.
func (w *world) config(key, otherwise string) string {
	if v, ok := w.values[config.Project+":"+key]; ok {
		return v
	}
	return otherwise
}

func (w *world) of(kind string) []*part {
	var found []*part
	for _, p := range w.parts {
		if p.kind == kind {
			found = append(found, p)
		}
	}
	return found
}

// one is the part of that name; a test that breaks a world knows that it is there.
func (w *world) one(kind, name string) *part {
	for _, p := range w.of(kind) {
		if p.name == name {
			return p
		}
	}
	panic("there is no " + kind + " " + name)
}

// remove takes a part away.
func (w *world) remove(kind, name string) {
	gone := w.one(kind, name)
	w.parts = slices.DeleteFunc(w.parts, func(p *part) bool { return p == gone })
}

// copied is a world of its own with the same parts.
func (w *world) copied() *world {
	other := &world{stack: w.stack, values: w.values}
	for _, p := range w.parts {
		q := *p
		text, err := json.Marshal(p.in)
		if err == nil {
			q.in = nil
			err = json.Unmarshal(text, &q.in)
		}
		if err != nil {
			panic(err) // it was made of JSON's types
		}
		other.parts = append(other.parts, &q)
	}
	return other
}

// builder takes the place of Pulumi's engine.
type builder struct {
	mu    sync.Mutex
	world *world
}

// NewResource implements pulumi.MockResourceMonitor. What AWS would add is made up.
func (b *builder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	if !strings.HasPrefix(args.TypeToken, "aws:") {
		return args.Name, args.Inputs, nil // a component
	}
	kind := strings.Split(args.TypeToken, ":")
	service, _, _ := strings.Cut(kind[1], "/")
	p := &part{kind: args.TypeToken, name: args.Name, protected: args.RegisterRPC.GetProtect(), retained: args.RegisterRPC.GetRetainOnDelete()}
	physical := args.Name
	for _, key := range []resource.PropertyKey{"name", "bucket"} {
		if args.Inputs.HasValue(key) && args.Inputs[key].IsString() {
			physical = args.Inputs[key].StringValue()
		}
	}
	p.arn = strings.Join([]string{"arn:aws", service, "eu-west-1", "000000000000", kind[2] + ":" + physical}, ":")
	p.id = physical + "-id"
	state := args.Inputs.Copy()
	for key, value := range map[resource.PropertyKey]string{
		"arn": p.arn, "keyId": p.id, "name": physical, "bucket": physical, "url": "https://queue/" + physical,
		"rootResourceId": "root", "invokeUrl": "https://api", "executionArn": "arn:aws:execute-api:eu-west-1:000000000000:api", "value": "made up",
	} {
		if !state.HasValue(key) {
			state[key] = resource.NewStringProperty(value)
		}
	}
	p.in = args.Inputs.MapRepl(nil, func(v resource.PropertyValue) (any, bool) {
		if v.IsArchive() {
			return v.ArchiveValue().Path, true
		}
		return nil, false
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	b.world.parts = append(b.world.parts, p)
	return p.id, state, nil
}

// Call implements pulumi.MockResourceMonitor.
func (*builder) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return resource.PropertyMap{"accountId": resource.NewStringProperty("000000000000")}, nil
}

// build evaluates the program.
func build(stack string, values map[string]string) (*world, error) {
	w := &world{stack: stack, values: values}
	if err := deployWith(&builder{world: w}, stack, values); err != nil {
		return nil, fmt.Errorf("stack %s with %v: %w", stack, values, err)
	}
	return w.copied(), nil // in JSON's types
}

func deployWith(b *builder, stack string, values map[string]string) error {
	return pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := pipeline.Deploy(ctx, func(stage string) (pulumi.Archive, error) { return pulumi.NewFileArchive(stage), nil })
		return err
	}, pulumi.WithMocks(config.Project, stack, b), func(info *pulumi.RunInfo) { info.Config = values })
}

// environment reads a stack's file as the CLI does: strings bare, the rest JSON.
func environment(t *testing.T, stack string) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../Pulumi." + stack + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Config map[string]any `yaml:"config"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for key, value := range file.Config {
		if s, ok := value.(string); ok {
			values[key] = s
			continue
		}
		encoded, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		values[key] = string(encoded)
	}
	return values
}

// setup is a stack with its configuration.
type setup struct {
	stack  string
	values map[string]string
}

// combinations are the environments as they are, and each with every combination
// of the main options.
func combinations(t *testing.T) []setup {
	t.Helper()
	var all []setup
	for _, stack := range []string{"dev", "staging", "prod"} {
		own := environment(t, stack)
		all = append(all, setup{stack, own})
		for bits := range 3 << 6 {
			on := func(bit int) bool { return bits>>bit&1 == 1 }
			values := maps.Clone(own)
			api := map[string]any{"auth": []string{"none", "iam", "apiKey"}[bits>>6], "firewall": on(0), "tracing": on(1), "allowedCidrs": []string{}, "corsOrigins": []string{}}
			if on(2) {
				api["allowedCidrs"] = []string{"203.0.113.0/24"}
			}
			if on(5) {
				api["corsOrigins"] = []string{"https://app.example.com"}
			}
			encoded, err := json.Marshal(api)
			if err != nil {
				t.Fatal(err)
			}
			values["pixline:api"] = string(encoded)
			values["pixline:encryption"] = map[bool]string{true: config.EncryptionKMS, false: config.EncryptionS3}[on(3)]
			if bits>>6 == 1 { // whoever may call: one third of all tells everyone
				values["pixline:alarms"], values["pixline:dashboards"] = allAlarms, allDashboards
			}
			if values["pixline:protect"] = fmt.Sprint(on(4)); on(4) {
				values["pixline:destroyableBuckets"] = "false"
			}
			all = append(all, setup{stack, values})
		}
	}
	return all
}
