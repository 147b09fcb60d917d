package deploytest

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/pixline/pixline/local/graph"
)

var ofFunctions = map[string]comparison{
	"aws:lambda/function:Function": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		client := lambda.NewFromConfig(s.aws)
		f, err := client.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: aws.String(s.id(r))})
		if err != nil {
			return nil, nil, err
		}
		reserved, err := client.GetFunctionConcurrency(ctx, &lambda.GetFunctionConcurrencyInput{FunctionName: aws.String(s.id(r))})
		if err != nil {
			return nil, nil, err
		}
		// The name in the program is the stage's, and so is the package's.
		code, err := os.ReadFile(filepath.Join(s.root, "bin", r.Name+".zip"))
		if err != nil {
			return nil, nil, err
		}
		sum := sha256.Sum256(code)
		want := of(r, "name", "architectures", "runtime", "handler", "role", "memorySize", "timeout", "kmsKeyArn")
		want["variables"] = field(r, "environment", "variables")
		want["logGroup"], want["logFormat"] = field(r, "loggingConfig", "logGroup"), field(r, "loggingConfig", "logFormat")
		want["deadLetters"] = field(r, "deadLetterConfig", "targetArn")
		want["tracing"] = field(r, "tracingConfig", "mode")
		want["code"] = base64.StdEncoding.EncodeToString(sum[:])
		if n, _ := r.Inputs["reservedConcurrentExecutions"].(float64); n >= 0 {
			want["reserved"] = n
		}
		c := f.Configuration
		got := properties{
			"name": c.FunctionName, "architectures": c.Architectures, "runtime": c.Runtime, "handler": c.Handler, "role": c.Role,
			"memorySize": c.MemorySize, "timeout": c.Timeout, "kmsKeyArn": c.KMSKeyArn, "code": c.CodeSha256,
			"reserved": reserved.ReservedConcurrentExecutions,
		}
		if c.Environment != nil {
			got["variables"] = c.Environment.Variables
		}
		if c.LoggingConfig != nil {
			got["logGroup"], got["logFormat"] = c.LoggingConfig.LogGroup, c.LoggingConfig.LogFormat
		}
		if c.DeadLetterConfig != nil {
			got["deadLetters"] = c.DeadLetterConfig.TargetArn
		}
		if c.TracingConfig != nil && want["tracing"] != nil {
			got["tracing"] = c.TracingConfig.Mode
		}
		return want, got, nil
	},
}

var ofWorkflow = map[string]comparison{
	"aws:sfn/stateMachine:StateMachine": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		m, err := sfn.NewFromConfig(s.aws).DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: aws.String(s.id(r))})
		if err != nil {
			return nil, nil, err
		}
		want := of(r, "name", "type", "definition", "roleArn")
		want["level"], want["data"] = field(r, "loggingConfiguration", "level"), field(r, "loggingConfiguration", "includeExecutionData")
		want["logs"] = field(r, "loggingConfiguration", "logDestination")
		want["tracing"] = field(r, "tracingConfiguration", "enabled")
		got := properties{"name": m.Name, "type": m.Type, "definition": m.Definition, "roleArn": m.RoleArn}
		if l := m.LoggingConfiguration; l != nil {
			got["level"], got["data"] = l.Level, l.IncludeExecutionData
			for _, d := range l.Destinations {
				got["logs"] = d.CloudWatchLogsLogGroup.LogGroupArn
			}
		}
		if m.TracingConfiguration != nil {
			got["tracing"] = m.TracingConfiguration.Enabled
		}
		return want, got, nil
	},
}
