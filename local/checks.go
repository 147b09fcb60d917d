package local

import (
	"context"
	"errors"
	"fmt"

	"github.com/pixline/pixline/local/access"
	"github.com/pixline/pixline/local/graph"
	"github.com/pixline/pixline/local/runtime"
	"github.com/pixline/pixline/local/states"
)

// logDelivery is what Step Functions wants of a machine's role that logs.
// Source: Step Functions Developer Guide, "Logging using CloudWatch Logs".
var logDelivery = []string{
	"logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
	"logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
}

// trace is what Lambda wants of the role of a function that it traces, and
// traceAndSample what Step Functions wants of a machine's.
// Sources: Lambda Developer Guide, "Visualize Lambda function invocations using
// AWS X-Ray"; Step Functions Developer Guide, "IAM policies for AWS X-Ray".
var (
	trace          = []string{"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
	traceAndSample = append([]string{"xray:GetSamplingRules", "xray:GetSamplingTargets"}, trace...)
)

// pushToLogs is what API Gateway wants of the account's role for logs.
// Source: API Gateway Developer Guide, "Set up CloudWatch logging for REST APIs".
var pushToLogs = []string{
	"logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams",
	"logs:PutLogEvents", "logs:GetLogEvents", "logs:FilterLogEvents",
}

// checkDeployment refuses what AWS refuses when the resource is created, long
// before it is used.
func checkDeployment(ctx context.Context, g *graph.Graph, a *access.Service, functions []runtime.Function) error {
	var problems []error
	check := func(what, roleARN, service, source string, actions []string, resource string) {
		ctx, err := a.ActAs(ctx, roleARN, service, source)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", what, err))
			return
		}
		for _, action := range actions {
			if err := a.Authorize(ctx, action, resource); err != nil {
				problems = append(problems, fmt.Errorf("%s: %w", what, err))
			}
		}
	}
	for _, f := range functions {
		actions := []string{}
		if f.DeadLetterARN != "" {
			actions = append(actions, "sqs:SendMessage")
		}
		check("create function "+f.Name, f.RoleARN, access.Lambda, "", actions, f.DeadLetterARN)
		if traced(g, f.ARN) {
			check("trace function "+f.Name, f.RoleARN, access.Lambda, "", trace, "*")
		}
	}
	machines, err := stateMachines(g)
	if err != nil {
		return err
	}
	for _, m := range machines {
		actions := logDelivery
		if m.Logging.Level == states.LevelOff {
			actions = nil
		}
		check("create state machine "+m.Name, m.RoleARN, access.StepFunctions, m.ARN, actions, "*")
		if m.Tracing.Enabled {
			check("trace state machine "+m.Name, m.RoleARN, access.StepFunctions, m.ARN, traceAndSample, "*")
		}
	}
	if role := accountRole(g); role != "" {
		check("set the logging role of API Gateway", role, access.APIGateway, "", pushToLogs, "*")
	}
	return errors.Join(problems...)
}

// traced tells whether AWS X-Ray follows the function.
func traced(g *graph.Graph, functionARN string) bool {
	for _, f := range g.Of("aws:lambda/function:Function") {
		setting, _ := f.Inputs["tracingConfig"].(map[string]any)
		if f.String("arn") == functionARN && setting["mode"] == "Active" {
			return true
		}
	}
	return false
}

// accountRole is the role by which API Gateway writes logs, if this stack is
// the one that sets it.
func accountRole(g *graph.Graph) string {
	for _, r := range g.Of("aws:apigateway/account:Account") {
		return r.String("cloudwatchRoleArn")
	}
	return ""
}
