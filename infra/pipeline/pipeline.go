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
	OutputAlarmTopicARN   = "alarmsTopicArn"
	OutputDashboards      = "dashboards"
	OutputHealth          = "health"              // name of the alarm over the stages
	OutputFailedURL       = "failedExecutionsUrl" // of the queue of executions to do again
	OutputUndelivered     = "undeliveredQueueArn" // for the dead letters of subscriptions
)

// Deploy declares every resource of the stack and returns the stack's outputs.
func Deploy(ctx *pulumi.Context, artifacts Artifacts) (pulumi.Map, error) {
	c, err := config.Load(ctx)
	if err != nil {
		return nil, err
	}
	if err := tagEverything(ctx); err != nil {
		return nil, err
	}
	account := aws.GetCallerIdentityOutput(ctx, aws.GetCallerIdentityOutputArgs{}).AccountId()
	key, err := newKey(ctx, c, account)
	if err != nil {
		return nil, err
	}
	input, err := component.NewBucket(ctx, config.BucketInput, component.BucketArgs{
		Versioned: true, OldVersionDays: c.Retention.OldVersionDays, Destroyable: c.DestroyableBuckets, Protect: c.Protect, Key: key,
	})
	if err != nil {
		return nil, err
	}
	output, err := component.NewBucket(ctx, config.BucketOutput, component.BucketArgs{
		ExpireDays: c.Retention.OutputDays, Destroyable: c.DestroyableBuckets, Protect: c.Protect, Key: key,
	})
	if err != nil {
		return nil, err
	}
	topic, err := component.NewNotifications(ctx, "outcomes", component.TopicArgs{Key: key, Protect: c.Protect})
	if err != nil {
		return nil, err
	}
	alarms, err := component.NewAlarmTopic(ctx, "alarms", component.AlarmTopicArgs{
		TopicArgs: component.TopicArgs{Key: key, Protect: c.Protect}, Account: account, Region: c.Region,
	})
	if err != nil {
		return nil, err
	}
	f := &functions{ctx: ctx, config: c, account: account, artifacts: artifacts, key: key}
	accepted, err := accepts(c)
	if err != nil {
		return nil, err
	}
	validate := f.add(contract.StageValidate, c.Validate, with(accepted, pulumi.StringMap{
		contract.EnvInputBucket:  input.Name,
		contract.EnvOutputPrefix: pulumi.String(c.OutputPrefix),
	}),
		key.Use("Objects", "s3", component.Decrypt),
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
		key.Use("Objects", "s3", component.Decrypt, component.GenerateDataKey),
		// Only the version that was checked is read.
		component.Statement{Sid: "Read", Action: []string{"s3:GetObjectVersion"}, Resource: pulumi.Sprintf("%s/*", input.ARN)},
		component.Statement{Sid: "SeeWhatIsMissing", Action: []string{"s3:ListBucket"}, Resource: input.ARN},
		// Reading what is there tells a repeated execution from a changed image.
		component.Statement{Sid: "Write", Action: []string{"s3:PutObject", "s3:GetObject"}, Resource: written},
	)
	notify := f.add(contract.StageNotify, c.Notify, pulumi.StringMap{
		contract.EnvTopicARN: topic.ARN,
	},
		key.Use("Topic", "sns", component.Decrypt, component.GenerateDataKey),
		component.Statement{Sid: "Publish", Action: []string{"sns:Publish"}, Resource: topic.ARN},
	)
	if f.err != nil {
		return nil, f.err
	}
	workflow, err := component.NewWorkflow(ctx, "workflow", component.WorkflowArgs{
		Validate: validate, Resize: resize, Notify: notify, Config: c, Account: account, Key: key,
	})
	if err != nil {
		return nil, err
	}
	failures, err := component.NewFailures(ctx, "failures", component.FailuresArgs{
		StateMachineARN: workflow.ARN, TopicARN: topic.ARN, TopicPolicy: topic.Policy, AlarmTopicARN: alarms.ARN,
		Account: account, DeadLetterDays: c.Retention.DeadLetterDays, Key: key,
	})
	if err != nil {
		return nil, err
	}
	api, err := component.NewAPI(ctx, "api", component.APIArgs{
		Config: c.API, StateMachineARN: workflow.ARN, Renditions: names(c.Renditions), LogRetention: c.LogRetentionDays, ManageAccount: c.ManageAPIAccount, Key: key,
	})
	if err != nil {
		return nil, err
	}
	observability, err := component.NewObservability(ctx, "observability", component.ObservabilityArgs{
		Watched: component.Watched{
			Stack:     c.Watched(ctx.Stack()),
			Account:   account,
			Functions: map[string]*component.Function{contract.StageValidate: validate, contract.StageResize: resize, contract.StageNotify: notify},
			Workflow:  workflow,
			API:       api,
			Buckets:   map[string]*component.Bucket{config.BucketInput: input, config.BucketOutput: output},
			Topic:     topic,
			DeadLetters: map[string]pulumi.StringOutput{
				contract.StageValidate: validate.DeadLetters.Name, contract.StageResize: resize.DeadLetters.Name, contract.StageNotify: notify.DeadLetters.Name,
				config.QueueExecutions: failures.Executions.Name, config.QueueUndelivered: failures.Undelivered.Name,
			},
		},
		Settings: c.Watching(),
		Alarms:   c.Alarms,
		Topic:    alarms,
		Failures: failures,
	})
	if err != nil {
		return nil, err
	}
	outputs := pulumi.Map{
		OutputProcessURL:      pulumi.Sprintf("%s%s", api.URL, contract.PathProcess),
		OutputInputBucket:     input.Name,
		OutputOutputBucket:    output.Name,
		OutputStateMachineARN: workflow.ARN,
		OutputTopicARN:        topic.ARN,
		OutputAlarmTopicARN:   alarms.ARN,
		OutputDashboards:      observability.Dashboards,
		OutputHealth:          observability.Health,
		OutputFailedURL:       failures.Executions.Url,
		OutputUndelivered:     failures.Undelivered.Arn,
	}
	maps.Copy(outputs, api.Access)
	return outputs, nil
}

// newKey creates the stack's key where it is to have one.
func newKey(ctx *pulumi.Context, c config.Config, account pulumi.StringInput) (*component.Key, error) {
	if c.Encryption != config.EncryptionKMS {
		return nil, nil
	}
	return component.NewKey(ctx, "data", component.KeyArgs{Account: account, Region: c.Region, Destroyable: c.DestroyableBuckets, Protect: c.Protect})
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
	account   pulumi.StringInput
	artifacts Artifacts
	key       *component.Key
	err       error
}

func (f *functions) add(stage string, c config.Function, environment pulumi.StringMap, useOfKey []component.Statement, statements ...component.Statement) *component.Function {
	if f.err != nil {
		return nil
	}
	code, err := f.artifacts(stage)
	if err != nil {
		f.err = err
		return nil
	}
	environment[contract.EnvMetricsNamespace] = pulumi.String(config.MetricsNamespace(f.ctx.Stack()))
	fn, err := component.NewFunction(f.ctx, stage, component.FunctionArgs{
		Account:      f.account,
		Config:       c,
		Code:         code,
		Environment:  environment,
		Statements:   append(statements, useOfKey...),
		LogRetention: f.config.LogRetentionDays,
		DeadLetters:  f.config.Retention.DeadLetterDays,
		Key:          f.key,
		Tracing:      f.config.API.Tracing,
	})
	f.err = err
	return fn
}
