package graph

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pixline/pixline/infra/config"
)

// monitor takes the place of Pulumi's engine: it records each resource and
// answers with what AWS would have filled in.
type monitor struct {
	opts     Options
	settings settings

	mu        sync.Mutex
	resources []Resource
}

// NewResource implements pulumi.MockResourceMonitor.
func (m *monitor) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	urn := args.RegisterRPC.GetType() + "::" + args.Name
	if args.RegisterRPC.GetParent() != "" {
		urn = args.RegisterRPC.GetParent() + "/" + urn
	}
	if !strings.HasPrefix(args.TypeToken, "aws:") {
		return args.Name + "_id", args.Inputs, nil // a component: its children are the resources
	}
	sum := sha256.Sum256([]byte(m.opts.Stack + " " + urn))
	digits := hex.EncodeToString(sum[:])
	state := args.Inputs.Copy()
	if property, ok := autonamed[args.TypeToken]; ok && !state.HasValue(resource.PropertyKey(property)) {
		name, err := physicalName(m.settings.autonaming, config.Project, m.opts.Stack, args.Name, digits)
		if err != nil {
			return "", nil, err
		}
		state[resource.PropertyKey(property)] = resource.NewStringProperty(name)
	}
	id, computed := m.compute(args.TypeToken, state, digits)
	for key, value := range computed {
		state[resource.PropertyKey(key)] = resource.NewStringProperty(value)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.resources = append(m.resources, Resource{URN: urn, Type: args.TypeToken, Name: args.Name, ID: id, Inputs: plain(state)})
	return id, state, nil
}

// Call implements pulumi.MockResourceMonitor: the provider's functions.
func (m *monitor) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	if args.Token != "aws:index/getCallerIdentity:getCallerIdentity" {
		return nil, fmt.Errorf("the local runner does not know the provider's function %s", args.Token)
	}
	return resource.PropertyMap{
		"accountId": resource.NewStringProperty(AccountID),
		"arn":       resource.NewStringProperty("arn:aws:iam::" + AccountID + ":user/test"),
		"id":        resource.NewStringProperty(AccountID),
		"userId":    resource.NewStringProperty("AIDATEST"),
	}, nil
}

// autonamed is the property that Pulumi names where the program does not.
var autonamed = map[string]string{
	"aws:apigateway/requestValidator:RequestValidator": "name",
	"aws:apigateway/restApi:RestApi":                   "name",
	"aws:apigateway/apiKey:ApiKey":                     "name",
	"aws:apigateway/usagePlan:UsagePlan":               "name",
	"aws:cloudwatch/eventRule:EventRule":               "name",
	"aws:cloudwatch/logGroup:LogGroup":                 "name",
	"aws:iam/policy:Policy":                            "name",
	"aws:iam/role:Role":                                "name",
	"aws:iam/rolePolicy:RolePolicy":                    "name",
	"aws:lambda/function:Function":                     "name",
	"aws:s3/bucketV2:BucketV2":                         "bucket",
	"aws:sfn/stateMachine:StateMachine":                "name",
	"aws:sns/topic:Topic":                              "name",
	"aws:sqs/queue:Queue":                              "name",
	"aws:wafv2/webAcl:WebAcl":                          "name",
}

