package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// none is a monitor for a program that declares nothing.
type none struct{}

func (none) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	return "", nil, fmt.Errorf("unexpected resource %s", args.Name)
}

func (none) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return nil, fmt.Errorf("unexpected call of %s", args.Token)
}

// load reads a stack with the configuration as the Pulumi CLI passes it.
func load(stack string, values map[string]string) (c Config, err error) {
	err = pulumi.RunErr(func(ctx *pulumi.Context) (err error) {
		c, err = Load(ctx)
		return err
	}, pulumi.WithMocks(Project, stack, none{}), func(info *pulumi.RunInfo) { info.Config = values })
	return c, err
}

func TestLoad(t *testing.T) {
	t.Parallel()
	c, err := load("dev", map[string]string{
		"aws:region":           "eu-west-1",
		"pixline:outputPrefix": "out/",
		"pixline:maxBytes":     "1000",
		"pixline:resize":       `{"memoryMb": 3008}`,
		"pixline:renditions":   `[{"name": "tiny", "width": 10, "height": 10, "fit": "fill"}]`,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := defaults()
	want.Region, want.OutputPrefix, want.MaxBytes = "eu-west-1", "out/", 1000
	want.Resize.MemoryMB = 3008 // the rest of the object keeps its defaults
	want.Renditions = want.Renditions[:1]
	want.Renditions[0].Name, want.Renditions[0].Width, want.Renditions[0].Height = "tiny", 10, 10
	want.Renditions[0].Fit, want.Renditions[0].Quality = "fill", 0
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
}

// manyRenditions are more than fit into a variable.
func manyRenditions() string {
	var list []string
	for i := range 120 {
		list = append(list, fmt.Sprintf(`{"name": "r%d", "width": 10}`, i))
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// TestMemory lets a limit be as large as the memory allows.
func TestMemory(t *testing.T) {
	t.Parallel()
	for memory, ok := range map[string]bool{"1900": true, "1800": false} {
		_, err := load("dev", map[string]string{"aws:region": "eu-west-1", "pixline:resize": `{"memoryMb": ` + memory + `}`})
		if (err == nil) != ok || err != nil && !strings.Contains(err.Error(), "pixline:maxPixels: an image of 64000000 pixels") {
			t.Errorf("memoryMb %s: %v", memory, err)
		}
	}
}

func TestBadValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ key, value, want string }{
		{"aws:region", "", "aws:region: missing"},
		{"pixline:supportedSuffixes", `[]`, "empty"},
		{"pixline:supportedSuffixes", `["jpg"]`, `"jpg" is not a suffix`},
		{"pixline:supportedSuffixes", `[".jpg,.png"]`, "is not a suffix"},
		{"pixline:supportedSuffixes", `.jpg`, "invalid character"},
		{"pixline:outputPrefix", "thumbnails", "must end in /"},
		{"pixline:outputPrefix", "/thumbnails/", "not begin with it"},
		{"pixline:maxBytes", "0", "0 must be positive"},
		{"pixline:maxBytes", "30 MB", "more than one value"},
		{"pixline:maxBytes", "1.5", "cannot unmarshal"},
		{"pixline:maxPixels", "-1", "-1 must be 1 to 4294836225"},
		{"pixline:maxPixels", "4294836226", "4294836226 must be 1 to"},
		{"pixline:maxPixels", "100000000", "takes up to 2318 MiB, and the heap of resize has 1638 "},
		{"pixline:renditions", manyRenditions(), "the variables of a function have room for 3072"},
		{"pixline:validate", `{"memoryMb": 64}`, "memoryMb 64: Lambda takes 128 to 10240"},
		{"pixline:notify", `{"timeoutSeconds": 901}`, "timeoutSeconds 901: Lambda takes 1 to 900"},
		{"pixline:resize", `{"reservedConcurrency": 0}`, "reservedConcurrency 0"},
		{"pixline:resize", `{"memoryMB": 512, "nosuch": 1}`, `unknown field "nosuch"`},
		{"pixline:renditions", `[{"name": "a", "width": 10, "size": 1}]`, `unknown field "size"`},
		{"pixline:renditions", `[{"name": "a", "fit": "stretch"}, {"name": "A b", "width": 1}]`, `name must be 1 to 32`},
		{"pixline:workflowTimeoutSeconds", "220", "220 must be longer than its tasks with a retry of each, 220"},
		{"pixline:logRetentionDays", "2", "2: CloudWatch Logs takes"},
		{"pixline:destroyableBuckets", "yes", "invalid character"},
		{"pixline:manageApiAccount", `"true"`, "cannot unmarshal string"},
	} {
		values := map[string]string{"aws:region": "eu-west-1"}
		values[c.key] = c.value
		_, err := load("dev", values)
		if err == nil || !strings.Contains(err.Error(), c.key+": ") || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "stack dev") {
			t.Errorf("%s = %s: %v, want the key and %q", c.key, c.value, err, c.want)
		}
	}
}

// TestEveryProblemAtOnce: who corrects a configuration does it once.
func TestEveryProblemAtOnce(t *testing.T) {
	t.Parallel()
	_, err := load("My.Stack", map[string]string{
		"pixline:maxBytes":         "many",
		"pixline:maxPixels":        "0",
		"pixline:renditions":       `[]`,
		"pixline:outputPrefix":     "x",
		"pixline:resize":           `{"memoryMb": 1, "timeoutSeconds": 0}`,
		"pixline:logRetentionDays": "8",
	})
	if err == nil {
		t.Fatal("the configuration is taken")
	}
	var keys []string
	for line := range strings.Lines(strings.TrimSpace(err.Error())) {
		key, _, _ := strings.Cut(line, ": ")
		keys = append(keys, strings.TrimSpace(key))
	}
	want := []string{
		"aws:region", "pixline:logRetentionDays", "pixline:maxBytes", "pixline:maxPixels", "pixline:outputPrefix",
		"pixline:renditions", "pixline:resize", "pixline:resize", "stack My.Stack",
	}
	// Pulumi and Load put a line of their own in front.
	if len(keys) < len(want) {
		t.Fatalf("%v", err)
	}
	if diff := cmp.Diff(want, keys[len(keys)-len(want):]); diff != "" {
		t.Errorf("the keys in order (-want +got):\n%s\n%v", diff, err)
	}
}

func TestStackName(t *testing.T) {
	t.Parallel()
	values := map[string]string{"aws:region": "eu-west-1"}
	for name, ok := range map[string]bool{
		"dev": true, "review-123": true, strings.Repeat("x", 40): true,
		strings.Repeat("x", 41): false, "Prod": false, "my_stack": false, "-dev": false,
	} {
		if _, err := load(name, values); (err == nil) != ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheckKeys(t *testing.T) {
	t.Parallel()
	if err := CheckKeys([]string{"aws:region", "aws:defaultTags", "pixline:maxBytes", "other:maxbytes"}); err != nil {
		t.Error(err)
	}
	err := CheckKeys([]string{"pixline:maxbytes", "pixline:maxBytes", "pixline:nosuch"})
	if err == nil || !strings.Contains(err.Error(), "pixline:maxbytes: there is no such key; the keys are destroyableBuckets, ") || !strings.Contains(err.Error(), "\npixline:nosuch: ") {
		t.Error(err)
	}
}
