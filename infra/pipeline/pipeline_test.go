package pipeline_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pixline/pixline/infra/component"
	"github.com/pixline/pixline/infra/config"
	"github.com/pixline/pixline/infra/pipeline"
	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/imaging"
)

// declared is a resource as the program registers it.
type declared struct {
	kind, name   string
	inputs       resource.PropertyMap
	dependencies []string // URNs
	urn          string
	version      string // of the provider
}

// recorder takes the place of Pulumi's engine. change may alter what the
// provider answers of a resource. api is the value of that key, if it has one.
type recorder struct {
	api    string
	change func(kind, name string, state resource.PropertyMap)

	mu        sync.Mutex
	resources []declared
}

func (r *recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	state := args.Inputs.Copy()
	for _, key := range []resource.PropertyKey{"name", "bucket", "url", "rootResourceId", "invokeUrl"} {
		if !state.HasValue(key) {
			state[key] = resource.NewStringProperty(args.Name + "-" + string(key))
		}
	}
	state["arn"] = resource.NewStringProperty("arn:aws:service:eu-west-1:000000000000:stateMachine:" + args.Name)
	if r.change != nil {
		r.change(args.TypeToken, args.Name, state)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	rpc := args.RegisterRPC
	r.resources = append(r.resources, declared{
		kind: args.TypeToken, name: args.Name, inputs: args.Inputs, dependencies: rpc.GetDependencies(),
		urn: "::" + args.TypeToken + "::" + args.Name, version: rpc.GetVersion(),
	})
	return args.Name + "-id", state, nil
}

func (*recorder) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	if args.Token != "aws:index/getCallerIdentity:getCallerIdentity" {
		return nil, fmt.Errorf("unexpected call of %s", args.Token)
	}
	return resource.PropertyMap{"accountId": resource.NewStringProperty("000000000000")}, nil
}

// deploy runs the program and gives the stack's outputs.
func deploy(t *testing.T, r *recorder) (outputs pulumi.Map) {
	t.Helper()
	r.run(t, func(ctx *pulumi.Context) (err error) {
		outputs, err = pipeline.Deploy(ctx, func(stage string) (pulumi.Archive, error) { return pulumi.NewFileArchive(stage), nil })
		return err
	})
	return outputs
}

// deployAPIAlone declares the API of the same configuration, and nothing else.
func deployAPIAlone(t *testing.T, r *recorder) {
	t.Helper()
	r.run(t, func(ctx *pulumi.Context) error {
		c, err := config.Load(ctx)
		if err != nil {
			return err
		}
		_, err = component.NewAPI(ctx, "api", component.APIArgs{
			Config:          c.API,
			StateMachineARN: pulumi.String("arn:aws:states:eu-west-1:000000000000:stateMachine:workflow").ToStringOutput(),
			Renditions:      []string{"square"},
			LogRetention:    c.LogRetentionDays,
			ManageAccount:   true,
		})
		return err
	})
}

// run runs a program with the configuration.
func (r *recorder) run(t *testing.T, program pulumi.RunFunc) {
	t.Helper()
	values := map[string]string{"aws:region": "eu-west-1"}
	if r.api != "" {
		values["pixline:api"] = r.api
	}
	if err := pulumi.RunErr(program, pulumi.WithMocks(config.Project, "dev", r), func(info *pulumi.RunInfo) { info.Config = values }); err != nil {
		t.Fatal(err)
	}
}

func (r *recorder) find(t *testing.T, kind, name string) declared {
	t.Helper()
	for _, d := range r.resources {
		if d.kind == kind && d.name == name {
			return d
		}
	}
	t.Fatalf("the program declares no %s %s", kind, name)
	return declared{}
}

