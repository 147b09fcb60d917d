package local

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pixline/pixline/local/access"
	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/graph"
	"github.com/pixline/pixline/pkg/contract"
)

// simulated is a request for the simulator, and what it must answer.
type simulated struct {
	Principal      string            `json:"principal"`
	Action         string            `json:"action"`
	Resource       string            `json:"resource"`
	Context        map[string]string `json:"context"`
	Identity       json.RawMessage   `json:"identity,omitempty"`
	ResourcePolicy json.RawMessage   `json:"resourcePolicy,omitempty"`
	what           string            `json:"-"`
	allowed        bool              `json:"-"`
}

// call is one that the code makes, as the role of a stage.
type call struct {
	role, action, resource string
	via                    string // the service that uses the key
}

// calls are those of an environment. Sources: the handlers of functions/, and
// what Lambda, Step Functions and API Gateway do for them.
func calls(t *testing.T, g *graph.Graph) []call {
	t.Helper()
	named := func(kind, name string) *graph.Resource { return resourceNamed(t, g, kind, name) }
	bucket := func(name string) string { return named("aws:s3/bucketV2:BucketV2", name).String("arn") }
	machine := named("aws:sfn/stateMachine:StateMachine", "workflow").String("arn")
	key := ""
	for _, k := range g.Of(kmsKey) {
		key = k.String("arn")
	}
	list := []call{
		{role: "api", action: "states:StartExecution", resource: machine},
		{role: "api", action: "states:DescribeExecution", resource: contract.ExecutionARN(machine, "a-1")},
	}
	add := func(role, resource string, actions ...string) {
		for _, action := range actions {
			list = append(list, call{role: role, action: action, resource: resource})
		}
	}
	use := func(role, service string, actions ...string) {
		for _, action := range actions {
			if key != "" {
				list = append(list, call{role: role, action: action, resource: key, via: service})
			}
		}
	}
	add(contract.StageValidate, bucket("input")+"/photos/cat.jpg", "s3:GetObject", "s3:GetObjectVersion")
	add(contract.StageValidate, bucket("input"), "s3:ListBucket")
	use(contract.StageValidate, "s3", decrypt)
	add(contract.StageResize, bucket("input")+"/photos/cat.jpg", "s3:GetObjectVersion")
	add(contract.StageResize, bucket("input"), "s3:ListBucket")
	add(contract.StageResize, bucket("output")+"/thumbnails/large/photos/cat.jpg", "s3:PutObject", "s3:GetObject")
	use(contract.StageResize, "s3", decrypt, generateDataKey)
	add(contract.StageNotify, named("aws:sns/topic:Topic", "outcomes").String("arn"), "sns:Publish")
	use(contract.StageNotify, "sns", decrypt, generateDataKey)
	for _, r := range g.Of("aws:lambda/function:Function") {
		var f lambdaFunction
		if err := r.Decode(&f); err != nil {
			t.Fatal(err)
		}
		add("workflow", f.ARN, "lambda:InvokeFunction")
		add(r.Name, f.DeadLetterConfig.TargetARN, "sqs:SendMessage")
		add(r.Name, named("aws:cloudwatch/logGroup:LogGroup", r.Name).String("arn")+":log-stream:x", "logs:CreateLogStream", "logs:PutLogEvents")
		if traced(g, f.ARN) {
			add(r.Name, "*", trace...)
		}
		use(r.Name, "lambda", decrypt)
		use(r.Name, "sqs", decrypt, generateDataKey)
	}
	add("workflow", "*", logDelivery...)
	return list
}

// other is the same call on what the role has nothing to do with.
func (c call) other() call {
	switch {
	case c.via != "":
		c.via = "ssm"
	case c.resource == "*":
		c.action = "logs:GetLogEvents"
		c.resource = "arn:aws:logs:eu-west-1:000000000000:log-group:other:log-stream:x"
	default:
		service, rest, _ := strings.Cut(strings.TrimPrefix(c.resource, "arn:aws:"), ":")
		c.resource = "arn:aws:" + service + ":" + strings.Replace(rest, "pixline-", "another-", 1)
	}
	return c
}