// compute gives a resource's id, and the properties that AWS adds.
func (m *monitor) compute(kind string, state resource.PropertyMap, digits string) (string, map[string]string) {
	get := func(key string) string {
		if v := state[resource.PropertyKey(key)]; v.IsString() {
			return v.StringValue()
		}
		return ""
	}
	region := m.settings.region()
	arn := func(service, name string) string {
		return "arn:aws:" + service + ":" + region + ":" + AccountID + ":" + name
	}
	switch kind {
	case "aws:s3/bucketV2:BucketV2":
		return get("bucket"), map[string]string{"arn": "arn:aws:s3:::" + get("bucket")}
	case "aws:iam/policy:Policy":
		policy := "arn:aws:iam::" + AccountID + ":policy/" + get("name")
		return policy, map[string]string{"arn": policy}
	case "aws:iam/role:Role":
		return get("name"), map[string]string{"arn": "arn:aws:iam::" + AccountID + ":role/" + get("name")}
	case "aws:lambda/function:Function":
		return get("name"), map[string]string{"arn": arn("lambda", "function:"+get("name"))}
	case "aws:cloudwatch/logGroup:LogGroup":
		return get("name"), map[string]string{"arn": arn("logs", "log-group:"+get("name"))}
	case "aws:cloudwatch/eventRule:EventRule":
		return get("name"), map[string]string{"arn": arn("events", "rule/"+get("name"))}
	case "aws:kms/key:Key":
		id := uuidOf(digits)
		return id, map[string]string{"keyId": id, "arn": arn("kms", "key/"+id)}
	case "aws:cloudwatch/dashboard:Dashboard":
		return get("dashboardName"), map[string]string{"dashboardArn": "arn:aws:cloudwatch::" + AccountID + ":dashboard/" + get("dashboardName")}
	case "aws:cloudwatch/metricAlarm:MetricAlarm":
		return get("name"), map[string]string{"arn": arn("cloudwatch", "alarm:"+get("name"))}
	case "aws:cloudwatch/compositeAlarm:CompositeAlarm":
		return get("alarmName"), map[string]string{"arn": arn("cloudwatch", "alarm:"+get("alarmName"))}
	case "aws:cloudwatch/queryDefinition:QueryDefinition":
		id := uuidOf(digits)
		return id, map[string]string{"queryDefinitionId": id}
	case "aws:s3/bucketMetric:BucketMetric":
		return get("bucket") + ":" + get("name"), nil
	case "aws:sns/topicSubscription:TopicSubscription":
		subscription := get("topic") + ":" + uuidOf(digits)
		return subscription, map[string]string{"arn": subscription}
	case "aws:sqs/queue:Queue":
		url := m.opts.AWSURL + "/" + AccountID + "/" + get("name")
		return url, map[string]string{"arn": arn("sqs", get("name")), "url": url}
	case "aws:sns/topic:Topic":
		return arn("sns", get("name")), map[string]string{"arn": arn("sns", get("name"))}
	case "aws:sfn/stateMachine:StateMachine":
		return arn("states", "stateMachine:"+get("name")), map[string]string{"arn": arn("states", "stateMachine:"+get("name"))}
	case "aws:apigateway/restApi:RestApi":
		id := digits[:10]
		return id, map[string]string{"rootResourceId": digits[10:20], "executionArn": arn("execute-api", id)}
	case "aws:apigateway/stage:Stage":
		return "ags-" + get("restApi") + "-" + get("stageName"), map[string]string{
			"arn":       "arn:aws:apigateway:" + region + "::/restapis/" + get("restApi") + "/stages/" + get("stageName"),
			"invokeUrl": m.opts.APIURL,
		}
	case "aws:apigateway/apiKey:ApiKey":
		// AWS makes up the value. Here it stays the same from run to run, and opens
		// no more than the administrator's well-known credentials do.
		return digits[:10], map[string]string{"value": digits[10:50]}
	case "aws:wafv2/webAcl:WebAcl":
		return digits[:32], map[string]string{"arn": arn("wafv2", "regional/webacl/"+get("name")+"/"+digits[:32])}
	}
	return digits[:10], nil
}

// uuidOf has the shape of a UUID.
func uuidOf(digits string) string {
	return strings.Join([]string{digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]}, "-")
}

// plain gives properties as plain values: archives as their path, secrets open.
func plain(properties resource.PropertyMap) map[string]any {
	return properties.MapRepl(nil, func(v resource.PropertyValue) (any, bool) {
		switch {
		case v.IsArchive():
			return v.ArchiveValue().Path, true
		case v.IsSecret():
			return v.SecretValue().Element.Mappable(), true
		}
		return nil, false
	})
}
