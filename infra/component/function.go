package component

import (
	"maps"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pixline/pixline/infra/config"
)

// FunctionArgs configures a Function.
type FunctionArgs struct {
	Account      pulumi.StringInput
	Config       config.Function
	Code         pulumi.Archive
	Environment  pulumi.StringMap
	Statements   []Statement // what its role may do, beside its own log group and dead letters
	Tracing      bool        // by AWS X-Ray
	LogRetention int         // days
	DeadLetters  int         // days that a failed asynchronous invocation waits for someone to look at it
	Key          *Key
}

// Function is a Lambda function with a role, a log group and a dead-letter
// queue of its own.
type Function struct {
	pulumi.ResourceState

	Name        pulumi.StringOutput
	ARN         pulumi.StringOutput
	LogGroup    pulumi.StringOutput // its name
	DeadLetters *sqs.Queue
}

// NewFunction creates a Function.
func NewFunction(ctx *pulumi.Context, name string, args FunctionArgs, opts ...pulumi.ResourceOption) (*Function, error) {
	self := &Function{}
	if err := ctx.RegisterComponentResource("pixline:component:Function", name, self, opts...); err != nil {
		return nil, err
	}
	child := pulumi.Parent(self)
	// Declared, with retention, and not left to Lambda: a group that the running
	// function creates has none and survives destroy.
	logs, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
		Name:            pulumi.Sprintf("/aws/lambda/%s-%s-%s", ctx.Project(), ctx.Stack(), name),
		RetentionInDays: pulumi.Int(args.LogRetention),
		KmsKeyId:        args.Key.id(),
	}, child)
	if err != nil {
		return nil, err
	}
	deadLetters, _, err := newDeadLetters(ctx, name+"-dead-letters", args.DeadLetters, args.Key, rolesAlone, child)
	if err != nil {
		return nil, err
	}
	if args.Tracing {
		args.Statements = append(args.Statements, tracingStatement(traceActions...))
	}
	statements := slices.Concat(args.Statements, []Statement{
		{Sid: "Logs", Action: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, Resource: pulumi.Sprintf("%s:*", logs.Arn)},
		{Sid: "DeadLetters", Action: []string{"sqs:SendMessage"}, Resource: deadLetters.Arn},
	},
		// Lambda decrypts the variables as the role: without, a cold start fails with
		// KMSAccessDeniedException. Source: AWS KMS Developer Guide, "kms:ViaService".
		args.Key.Use("Variables", "lambda", Decrypt),
		args.Key.Use("DeadLettersKey", "sqs", GenerateDataKey, Decrypt))
	role, policy, err := newRole(ctx, name, trust("lambda.amazonaws.com", ofAccount(args.Account)), statements, child)
	if err != nil {
		return nil, err
	}
	mode := "PassThrough"
	if args.Tracing {
		mode = "Active"
	}
	// Without a limit the collector lets garbage grow past the memory that is there,
	// and Lambda ends the function.
	environment := pulumi.StringMap{"GOMEMLIMIT": pulumi.String(strconv.FormatInt(args.Config.HeapBytes(), 10))}
	maps.Copy(environment, args.Environment)
	fn, err := lambda.NewFunction(ctx, name, &lambda.FunctionArgs{
		Architectures:                pulumi.StringArray{pulumi.String("arm64")},
		Runtime:                      pulumi.String("provided.al2023"),
		Handler:                      pulumi.String("bootstrap"),
		Code:                         args.Code,
		Role:                         role.Arn,
		MemorySize:                   pulumi.Int(args.Config.MemoryMB),
		Timeout:                      pulumi.Int(args.Config.TimeoutSeconds),
		ReservedConcurrentExecutions: pulumi.Int(args.Config.ReservedConcurrency),
		Environment:                  lambda.FunctionEnvironmentArgs{Variables: environment},
		KmsKeyArn:                    args.Key.id(),
		LoggingConfig:                lambda.FunctionLoggingConfigArgs{LogFormat: pulumi.String("Text"), LogGroup: logs.Name},
		TracingConfig:                lambda.FunctionTracingConfigArgs{Mode: pulumi.String(mode)},
		DeadLetterConfig:             lambda.FunctionDeadLetterConfigArgs{TargetArn: deadLetters.Arn},
	}, child, pulumi.DependsOn([]pulumi.Resource{policy}))
	if err != nil {
		return nil, err
	}
	self.Name, self.ARN, self.LogGroup, self.DeadLetters = fn.Name, fn.Arn, logs.Name, deadLetters
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{"name": self.Name, "arn": self.ARN})
}