// TestPoliciesInSimulator asks an independent implementation of IAM about each
// call that the code makes in each environment, and about one beside it; both
// it and local/access must agree.
func TestPoliciesInSimulator(t *testing.T) {
	t.Parallel()
	node := requireSimulator(t)
	var cases []simulated
	for _, stack := range []string{"dev", "staging", "prod"} {
		g, err := graph.Evaluate(graph.Options{Root: root, Stack: stack, APIURL: "http://127.0.0.1:1", AWSURL: "http://127.0.0.1:2"})
		if err != nil {
			t.Fatal(err)
		}
		a, err := access.New(access.Options{
			Account: graph.AccountID, Region: g.Region, Roles: roles(g), ResourcePolicies: resourcePolicies(g), AdminKey: AdminKey, AdminSecret: AdminSecret,
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := newEncryption(g, a); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, serviceCases(t, g)...)
		for _, made := range calls(t, g) {
			for _, c := range []call{made, made.other()} {
				s := c.simulated(t, g)
				s.what, s.allowed = stack+" "+c.role, c == made
				cases = append(cases, s)
				if err := c.decide(t, a, g); (err == nil) != s.allowed {
					t.Errorf("%s: %s on %s: local/access says %v", s.what, c.action, c.resource, err)
				}
			}
		}
	}
	if len(cases) < 150 {
		t.Errorf("there are only %d cases", len(cases))
	}
	for i, answer := range askSimulator(t, node, cases) {
		want := "ImplicitlyDenied"
		if cases[i].allowed {
			want = "Allowed"
		}
		if answer != want {
			t.Errorf("%s: %s on %s %v: the simulator says %s, want %s", cases[i].what, cases[i].Action, cases[i].Resource, cases[i].Context, answer, want)
		}
	}
	t.Logf("%d calls", len(cases))
}

// serviceCases are the calls that AWS services make by themselves, for what they
// are to act for and for something else.
func serviceCases(t *testing.T, g *graph.Graph) []simulated {
	t.Helper()
	var cases []simulated
	add := func(service, action, resource, policy, source string) {
		for _, of := range []string{source, strings.ReplaceAll(source, graph.AccountID, "111111111111"), strings.Replace(source, "pixline-", "another-", 1)} {
			s := simulated{
				Principal: service, Action: action, Resource: resource, ResourcePolicy: json.RawMessage(policy),
				Context: map[string]string{"aws:SourceArn": of, "aws:SourceAccount": strings.Split(of, ":")[4]},
				what:    g.Stack + " for " + of, allowed: of == source,
			}
			cases = append(cases, s)
		}
	}
	topic := resourceNamed(t, g, "aws:sns/topic:Topic", "outcomes").String("arn")
	for _, name := range []string{"failed-executions", "undelivered"} {
		queue := resourceNamed(t, g, "aws:sqs/queue:Queue", name).String("arn")
		policy := resourceNamed(t, g, "aws:sqs/queuePolicy:QueuePolicy", name).String("policy")
		for _, rule := range g.Of("aws:cloudwatch/eventRule:EventRule") {
			add("events.amazonaws.com", "sqs:SendMessage", queue, policy, rule.String("arn"))
		}
		if name == "undelivered" {
			add("sns.amazonaws.com", "sqs:SendMessage", queue, policy, topic)
		}
	}
	for _, k := range g.Of(kmsKey) {
		for _, action := range []string{decrypt, generateDataKey} {
			add("sns.amazonaws.com", action, k.String("arn"), k.String("policy"), topic)
		}
	}
	return cases
}

func (c call) principal(t *testing.T, g *graph.Graph) access.Principal {
	t.Helper()
	role := resourceNamed(t, g, "aws:iam/role:Role", c.role)
	return access.Principal{RoleARN: role.String("arn"), ARN: "arn:aws:sts::" + graph.AccountID + ":assumed-role/" + role.String("name") + "/x"}
}

func (c call) simulated(t *testing.T, g *graph.Graph) simulated {
	t.Helper()
	s := simulated{
		Principal: c.principal(t, g).ARN, Action: c.action, Resource: c.resource, Context: map[string]string{},
		Identity: json.RawMessage(resourceNamed(t, g, rolePolicy, c.role).String("policy")),
	}
	if !strings.HasPrefix(c.action, "lambda:") && !strings.HasPrefix(c.action, "kms:") {
		s.Context["aws:SecureTransport"] = "true"
	}
	if c.via != "" {
		s.Context = map[string]string{"kms:ViaService": c.via + "." + g.Region + ".amazonaws.com"}
		s.ResourcePolicy = json.RawMessage(resourceNamed(t, g, kmsKey, "data").String("policy"))
	}
	for _, b := range g.Of("aws:s3/bucketPolicy:BucketPolicy") {
		arn := "arn:aws:s3:::" + b.String("bucket")
		if c.resource == arn || strings.HasPrefix(c.resource, arn+"/") {
			s.ResourcePolicy = json.RawMessage(b.String("policy"))
		}
	}
	return s
}

func (c call) decide(t *testing.T, a *access.Service, g *graph.Graph) error {
	t.Helper()
	p := c.principal(t, g)
	var err error
	if c.via != "" {
		err = a.UseKey(access.WithPrincipal(t.Context(), p), c.resource, c.via, nil, c.action)
	} else {
		err = a.Check(p, c.action, c.resource, nil)
	}
	if err != nil && !slices.Contains([]string{"AccessDenied", "AccessDeniedException"}, awsapi.As(err).Code) {
		t.Fatal(err)
	}
	return err
}

const simulator = "access/testdata/oracle"

// requireSimulator skips, or fails where PIXLINE_REQUIRE_ORACLES=1, when the
// simulator is not installed.
func requireSimulator(t *testing.T) string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join(root, "local", simulator, "node_modules", "@cloud-copilot", "iam-simulate"))
	}
	if err == nil {
		return node
	}
	reason := fmt.Sprintf("the IAM simulator is not installed (%v); run: npm ci --prefix local/%s", err, simulator)
	if os.Getenv("PIXLINE_REQUIRE_ORACLES") == "1" {
		t.Fatal(reason)
	}
	t.Skip(reason)
	return ""
}

func askSimulator(t *testing.T, node string, cases []simulated) []string {
	t.Helper()
	input, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), node, "simulate.mjs")
	command.Dir = filepath.Join(root, "local", simulator)
	command.Stdin = bytes.NewReader(input)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("simulate.mjs: %v\n%s", err, stderr.Bytes())
	}
	var answers []string
	if err := json.Unmarshal(output, &answers); err != nil || len(answers) != len(cases) {
		t.Fatalf("%d answers: %v", len(answers), err)
	}
	return answers
}
