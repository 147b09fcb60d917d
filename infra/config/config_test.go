package config

import (
	"fmt"
	"strconv"
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

// TestPixelLimit: without a limit it is what the memory of resize allows, which
// is the largest that can be configured.
func TestPixelLimit(t *testing.T) {
	t.Parallel()
	const everything = `[".jpg", ".png", ".webp", ".gif", ".bmp", ".tiff"]`
	limit := func(suffixes string, memory int, maxPixels int64) (int64, error) {
		t.Helper()
		c, err := load("dev", map[string]string{
			"aws:region": "eu-west-1", "pixline:supportedSuffixes": suffixes,
			"pixline:resize": fmt.Sprintf(`{"memoryMb": %d}`, memory), "pixline:maxPixels": strconv.FormatInt(maxPixels, 10),
		})
		if err != nil {
			return 0, err
		}
		return c.PixelLimit()
	}
	for _, suffixes := range []string{`[".jpg", ".jpeg", ".png"]`, everything} {
		var before int64
		for _, memory := range []int{1024, 2048, 3008, 10240} {
			derived, err := limit(suffixes, memory, 0)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s with %d MB: images of up to %d pixels", suffixes, memory, derived)
			if derived <= before {
				t.Errorf("%d MB allow %d pixels, less memory %d", memory, derived, before)
			}
			before = derived
			if got, err := limit(suffixes, memory, derived); err != nil || got != derived {
				t.Errorf("%d MB: the derived limit, configured, is %d, %v", memory, got, err)
			}
			_, err = limit(suffixes, memory, derived+1)
			if want := fmt.Sprintf("pixline:maxPixels: %d is more than the %d for which there is room", derived+1, derived); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%d MB: %v, want %q", memory, err, want)
			}
		}
	}
	if got, err := limit(everything, 2048, 1_000_000); err != nil || got != 1_000_000 {
		t.Errorf("a configured limit is %d, %v", got, err)
	}
}

// TestFileTakesMemory: what a file may take is not there for its pixels.
func TestFileTakesMemory(t *testing.T) {
	t.Parallel()
	limit := func(maxBytes string) int64 {
		t.Helper()
		c, err := load("dev", map[string]string{"aws:region": "eu-west-1", "pixline:maxBytes": maxBytes})
		if err != nil {
			t.Fatal(err)
		}
		pixels, err := c.PixelLimit()
		if err != nil {
			t.Fatal(err)
		}
		return pixels
	}
	if small, large := limit("1000000"), limit("500000000"); large >= small {
		t.Errorf("%d pixels beside a small file, %d beside a large one", small, large)
	}
}

// fiveTopics are one more than an alarm can tell.
const fiveTopics = `{"topics": ["arn:aws:sns:eu-west-1:000000000000:a", "arn:aws:sns:eu-west-1:000000000000:b", ` +
	`"arn:aws:sns:eu-west-1:000000000000:c", "arn:aws:sns:eu-west-1:000000000000:d", "arn:aws:sns:eu-west-1:000000000000:e"]}`

func TestBadValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ key, value, want string }{
		{"aws:region", "", "aws:region: missing"},
		{"pixline:supportedSuffixes", `[]`, "at least one suffix"},
		{"pixline:supportedSuffixes", `["jpg"]`, `"jpg" is not a suffix`},
		{"pixline:supportedSuffixes", `[".jpg,.png"]`, "is not a suffix"},
		{"pixline:supportedSuffixes", `[".png", ".heic"]`, `".heic" is not a suffix of an image; known are .bmp .gif`},
		{"pixline:supportedSuffixes", `.jpg`, "invalid character"},
		{"pixline:outputPrefix", "thumbnails", "must end in /"},
		{"pixline:outputPrefix", "/thumbnails/", "not begin with it"},
		{"pixline:outputPrefix", "*/", "must not hold * ? or $"},
		{"pixline:outputPrefix", "${aws:userid}/", "must not hold * ? or $"},
		{"pixline:maxBytes", "0", "0 must be positive"},
		{"pixline:maxBytes", "30 MB", "more than one value"},
		{"pixline:maxBytes", "1.5", "cannot unmarshal"},
		{"pixline:maxPixels", "-1", "-1 must be positive, or 0"},
		{"pixline:maxPixels", "9223372036854775807", "resize has a heap of 1638 MiB (80% of its memoryMb, 2048), of which a file takes up to 30; lower it, leave it out, or raise memoryMb"},
		{"pixline:maxFrames", "0", "0 must be positive"},
		{"pixline:placeholder", "blurhash", `"blurhash" must be one of none, thumbhash`},
		{"pixline:keepCopyright", "yes", "invalid character"},
		{"pixline:renditions", `[{"name": "a", "width": 10, "position": "top"}]`, "position is for fit cover"},
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
		{"pixline:api", `{"auth": "cognito"}`, `auth "cognito" must be one of none, iam, apiKey`},
		{"pixline:api", `{"throttleRate": 0}`, "throttleRate 0: an account has 1 to 10000"},
		{"pixline:api", `{"throttleBurst": 5001}`, "throttleBurst 5001: an account has 1 to 5000"},
		{"pixline:api", `{"statusRate": 0}`, "statusRate 0: an account has 1 to 10000"},
		{"pixline:api", `{"statusBurst": 0}`, "statusBurst 0: an account has 1 to 5000"},
		{"pixline:api", `{"auth": "apiKey", "quotaPerDay": -1}`, "quotaPerDay -1 must be positive"},
		{"pixline:api", `{"quotaPerDay": 5}`, "only an API key has a quota; set auth to apiKey"},
		{"pixline:api", `{"allowedCidrs": ["203.0.113.1"]}`, `"203.0.113.1" is no range of addresses, such as`},
		{"pixline:api", `{"allowedCidrs": ["203.0.113.1/24"]}`, "203.0.113.0/24 is the range"},
		{"pixline:api", `{"allowedCidrs": ["10.0.0.0/8", "10.0.0.0/8"]}`, "stands there twice"},
		{"pixline:api", `{"allowedCidrs": [` + strings.Repeat(`"10.0.0.0/8", `, 150) + `"11.0.0.0/8"]}`, "has 151 entries: the API's policy has room for 150"},
		{"pixline:api", `{"corsOrigins": ["https://a.example", "*"]}`, `"*" is every site: it stands alone`},
		{"pixline:api", `{"corsOrigins": ["app.example.com"]}`, `"app.example.com" is no origin`},
		{"pixline:api", `{"corsOrigins": ["https://app.example.com/"]}`, "is no origin"},
		{"pixline:api", `{"corsOrigins": ["https://App.example.com"]}`, "is no origin"},
		{"pixline:api", `{"corsOrigins": ["https://app.example.com:443"]}`, "is no origin"},
		{"pixline:api", `{"corsOrigins": ["https://it's.example"]}`, "is no origin"},
		{"pixline:api", `{"corsOrigins": ["https://a.example", "https://a.example"]}`, "stands there twice"},
		{"pixline:api", `{"throttle": 5}`, `unknown field "throttle"`},
		{"pixline:dashboards", `["overview", "nosuch"]`, `there is no "nosuch"; the dashboards are overview, `},
		{"pixline:dashboards", `["api", "api"]`, `"api" stands there twice`},
		{"pixline:dashboards", `overview`, "invalid character"},
		{"pixline:alarms", `{"emails": ["nobody"]}`, `emails "nobody" is no address, such as images@example.com`},
		{"pixline:alarms", `{"emails": ["Images <images@example.com>"]}`, "is no address"},
		{"pixline:alarms", `{"emails": ["a@example.com", "a@example.com"]}`, `emails "a@example.com" stands there twice`},
		{"pixline:alarms", `{"topics": ["pager"]}`, `topics "pager" is no ARN of a topic, such as`},
		{"pixline:alarms", `{"topics": ["arn:aws:sqs:eu-west-1:000000000000:pager"]}`, "is no ARN of a topic"},
		{"pixline:alarms", `{"topics": ["arn:aws:sns:us-east-1:000000000000:pager"]}`, "is in us-east-1: an alarm tells topics of its own region, eu-west-1"},
		{"pixline:alarms", fiveTopics, "topics has 5 entries: an alarm tells 4 beside the stack's own topic"},
		{"pixline:alarms", `{"expectedRequests": -1}`, "expectedRequests -1 must be positive"},
		{"pixline:alarms", `{"thresholds": {"error-rates": 1}}`, "there is no alarm error-rates; the alarms are "},
		{"pixline:alarms", `{"thresholds": {"error-rate": -1}}`, "error-rate"},
		{"pixline:alarms", `{"thresholds": {"error-rate": "1 %"}}`, "cannot unmarshal string"},
		{"pixline:alarms", `{"runbooks": "docs/runbooks/"}`, `runbooks "docs/runbooks/" is no URL of a folder`},
		{"pixline:alarms", `{"runbooks": "https://wiki.example.com/runbooks"}`, "is no URL of a folder"},
		{"pixline:alarms", `{"email": []}`, `unknown field "email"`},
		{"pixline:encryption", "none", `"none" must be one of s3, kms`},
		{"pixline:retention", `{"oldVersionDays": 0}`, "oldVersionDays 0 must be positive, such as 30"},
		{"pixline:retention", `{"outputDays": -1}`, "outputDays -1 must be positive, or 0"},
		{"pixline:retention", `{"deadLetterDays": 15}`, "deadLetterDays 15: SQS takes 1 to 14"},
		{"pixline:retention", `{"days": 1}`, `unknown field "days"`},
	} {
		values := map[string]string{"aws:region": "eu-west-1"}
		values[c.key] = c.value
		_, err := load("dev", values)
		if err == nil || !strings.Contains(err.Error(), c.key+": ") || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "stack dev") {
			t.Errorf("%s = %s: %v, want the key and %q", c.key, c.value, err, c.want)
		}
	}
}

