// Package pipeline composes the components into the whole: what `pulumi up`
// deploys and what the local runner runs.
package pipeline

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pixline/pixline/infra/component"
	"github.com/pixline/pixline/infra/config"
	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/imaging"
)

// Artifacts gives the deployment package of a function, named by its stage.
type Artifacts func(stage string) (pulumi.Archive, error)

// Names of the stack outputs.
const (
	OutputProcessURL      = "processUrl"
	OutputInputBucket     = "inputBucket"
	OutputOutputBucket    = "outputBucket"
	OutputStateMachineARN = "stateMachineArn"
	OutputTopicARN        = "topicArn"
	OutputDashboards      = "dashboards"
)

// Deploy declares every resource of the stack and returns the stack's outputs.
func Deploy(ctx *pulumi.Context, artifacts Artifacts) (pulumi.Map, error) {
	c, err := config.Load(ctx)
	if err != nil {
		return nil, err
	}
	account := aws.GetCallerIdentityOutput(ctx, aws.GetCallerIdentityOutputArgs{}).AccountId()
	input, err := component.NewBucket(ctx, "input", component.BucketArgs{Versioned: true, Destroyable: c.DestroyableBuckets})
	if err != nil {
		return nil, err
	}
	output, err := component.NewBucket(ctx, "output", component.BucketArgs{Destroyable: c.DestroyableBuckets})
	if err != nil {
		return nil, err
	}
	topic, err := component.NewNotifications(ctx, "outcomes")
	if err != nil {
		return nil, err
	}
	f := &functions{ctx: ctx, config: c, artifacts: artifacts}
	accepted, err := accepts(c)
	if err != nil {
		return nil, err
	}
	validate := f.add(contract.StageValidate, c.Validate, with(accepted, pulumi.StringMap{
		contract.EnvInputBucket:  input.Name,
		contract.EnvOutputPrefix: pulumi.String(c.OutputPrefix),
	}),
		component.Statement{Sid: "Read", Action: []string{"s3:GetObject", "s3:GetObjectVersion"}, Resource: pulumi.Sprintf("%s/*", input.ARN)},
		// Without it, S3 answers AccessDenied in place of NoSuchKey.
		component.Statement{Sid: "SeeWhatIsMissing", Action: []string{"s3:ListBucket"}, Resource: input.ARN},
	)
	renditions, err := json.Marshal(c.Renditions)
	if err != nil {
		return nil, fmt.Errorf("encode the renditions: %w", err)
	}
	written := pulumi.Sprintf("%s/%s*", output.ARN, c.OutputPrefix)
	resize := f.add(contract.StageResize, c.Resize, with(accepted, pulumi.StringMap{
		contract.EnvOutputBucket:  output.Name,
		contract.EnvOutputPrefix:  pulumi.String(c.OutputPrefix),
		contract.EnvRenditions:    pulumi.String(string(renditions)),
		contract.EnvKeepCopyright: pulumi.String(strconv.FormatBool(c.KeepCopyright)),
		contract.EnvPlaceholder:   pulumi.String(c.Placeholder),
	}),
		// Only the version that was checked is read.
		component.Statement{Sid: "Read", Action: []string{"s3:GetObjectVersion"}, Resource: pulumi.Sprintf("%s/*", input.ARN)},
		component.Statement{Sid: "SeeWhatIsMissing", Action: []string{"s3:ListBucket"}, Resource: input.ARN},
		// Reading what is there tells a repeated execution from a changed image.
		component.Statement{Sid: "Write", Action: []string{"s3:PutObject", "s3:GetObject"}, Resource: written},
	)
	notify := f.add(contract.StageNotify, c.Notify, pulumi.StringMap{
		contract.EnvTopicARN: topic.ARN,
	},
		component.Statement{Sid: "Publish", Action: []string{"sns:Publish"}, Resource: topic.ARN},
	)
	if f.err != nil {
		return nil, f.err
	}
	workflow, err := component.NewWorkflow(ctx, "workflow", component.WorkflowArgs{
		Validate: validate, Resize: resize, Notify: notify, Config: c, Account: account,
	})
	if err != nil {
		return nil, err
	}
	api, err := component.NewAPI(ctx, "api", component.APIArgs{
		StateMachineARN: workflow.ARN, Renditions: names(c.Renditions), LogRetention: c.LogRetentionDays, ManageAccount: c.ManageAPIAccount,
	})
	if err != nil {
		return nil, err
	}
	observability, err := component.NewObservability(ctx, "observability", component.ObservabilityArgs{
		Region:          c.Region,
		Functions:       map[string]*component.Function{contract.StageValidate: validate, contract.StageResize: resize, contract.StageNotify: notify},
		StateMachineARN: workflow.ARN,
		APIName:         api.Name,
		APIStage:        api.Stage,
	})
	if err != nil {
		return nil, err
	}
	return pulumi.Map{
		OutputProcessURL:      pulumi.Sprintf("%s%s", api.URL, contract.PathProcess),
		OutputInputBucket:     input.Name,
		OutputOutputBucket:    output.Name,
		OutputStateMachineARN: workflow.ARN,
		OutputTopicARN:        topic.ARN,
		OutputDashboards:      observability.Dashboards,
	}, nil
}

// accepts says which images are accepted. validate decides by it on the header,
// and resize on the whole file.
func accepts(c config.Config) (pulumi.StringMap, error) {
	pixels, err := c.PixelLimit()
	if err != nil {
		return nil, fmt.Errorf("derive the largest image from the memory of resize: %w", err)
	}
	return pulumi.StringMap{
		contract.EnvSupportedSuffixes: pulumi.String(strings.Join(c.SupportedSuffixes, ",")),
		contract.EnvMaxBytes:          pulumi.String(strconv.FormatInt(c.MaxBytes, 10)),
		contract.EnvMaxPixels:         pulumi.String(strconv.FormatInt(pixels, 10)),
		contract.EnvMaxFrames:         pulumi.String(strconv.FormatInt(c.MaxFrames, 10)),
	}, nil
}

// with adds variables to a function's own.
func with(common, own pulumi.StringMap) pulumi.StringMap {
	maps.Copy(own, common)
	return own
}

// names are those that a request can ask for.
func names(renditions []imaging.Rendition) []string {
	list := make([]string, len(renditions))
	for i, r := range renditions {
		list[i] = r.Name
	}
	return list
}

// functions adds one function after another; after the first error it does
// nothing more.
type functions struct {
	ctx       *pulumi.Context
	config    config.Config
	artifacts Artifacts
	err       error
}

func (f *functions) add(stage string, c config.Function, environment pulumi.StringMap, statements ...component.Statement) *component.Function {
	if f.err != nil {
		return nil
	}
	code, err := f.artifacts(stage)
	if err != nil {
		f.err = err
		return nil
	}
	environment[contract.EnvMetricsNamespace] = pulumi.Sprintf("%s/%s", contract.DefaultMetricsNamespace, f.ctx.Stack())
	fn, err := component.NewFunction(f.ctx, stage, component.FunctionArgs{
		Config:       c,
		Code:         code,
		Environment:  environment,
		Statements:   statements,
		LogRetention: f.config.LogRetentionDays,
	})
	f.err = err
	return fn
}
