package graph

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const projectRoot = "../.."

func evaluate(t *testing.T, root, stack string) *Graph {
	t.Helper()
	g, err := Evaluate(Options{Root: root, Stack: stack, APIURL: "http://127.0.0.1:8080", AWSURL: "http://127.0.0.1:4566"})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// environments are the stacks of the repository.
var environments = []string{"dev", "staging", "prod"}

func TestOutputs(t *testing.T) {
	t.Parallel()
	for _, stack := range environments {
		g := evaluate(t, projectRoot, stack)
		want := []string{"alarmsTopicArn", "apiAuth", "dashboards", "failedExecutionsUrl", "health", "inputBucket", "outputBucket", "processUrl", "stateMachineArn", "topicArn", "undeliveredQueueArn"}
		if g.Output("apiAuth") == "iam" {
			want = slices.Sorted(slices.Values(append(want, "invokePolicyArn")))
		}
		if got := slices.Sorted(maps.Keys(g.Outputs)); !slices.Equal(got, want) {
			t.Errorf("%s: the outputs are %v, want %v", stack, got, want)
		}
		if g.Output("processUrl") != "http://127.0.0.1:8080/process" {
			t.Errorf("%s: processUrl is %q", stack, g.Output("processUrl"))
		}
		for output, of := range map[string]struct{ kind, name, property string }{
			"stateMachineArn": {"aws:sfn/stateMachine:StateMachine", "workflow", "arn"},
			"topicArn":        {"aws:sns/topic:Topic", "outcomes", "arn"},
			"alarmsTopicArn":  {"aws:sns/topic:Topic", "alarms", "arn"},
			"inputBucket":     {"aws:s3/bucketV2:BucketV2", "input", "bucket"},
			"outputBucket":    {"aws:s3/bucketV2:BucketV2", "output", "bucket"},
			"health":          {"aws:cloudwatch/compositeAlarm:CompositeAlarm", "pipeline-health", "alarmName"},
		} {
			if want := resourceNamed(t, g, of.kind, of.name).String(of.property); want == "" || g.Output(output) != want {
				t.Errorf("%s: %s is %q, want %q", stack, output, g.Output(output), want)
			}
		}
		var declared []string
		for _, d := range g.Of("aws:cloudwatch/dashboard:Dashboard") {
			declared = append(declared, d.String("dashboardName"))
		}
		named, _ := g.Outputs["dashboards"].([]string)
		if slices.Sort(declared); len(declared) == 0 || !slices.Equal(slices.Sorted(slices.Values(named)), declared) {
			t.Errorf("%s: the output names the dashboards %v, the program declares %v", stack, g.Outputs["dashboards"], declared)
		}
	}
}

func TestFunctions(t *testing.T) {
	t.Parallel()
	for _, stack := range environments {
		g := evaluate(t, projectRoot, stack)
		functions := g.Of("aws:lambda/function:Function")
		if len(functions) != 3 {
			t.Errorf("%s: %d functions, want 3", stack, len(functions))
		}
		roles := map[string]bool{}
		for _, r := range functions {
			var f struct {
				Architectures []string `json:"architectures"`
				Runtime       string   `json:"runtime"`
				Handler       string   `json:"handler"`
				Role          string   `json:"role"`
				Code          string   `json:"code"`
				Timeout       int      `json:"timeout"`
				Logging       struct {
					LogGroup string `json:"logGroup"`
				} `json:"loggingConfig"`
				DeadLetters struct {
					TargetARN string `json:"targetArn"`
				} `json:"deadLetterConfig"`
			}
			if err := r.Decode(&f); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(f.Architectures, []string{"arm64"}) || f.Runtime != "provided.al2023" || f.Handler != "bootstrap" {
				t.Errorf("%s %s: %v %s %s", stack, r.Name, f.Architectures, f.Runtime, f.Handler)
			}
			if roles[f.Role] || !has(g, "aws:iam/role:Role", "arn", f.Role) {
				t.Errorf("%s %s: %q is no role of its own", stack, r.Name, f.Role)
			}
			roles[f.Role] = true
			group := find(g, "aws:cloudwatch/logGroup:LogGroup", "name", f.Logging.LogGroup)
			if group == nil || group.Inputs["retentionInDays"] == nil {
				t.Errorf("%s %s: %q is no log group with retention", stack, r.Name, f.Logging.LogGroup)
			}
			if !has(g, "aws:sqs/queue:Queue", "arn", f.DeadLetters.TargetARN) {
				t.Errorf("%s %s: %q is no queue for dead letters", stack, r.Name, f.DeadLetters.TargetARN)
			}
			if _, err := os.Stat(filepath.Join(projectRoot, f.Code, "main.go")); err != nil || f.Timeout == 0 {
				t.Errorf("%s %s: code %q, timeout %d s: %v", stack, r.Name, f.Code, f.Timeout, err)
			}
		}
		for _, group := range g.Of("aws:cloudwatch/logGroup:LogGroup") {
			if days, _ := group.Inputs["retentionInDays"].(float64); days < 1 {
				t.Errorf("%s: log group %s keeps its events for ever", stack, group.String("name"))
			}
		}
	}
}

func TestBuckets(t *testing.T) {
	t.Parallel()
	for _, stack := range environments {
		g := evaluate(t, projectRoot, stack)
		for _, b := range g.Of("aws:s3/bucketV2:BucketV2") {
			of := func(kind string) Resource {
				t.Helper()
				if r := find(g, "aws:s3/"+kind, "bucket", b.String("bucket")); r != nil {
					return *r
				}
				t.Errorf("%s: bucket %s has no %s", stack, b.Name, kind)
				return Resource{}
			}
			block := of("bucketPublicAccessBlock:BucketPublicAccessBlock")
			for _, property := range []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
				if block.Inputs[property] != true {
					t.Errorf("%s: bucket %s may be public: %s is %v", stack, b.Name, property, block.Inputs[property])
				}
			}
			encryption, err := json.Marshal(of("bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2").Inputs["rules"])
			if err != nil || !strings.Contains(string(encryption), `"sseAlgorithm":"`) {
				t.Errorf("%s: bucket %s is not encrypted: %s", stack, b.Name, encryption)
			}
			var policy struct {
				Statement []map[string]any
			}
			if err := json.Unmarshal([]byte(of("bucketPolicy:BucketPolicy").String("policy")), &policy); err != nil {
				t.Fatal(err)
			}
			arn := b.String("arn")
			want := map[string]any{
				"Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": []any{"s3:*"}, "Resource": []any{arn, arn + "/*"},
				"Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}},
			}
			if !slices.ContainsFunc(policy.Statement, func(s map[string]any) bool { return reflect.DeepEqual(s, want) }) {
				t.Errorf("%s: bucket %s answers without TLS: %v", stack, b.Name, policy.Statement)
			}
			if destroyable := b.Inputs["forceDestroy"]; destroyable != (stack == "dev") {
				t.Errorf("%s: bucket %s: forceDestroy is %v", stack, b.Name, destroyable)
			}
		}
		versioning := resourceNamed(t, g, "aws:s3/bucketVersioningV2:BucketVersioningV2", "input").Inputs["versioningConfiguration"]
		if !reflect.DeepEqual(versioning, map[string]any{"status": "Enabled"}) {
			t.Errorf("%s: the input bucket keeps no versions: %v", stack, versioning)
		}
	}
}

// find gives the resource of a type whose property is value, or nil.
func find(g *Graph, kind, property, value string) *Resource {
	for _, r := range g.Of(kind) {
		if value != "" && r.String(property) == value {
			return &r
		}
	}
	return nil
}

func has(g *Graph, kind, property, value string) bool { return find(g, kind, property, value) != nil }

// resourceNamed gives the resource by its name in the program.
func resourceNamed(t *testing.T, g *Graph, kind, name string) Resource {
	t.Helper()
	for _, r := range g.Of(kind) {
		if r.Name == name {
			return r
		}
	}
	t.Fatalf("the program has no %s %s", kind, name)
	return Resource{}
}

// BenchmarkEvaluate: before anything starts, and before each test of the program.
func BenchmarkEvaluate(b *testing.B) {
	for _, stack := range environments {
		b.Run(stack, func(b *testing.B) {
			for b.Loop() {
				if _, err := Evaluate(Options{Root: projectRoot, Stack: stack, APIURL: "http://127.0.0.1:8080", AWSURL: "http://127.0.0.1:4566"}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms/op")
		})
	}
}