// TestContradiction: what is protected cannot be destroyable.
func TestContradiction(t *testing.T) {
	t.Parallel()
	values := map[string]string{"aws:region": "eu-west-1", "pixline:protect": "true", "pixline:destroyableBuckets": "true"}
	if _, err := load("dev", values); err == nil || !strings.Contains(err.Error(), "pixline:protect: true contradicts destroyableBuckets") {
		t.Error(err)
	}
	delete(values, "pixline:destroyableBuckets")
	if c, err := load("dev", values); err != nil || !c.Protect {
		t.Errorf("protect is %t: %v", c.Protect, err)
	}
}

// TestNoRoom: a file for which the memory is too small leaves none for an image.
func TestNoRoom(t *testing.T) {
	t.Parallel()
	_, err := load("dev", map[string]string{"aws:region": "eu-west-1", "pixline:maxBytes": "2000000000"})
	if err == nil || !strings.Contains(err.Error(), "pixline:resize: there is no room for any image: resize has a heap of 1638 MiB") {
		t.Error(err)
	}
}

// TestEveryProblemAtOnce: who corrects a configuration does it once.
func TestEveryProblemAtOnce(t *testing.T) {
	t.Parallel()
	_, err := load("My.Stack", map[string]string{
		"pixline:maxBytes":         "many",
		"pixline:maxPixels":        "-1",
		"pixline:renditions":       `[]`,
		"pixline:outputPrefix":     "x",
		"pixline:resize":           `{"memoryMb": 1, "timeoutSeconds": 0}`,
		"pixline:logRetentionDays": "8",
		"pixline:dashboards":       `["a", "b"]`,
		"pixline:alarms":           `{"emails": ["x"], "topics": ["y"], "thresholds": {"z": 1}}`,
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
		"aws:region", "pixline:alarms", "pixline:alarms", "pixline:alarms", "pixline:dashboards", "pixline:dashboards", "pixline:logRetentionDays", "pixline:maxBytes", "pixline:maxPixels", "pixline:outputPrefix",
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
	if err == nil || !strings.Contains(err.Error(), "pixline:maxbytes: there is no such key; the keys are alarms, api, dashboards, ") || !strings.Contains(err.Error(), "\npixline:nosuch: ") {
		t.Error(err)
	}
}
