package component

import (
	"slices"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pixline/pixline/infra/config"
	"github.com/pixline/pixline/pkg/workflow"
)

// logDelivery is what AWS requires of a state machine's role before it accepts
// a log destination. None of these actions has resources, so "*" it is.
// Source: Step Functions Developer Guide, "Logging using CloudWatch Logs".
var logDelivery = []string{
	"logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
	"logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
}

// WorkflowArgs configures a Workflow.
type WorkflowArgs struct {
	Validate, Resize, Notify *Function
	Config                   config.Config
	Key                      *Key
	Account                  pulumi.StringInput
}

// Workflow is the state machine, with its role and its log group.
type Workflow struct {
	pulumi.ResourceState

	ARN      pulumi.StringOutput
	LogGroup pulumi.StringOutput // its name
}

// NewWorkflow creates a Workflow.
func NewWorkflow(ctx *pulumi.Context, name string, args WorkflowArgs, opts ...pulumi.ResourceOption) (*Workflow, error) {
	self := &Workflow{}
	if err := ctx.RegisterComponentResource("pixline:component:Workflow", name, self, opts...); err != nil {
		return nil, err
	}
	child := pulumi.Parent(self)
	logs, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
		// AWS treats this prefix apart; any other overflows the log resource policy.
		Name:            pulumi.Sprintf("/aws/vendedlogs/states/%s-%s-%s", ctx.Project(), ctx.Stack(), name),
		RetentionInDays: pulumi.Int(args.Config.LogRetentionDays),
		KmsKeyId:        args.Key.id(),
	}, child)
	if err != nil {
		return nil, err
	}
	functions := pulumi.Array{args.Validate.ARN, args.Resize.ARN, args.Notify.ARN}
	statements := []Statement{
		{Sid: "Invoke", Action: []string{"lambda:InvokeFunction"}, Resource: functions},
		{Sid: "LogDelivery", Action: logDelivery, Resource: pulumi.String("*")},
	}
	if args.Config.API.Tracing {
		statements = append(statements, tracingStatement(slices.Concat(traceActions, samplingActions)...))
	}
	role, policy, err := newRole(ctx, name, trust("states.amazonaws.com", ofMachines(args.Config.Region, args.Account)), statements, child)
	if err != nil {
		return nil, err
	}
	definition := pulumi.All(args.Validate.ARN, args.Resize.ARN, args.Notify.ARN).ApplyT(func(arns []any) (string, error) {
		function := func(i int, f config.Function) workflow.Function {
			return workflow.Function{ARN: arns[i].(string), TaskTimeout: time.Duration(f.TaskSeconds()) * time.Second}
		}
		return workflow.Render(workflow.Functions{
			Validate: function(0, args.Config.Validate),
			Resize:   function(1, args.Config.Resize),
			Notify:   function(2, args.Config.Notify),
		}, time.Duration(args.Config.WorkflowTimeoutSeconds)*time.Second)
	}).(pulumi.StringOutput)
	machine, err := sfn.NewStateMachine(ctx, name, &sfn.StateMachineArgs{
		Type:       pulumi.String("STANDARD"),
		Definition: definition,
		RoleArn:    role.Arn,

		TracingConfiguration: sfn.StateMachineTracingConfigurationArgs{Enabled: pulumi.Bool(args.Config.API.Tracing)},
		LoggingConfiguration: sfn.StateMachineLoggingConfigurationArgs{
			Level: pulumi.String("ERROR"),
			// Keys and outcomes only: no image ever passes through.
			IncludeExecutionData: pulumi.Bool(true),
			LogDestination:       pulumi.Sprintf("%s:*", logs.Arn),
		},
	}, child, pulumi.Protect(args.Config.Protect), pulumi.DependsOn([]pulumi.Resource{policy})) // AWS checks the role when the machine is created
	if err != nil {
		return nil, err
	}
	self.ARN, self.LogGroup = machine.Arn, logs.Name
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{"arn": self.ARN})
}
