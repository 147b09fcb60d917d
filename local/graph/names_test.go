package graph

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// maxNames are the longest names that AWS takes, and what they may hold.
// Sources: each service's API reference, Create…; "Bucket naming rules".
var maxNames = map[string]struct {
	property string
	length   int
	pattern  string
}{
	"aws:s3/bucketV2:BucketV2":                         {"bucket", 63, `[a-z0-9][a-z0-9.-]*[a-z0-9]`},
	"aws:iam/role:Role":                                {"name", 64, `[\w+=,.@-]+`},
	"aws:iam/rolePolicy:RolePolicy":                    {"name", 128, `[\w+=,.@-]+`},
	"aws:lambda/function:Function":                     {"name", 64, `[A-Za-z0-9_-]+`},
	"aws:sqs/queue:Queue":                              {"name", 80, `[A-Za-z0-9_-]+`},
	"aws:sfn/stateMachine:StateMachine":                {"name", 80, `[A-Za-z0-9_-]+`},
	"aws:sns/topic:Topic":                              {"name", 256, `[A-Za-z0-9_-]+`},
	"aws:cloudwatch/dashboard:Dashboard":               {"dashboardName", 255, `[A-Za-z0-9_-]+`},
	"aws:cloudwatch/metricAlarm:MetricAlarm":           {"name", 255, `[^:]+`},
	"aws:cloudwatch/compositeAlarm:CompositeAlarm":     {"alarmName", 255, `[^:]+`},
	"aws:cloudwatch/queryDefinition:QueryDefinition":   {"name", 255, `[^:]+`},
	"aws:s3/bucketMetric:BucketMetric":                 {"name", 64, `[A-Za-z0-9._-]+`},
	"aws:cloudwatch/eventRule:EventRule":               {"name", 64, `[.\w-]+`},
	"aws:kms/alias:Alias":                              {"name", 256, `alias/[\w/-]+`},
	"aws:cloudwatch/logGroup:LogGroup":                 {"name", 512, `[\w./#-]+`},
	"aws:cloudwatch/logMetricFilter:LogMetricFilter":   {"name", 512, `[^:*]+`},
	"aws:apigateway/restApi:RestApi":                   {"name", 1024, `.+`},
	"aws:apigateway/requestValidator:RequestValidator": {"name", 128, `.+`},
	"aws:apigateway/apiKey:ApiKey":                     {"name", 1024, `.+`},
	"aws:apigateway/usagePlan:UsagePlan":               {"name", 255, `.+`},
	"aws:iam/policy:Policy":                            {"name", 128, `[\w+=,.@-]+`},
	"aws:wafv2/webAcl:WebAcl":                          {"name", 128, `[\w-]+`},
	"aws:apigateway/model:Model":                       {"name", 255, `[A-Za-z0-9]+`},
}

// within are the types whose names only have to differ within one API or bucket.
var within = map[string]bool{"aws:apigateway/model:Model": true, "aws:s3/bucketMetric:BucketMetric": true}

// physicalNames are the names of a graph's resources, by where they stand.
func physicalNames(t *testing.T, g *Graph) map[string]string {
	t.Helper()
	names := map[string]string{}
	seen := map[string]string{}
	for _, r := range g.Resources {
		limit, known := maxNames[r.Type]
		if !known {
			if name := r.String("name"); name != "" {
				t.Errorf("%s %s has the name %q: what does AWS take? (add it to maxNames)", r.Type, r.Name, name)
			}
			continue
		}
		name := r.String(limit.property)
		if name == "" || len(name) > limit.length || !regexp.MustCompile("^(?:"+limit.pattern+")$").MatchString(name) {
			t.Errorf("%s %s: AWS refuses the name %q (%d characters, at most %d of %s)", r.Type, r.Name, name, len(name), limit.length, limit.pattern)
		}
		if other := seen[r.Type+name]; other != "" && !within[r.Type] {
			t.Errorf("%s %s and %s have the same name %s", r.Type, r.URN, other, name)
		}
		seen[r.Type+name] = r.URN
		names[r.URN] = name
	}
	return names
}

