package local

import (
	"slices"

	"github.com/pixline/pixline/local/graph"
)

// emulated are the resource types that the runner brings to life.
var emulated = []string{
	"aws:apigateway/account:Account",
	"aws:apigateway/apiKey:ApiKey",
	"aws:apigateway/deployment:Deployment",
	"aws:apigateway/integration:Integration",
	"aws:apigateway/integrationResponse:IntegrationResponse",
	"aws:apigateway/method:Method",
	"aws:apigateway/methodResponse:MethodResponse",
	"aws:apigateway/methodSettings:MethodSettings",
	"aws:apigateway/model:Model",
	"aws:apigateway/requestValidator:RequestValidator",
	"aws:apigateway/resource:Resource",
	"aws:apigateway/response:Response",
	"aws:apigateway/restApi:RestApi",
	"aws:apigateway/restApiPolicy:RestApiPolicy",
	"aws:apigateway/stage:Stage",
	"aws:apigateway/usagePlan:UsagePlan",
	"aws:apigateway/usagePlanKey:UsagePlanKey",
	"aws:cloudwatch/compositeAlarm:CompositeAlarm",
	"aws:cloudwatch/dashboard:Dashboard",
	"aws:cloudwatch/eventRule:EventRule",
	"aws:cloudwatch/eventTarget:EventTarget",
	"aws:cloudwatch/logGroup:LogGroup",
	"aws:cloudwatch/metricAlarm:MetricAlarm",
	"aws:cloudwatch/queryDefinition:QueryDefinition",
	"aws:iam/role:Role",
	"aws:iam/rolePolicy:RolePolicy",
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment",
	"aws:kms/key:Key",
	"aws:lambda/function:Function",
	"aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
	"aws:s3/bucketMetric:BucketMetric",
	"aws:s3/bucketPolicy:BucketPolicy",
	"aws:s3/bucketV2:BucketV2",
	"aws:s3/bucketVersioningV2:BucketVersioningV2",
	"aws:sfn/stateMachine:StateMachine",
	"aws:sns/topic:Topic",
	"aws:sns/topicPolicy:TopicPolicy",
	"aws:sns/topicSubscription:TopicSubscription",
	"aws:sqs/queue:Queue",
	"aws:sqs/queuePolicy:QueuePolicy",
}

// withoutEffect are the types that change nothing here, and why.
var withoutEffect = map[string]string{
	"aws:iam/policy:Policy":                                                                      "it is for callers of the API, and here the administrator calls",
	"aws:wafv2/webAcl:WebAcl":                                                                    "there is no AWS WAF on this machine",
	"aws:wafv2/webAclAssociation:WebAclAssociation":                                              "there is no AWS WAF on this machine",
	"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2":                       "nothing expires on this machine",
	"aws:kms/alias:Alias":                                                                        "nothing looks the key up by it",
	"aws:s3/bucketOwnershipControls:BucketOwnershipControls":                                     "access lists are off",
	"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":                                     "there is no public access",
	"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": "objects are plain files; who may use the key is held to",
}

// NotEmulated is a resource that the runner leaves out.
type NotEmulated struct {
	Type string
	Name string
	Why  string
}

// notEmulated lists what of the graph the runner leaves out.
func notEmulated(g *graph.Graph) []NotEmulated {
	var list []NotEmulated
	for _, r := range g.Resources {
		if slices.Contains(emulated, r.Type) {
			continue
		}
		why, known := withoutEffect[r.Type]
		if !known {
			why = "the local runner does not know this type"
		}
		list = append(list, NotEmulated{Type: r.Type, Name: r.Name, Why: why})
	}
	return list
}
