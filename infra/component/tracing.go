package component

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// traceActions are what AWS X-Ray wants of a function's role, and samplingActions
// what it wants of a state machine's beside them. None of them has a resource, so
// "*" it is; API Gateway traces by a role of AWS's own.
// Sources: Lambda Developer Guide, "Visualize Lambda function invocations using
// AWS X-Ray"; Step Functions Developer Guide, "IAM policies for AWS X-Ray";
// Service Authorization Reference, "AWS X-Ray".
var (
	traceActions    = []string{"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
	samplingActions = []string{"xray:GetSamplingRules", "xray:GetSamplingTargets"}
)

func tracingStatement(actions ...string) Statement {
	return Statement{Sid: "Trace", Action: actions, Resource: pulumi.String("*")}
}