// withNames are configurations that together declare all that has a name.
var withNames = []string{
	"aws:region: eu-west-1",
	"aws:region: eu-west-1\npixline:encryption: kms\npixline:api: {auth: iam, firewall: true}\n" +
		"pixline:dashboards: [overview, validate, resize, notify, workflow, api, storage]\npixline:alarms: {expectedRequests: 10}",
	"aws:region: eu-west-1\npixline:encryption: kms\npixline:api: {auth: apiKey, quotaPerDay: 5}\npixline:dashboards: []",
}

func TestNames(t *testing.T) {
	t.Parallel()
	for _, configuration := range withNames {
		var all []map[string]string
		for _, stack := range []string{strings.Repeat("a", 40), strings.Repeat("a", 39) + "b", "dev"} {
			root := project(t, stack, configuration)
			names := physicalNames(t, evaluate(t, root, stack))
			for urn, name := range physicalNames(t, evaluate(t, root, stack)) {
				if names[urn] != name {
					t.Errorf("%s is %s in one run and %s in the next: its data would be lost", urn, names[urn], name)
				}
			}
			all = append(all, names)
		}
		for i, names := range all {
			for _, others := range all[:i] {
				for urn, name := range names {
					if others[urn] == name && !within[typeOf(urn)] {
						t.Errorf("%s is %s in two stacks", urn, name)
					}
				}
			}
		}
	}
}

// typeOf is the type of the resource itself, without its parents.
func typeOf(urn string) string {
	parts := strings.Split(urn, "::")
	kinds := strings.Split(parts[len(parts)-2], "/aws:")
	if len(kinds) > 1 {
		return "aws:" + kinds[len(kinds)-1]
	}
	return kinds[0]
}

// project makes a folder with the repository's Pulumi.yaml and a stack.
func project(t *testing.T, stack, configuration string) string {
	t.Helper()
	root := t.TempDir()
	text, err := os.ReadFile(filepath.Join(projectRoot, "Pulumi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"Pulumi.yaml":               string(text),
		"Pulumi." + stack + ".yaml": "config:\n  " + strings.ReplaceAll(configuration, "\n", "\n  ") + "\n",
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// TestRefused: what the CLI or AWS would refuse is refused here, and says why.
func TestRefused(t *testing.T) {
	t.Parallel()
	region := "aws:region: eu-west-1\n"
	for _, c := range []struct{ stack, configuration, want string }{
		{"test", region + "pixline:nosuch: 1", "Pulumi.test.yaml: pixline:nosuch: there is no such key; the keys are "},
		{"test", region + "pixline:resize:\n  memory: 512", `pixline:resize: {"memory":512}: json: unknown field "memory"`},
		{"test", region + "pixline:maxBytes:\n  secure: AAAB", "pixline:maxBytes: is a secret, which only the Pulumi CLI can decrypt"},
		{"test", "pixline:maxBytes: 5", "aws:region: missing"},
		{"test", region + "pixline:maxBytes: -1\npixline:maxPixels: -1", "pixline:maxPixels: -1 must be positive"},
		{strings.Repeat("a", 41), region, "use at most 40 of a-z, 0-9 and -"},
	} {
		_, err := Evaluate(Options{Root: project(t, c.stack, c.configuration), Stack: c.stack, APIURL: "http://127.0.0.1:1", AWSURL: "http://127.0.0.1:2"})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.configuration, err, c.want)
		}
	}
	_, err := Evaluate(Options{Root: projectRoot, Stack: "nosuch"})
	if err == nil || !strings.Contains(err.Error(), `there is no stack "nosuch"`) || !strings.Contains(err.Error(), "Pulumi.<stack>.yaml") {
		t.Error(err)
	}
}
