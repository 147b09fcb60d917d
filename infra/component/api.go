package component

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigateway"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pixline/pixline/infra/config"
	"github.com/pixline/pixline/pkg/contract"
)

// StageName is the API's only stage: environments are stacks, not stages.
const StageName = "v1"

// APIArgs configures an API.
type APIArgs struct {
	Config          config.API
	StateMachineARN pulumi.StringOutput
	Renditions      []string // the names that a request may ask for
	LogRetention    int      // days
	Key             *Key
	// ManageAccount lets the stack set the one role by which API Gateway writes
	// logs in this account and region. Only one stack of an account can.
	ManageAccount bool
}

// API is the REST API in front of the state machine: service integrations, no
// function in between.
type API struct {
	pulumi.ResourceState

	Name  pulumi.StringOutput
	Stage pulumi.StringOutput
	URL   pulumi.StringOutput // of the stage, without a slash at the end
	// Access are the stack outputs that a caller needs, by their names.
	Access pulumi.Map
}

// NewAPI creates an API.
func NewAPI(ctx *pulumi.Context, name string, args APIArgs, opts ...pulumi.ResourceOption) (*API, error) {
	self := &API{}
	if err := ctx.RegisterComponentResource("pixline:component:API", name, self, opts...); err != nil {
		return nil, err
	}
	child := pulumi.Parent(self)
	api, err := apigateway.NewRestApi(ctx, name, &apigateway.RestApiArgs{
		Description: pulumi.String("Starts and follows executions of the image pipeline"),
		EndpointConfiguration: apigateway.RestApiEndpointConfigurationArgs{
			Types: pulumi.String("REGIONAL"),
		},
	}, child)
	if err != nil {
		return nil, err
	}
	role, policy, err := newRole(ctx, name, trust("apigateway.amazonaws.com", nil), []Statement{
		{Sid: "Start", Action: []string{"states:StartExecution"}, Resource: args.StateMachineARN},
		{Sid: "Follow", Action: []string{"states:DescribeExecution"}, Resource: executionsOf(args.StateMachineARN)},
	}, child)
	if err != nil {
		return nil, err
	}
	b := &routeBuilder{
		ctx: ctx, config: args.Config, api: api, credentials: role.Arn,
		stateMachineARN: args.StateMachineARN, renditions: args.Renditions, child: child,
	}
	if err := b.build(); err != nil {
		return nil, err
	}
	if err := b.gatewayResponses(); err != nil {
		return nil, err
	}
	if err := b.addressPolicy(); err != nil {
		return nil, err
	}
	deployment, err := apigateway.NewDeployment(ctx, name, &apigateway.DeploymentArgs{
		RestApi:  api.ID(),
		Triggers: pulumi.StringMap{"content": b.contentHash()},
	}, child, pulumi.DependsOn(append(b.parts, policy)))
	if err != nil {
		return nil, err
	}
	logs, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
		Name:            pulumi.Sprintf("/aws/apigateway/%s-%s", ctx.Project(), ctx.Stack()),
		RetentionInDays: pulumi.Int(args.LogRetention),
		KmsKeyId:        args.Key.id(),
	}, child)
	if err != nil {
		return nil, err
	}
	var before []pulumi.Resource
	if args.ManageAccount {
		account, err := newAccount(ctx, name+"-logs", child)
		if err != nil {
			return nil, err
		}
		before = append(before, account)
	}
	stage, err := apigateway.NewStage(ctx, name, &apigateway.StageArgs{
		RestApi:            api.ID(),
		Deployment:         deployment.ID(),
		StageName:          pulumi.String(StageName),
		XrayTracingEnabled: pulumi.Bool(args.Config.Tracing),
		AccessLogSettings: apigateway.StageAccessLogSettingsArgs{
			DestinationArn: logs.Arn,
			Format:         pulumi.String(accessLogFormat),
		},
	}, child, pulumi.DependsOn(before))
	if err != nil {
		return nil, err
	}
	if err := newLimits(ctx, name, args.Config, stage, child); err != nil {
		return nil, err
	}
	if args.Config.Firewall {
		if err := newFirewall(ctx, name+"-firewall", args.Config, stage, child); err != nil {
			return nil, err
		}
	}
	if self.Access, err = newAccess(ctx, name, args.Config, api, stage, child); err != nil {
		return nil, err
	}
	self.Name, self.Stage, self.URL = api.Name, stage.StageName, stage.InvokeUrl
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{"name": self.Name, "url": self.URL})
}

// executionsOf is the resource name of every execution of the machine.
func executionsOf(stateMachineARN pulumi.StringOutput) pulumi.StringOutput {
	return stateMachineARN.ApplyT(func(arn string) string {
		return contract.ExecutionARN(arn, "*")
	}).(pulumi.StringOutput)
}

// accessLogFormat is one JSON line per request: who sent it, and who answered it why.
// Every variable is quoted: what has no value is logged as a bare -. The id of an API key
// is not the key. What a caller writes freely, such as the name of its program, is not logged: its
// quotation marks would forge a line.
const accessLogFormat = `{"requestId":"$context.requestId","extendedRequestId":"$context.extendedRequestId","time":"$context.requestTime","ip":"$context.identity.sourceIp",` +
	`"caller":"$context.identity.userArn","apiKeyId":"$context.identity.apiKeyId",` +
	`"method":"$context.httpMethod","path":"$context.path","status":"$context.status","latencyMs":"$context.responseLatency",` +
	`"integrationStatus":"$context.integration.status","error":"$context.error.message","errorType":"$context.error.responseType",` +
	`"firewall":"$context.wafResponseCode"}`