// TestOrder: AWS looks at these when the later one is created.
func TestOrder(t *testing.T) {
	t.Parallel()
	r := &recorder{}
	deploy(t, r)
	for _, c := range []struct{ kind, name, beforeKind, before string }{
		{"aws:sfn/stateMachine:StateMachine", "workflow", "aws:iam/rolePolicy:RolePolicy", "workflow"},
		{"aws:lambda/function:Function", "validate", "aws:iam/rolePolicy:RolePolicy", "validate"},
		{"aws:lambda/function:Function", "resize", "aws:iam/rolePolicy:RolePolicy", "resize"},
		{"aws:lambda/function:Function", "notify", "aws:iam/rolePolicy:RolePolicy", "notify"},
		{"aws:lambda/function:Function", "notify", "aws:cloudwatch/logGroup:LogGroup", "notify"},
		{"aws:apigateway/account:Account", "api-logs", "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "api-logs"},
		{"aws:apigateway/stage:Stage", "api", "aws:apigateway/account:Account", "api-logs"},
		{"aws:apigateway/stage:Stage", "api", "aws:apigateway/deployment:Deployment", "api"},
		{"aws:apigateway/deployment:Deployment", "api", "aws:iam/rolePolicy:RolePolicy", "api"},
		{"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", "input", "aws:s3/bucketVersioningV2:BucketVersioningV2", "input"},
		{"aws:cloudwatch/eventTarget:EventTarget", "failed", "aws:sqs/queuePolicy:QueuePolicy", "failed-executions"},
		{"aws:cloudwatch/eventTarget:EventTarget", "failed", "aws:sqs/queuePolicy:QueuePolicy", "undelivered"},
		{"aws:cloudwatch/eventTarget:EventTarget", "timedout-outcome", "aws:sns/topicPolicy:TopicPolicy", "outcomes"},
		{compositeKind, "resize-health", alarmKind, "resize-error-rate"},
		{compositeKind, "pipeline-health", compositeKind, "resize-health"},
		{"aws:s3/bucketPolicy:BucketPolicy", "input", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "input"},
	} {
		later := r.find(t, c.kind, c.name)
		earlier := r.find(t, c.beforeKind, c.before)
		if !slices.ContainsFunc(later.dependencies, func(urn string) bool {
			return strings.HasSuffix(urn, earlier.urn) || strings.HasSuffix(urn, "$"+earlier.urn[2:])
		}) {
			t.Errorf("%s %s may be created before %s %s", c.kind, c.name, c.beforeKind, c.before)
		}
	}
	// The deployment is a snapshot: it comes after every part of the API.
	deployment := r.find(t, "aws:apigateway/deployment:Deployment", "api")
	for _, part := range r.resources {
		if apiPart(part.kind) && !slices.ContainsFunc(deployment.dependencies, func(urn string) bool { return strings.HasSuffix(urn, "$"+part.urn[2:]) }) {
			t.Errorf("the deployment may come before %s %s", part.kind, part.name)
		}
	}
}

// TestOneConfiguration: the functions accept the same images, and the API the
// names of the renditions that resize is given.
func TestOneConfiguration(t *testing.T) {
	t.Parallel()
	r := &recorder{}
	deploy(t, r)
	variables := func(stage string) resource.PropertyMap {
		return r.find(t, "aws:lambda/function:Function", stage).inputs["environment"].ObjectValue()["variables"].ObjectValue()
	}
	validate, resize := variables(contract.StageValidate), variables(contract.StageResize)
	for _, name := range []resource.PropertyKey{contract.EnvSupportedSuffixes, contract.EnvMaxBytes, contract.EnvMaxPixels, contract.EnvMaxFrames} {
		if v := validate[name]; !v.IsString() || !v.DeepEquals(resize[name]) {
			t.Errorf("%s is %v for validate and %v for resize", name, v, resize[name])
		}
	}
	if pixels, err := strconv.ParseInt(validate[contract.EnvMaxPixels].StringValue(), 10, 64); err != nil || pixels < 1_000_000 {
		t.Errorf("%s is %d, %v: it is to be derived from the memory", contract.EnvMaxPixels, pixels, err)
	}
	if resize[contract.EnvKeepCopyright].StringValue() != "false" || resize[contract.EnvPlaceholder].StringValue() != contract.PlaceholderNone {
		t.Errorf("resize is given %v", resize)
	}
	var schema struct {
		Properties struct {
			Renditions struct{ Items struct{ Enum []string } }
		}
	}
	if err := json.Unmarshal([]byte(r.find(t, "aws:apigateway/model:Model", "process-request").inputs["schema"].StringValue()), &schema); err != nil {
		t.Fatal(err)
	}
	renditions, err := imaging.ParseRenditions(resize[contract.EnvRenditions].StringValue())
	if err != nil {
		t.Fatal(err)
	}
	names := schema.Properties.Renditions.Items.Enum
	if selected, err := imaging.Select(renditions, names); err != nil || len(selected) != len(renditions) || len(names) != len(renditions) {
		t.Errorf("the API takes %v, resize makes %v: %v", names, renditions, err)
	}
}

// apiPart tells whether a deployment is a snapshot of such a resource.
func apiPart(kind string) bool {
	return strings.HasPrefix(kind, "aws:apigateway/") && !slices.Contains([]string{
		"aws:apigateway/restApi:RestApi", "aws:apigateway/deployment:Deployment", "aws:apigateway/stage:Stage", "aws:apigateway/account:Account",
		"aws:apigateway/methodSettings:MethodSettings", "aws:apigateway/apiKey:ApiKey", "aws:apigateway/usagePlan:UsagePlan", "aws:apigateway/usagePlanKey:UsagePlanKey",
	}, kind)
}

// identity says which resource another one belongs to. With it, Pulumi replaces
// the resource, and with that the content of others.
var identity = []resource.PropertyKey{"restApi", "restApiId", "resourceId", "httpMethod"}

// TestDeploymentFollowsEveryPart changes one property of one part of the API
// after another: each must lead to a new deployment, or it is never served.
func TestDeploymentFollowsEveryPart(t *testing.T) {
	t.Parallel()
	// All that an API can have: what callers must prove, from where, and pages.
	const everything = `{"auth": "apiKey", "allowedCidrs": ["203.0.113.0/24"], "corsOrigins": ["https://a.example", "https://b.example"]}`
	trigger := func(change func(kind, name string, state resource.PropertyMap)) string {
		r := &recorder{api: everything, change: change}
		deployAPIAlone(t, r)
		return r.find(t, "aws:apigateway/deployment:Deployment", "api").inputs["triggers"].ObjectValue()["content"].StringValue()
	}
	base := &recorder{api: everything}
	deployAPIAlone(t, base)
	same := trigger(nil)
	if same != trigger(nil) {
		t.Fatal("the trigger changes although nothing else does: every `pulumi up` would deploy")
	}
	changed := 0
	for _, part := range base.resources {
		if !apiPart(part.kind) {
			continue
		}
		for _, property := range slices.Sorted(maps.Keys(part.inputs)) {
			if slices.Contains(identity, property) {
				continue
			}
			changed++
			if trigger(func(kind, name string, state resource.PropertyMap) {
				if kind == part.kind && name == part.name {
					state[property] = altered(t, state[property])
				}
			}) == same {
				t.Errorf("%s %s: a change of %s is not deployed", part.kind, part.name, property)
			}
		}
	}
	if changed < 100 {
		t.Errorf("only %d properties were changed", changed)
	}
}

// altered is another value of the same type.
func altered(t *testing.T, v resource.PropertyValue) resource.PropertyValue {
	t.Helper()
	switch {
	case v.IsString():
		return resource.NewStringProperty(v.StringValue() + "x")
	case v.IsNumber():
		return resource.NewNumberProperty(v.NumberValue() + 1)
	case v.IsBool():
		return resource.NewBoolProperty(!v.BoolValue())
	case v.IsObject():
		changed := v.ObjectValue().Copy()
		for key := range changed {
			changed[key] = altered(t, changed[key])
		}
		return resource.NewObjectProperty(changed)
	}
	t.Fatalf("there is no other value for a %s", v.TypeString())
	return v
}
