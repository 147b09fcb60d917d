package component

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigateway"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pixline/pixline/infra/config"
	"github.com/pixline/pixline/pkg/contract"
)

// integrationTimeoutMs is the longest that a REST integration may take.
const integrationTimeoutMs = 29_000

const jsonType = "application/json"

// route is one method of the API, integrated with one action of Step Functions.
type route struct {
	name       string
	method     string
	path       string
	action     string
	parameters pulumi.BoolMap // method.request.…: required
	model      bool           // the body is a ProcessRequest
	request    string         // mapping template
	responses  []response
}

// response maps what Step Functions answers.
type response struct {
	status   string
	pattern  string // of Step Functions' HTTP status; empty: all others
	template string
}

var routes = []route{
	{
		name: "process", method: "POST", path: contract.PathProcess, action: "StartExecution",
		parameters: pulumi.BoolMap{"method.request.header." + contract.HeaderIdempotencyKey: pulumi.Bool(false)},
		model:      true,
		request:    "start.request.vtl",
		responses: []response{
			{status: "202", template: "start.response.vtl"},
			{status: "400", pattern: `4\d{2}`, template: "start.error.vtl"},
			{status: "500", pattern: `5\d{2}`, template: "unavailable.vtl"},
		},
	},
	{
		name: "execution", method: "GET", path: contract.PathExecution, action: "DescribeExecution",
		parameters: pulumi.BoolMap{"method.request.path.executionId": pulumi.Bool(true)},
		request:    "describe.request.vtl",
		responses: []response{
			{status: "200", template: "describe.response.vtl"},
			{status: "404", pattern: `4\d{2}`, template: "describe.error.vtl"},
			{status: "500", pattern: `5\d{2}`, template: "unavailable.vtl"},
		},
	},
}

// routeBuilder creates the methods, and remembers every part and its content:
// the deployment follows them.
type routeBuilder struct {
	ctx             *pulumi.Context
	config          config.API
	api             *apigateway.RestApi
	credentials     pulumi.StringOutput
	stateMachineARN pulumi.StringOutput
	renditions      []string
	child           pulumi.ResourceOption

	parts   []pulumi.Resource
	content pulumi.Array
}

// add takes properties that the part has. One that nobody has set, Pulumi does not
// know in a preview, and every preview would announce another deployment.
func (b *routeBuilder) add(part pulumi.Resource, content ...pulumi.Input) {
	b.parts = append(b.parts, part)
	b.content = append(b.content, content...)
}

func (b *routeBuilder) build() error {
	schema, err := requestSchema(b.renditions)
	if err != nil {
		return err
	}
	model, err := apigateway.NewModel(b.ctx, "process-request", &apigateway.ModelArgs{
		RestApi:     b.api.ID(),
		Name:        pulumi.String("ProcessRequest"), // API Gateway takes letters and digits only
		ContentType: pulumi.String(jsonType),
		Schema:      pulumi.String(schema),
	}, b.child)
	if err != nil {
		return err
	}
	b.add(model, model.Name, model.ContentType, model.Schema)
	validator, err := apigateway.NewRequestValidator(b.ctx, "request", &apigateway.RequestValidatorArgs{
		RestApi:                   b.api.ID(),
		ValidateRequestBody:       pulumi.Bool(true),
		ValidateRequestParameters: pulumi.Bool(true),
	}, b.child)
	if err != nil {
		return err
	}
	b.add(validator, validator.ValidateRequestBody, validator.ValidateRequestParameters)
	for _, r := range routes {
		if err := b.route(r, model, validator); err != nil {
			return err
		}
	}
	return nil
}

func (b *routeBuilder) route(r route, model *apigateway.Model, validator *apigateway.RequestValidator) error {
	resource, err := b.resource(r)
	if err != nil {
		return err
	}
	args := &apigateway.MethodArgs{
		RestApi:            b.api.ID(),
		ResourceId:         resource,
		HttpMethod:         pulumi.String(r.method),
		Authorization:      pulumi.String("NONE"),
		ApiKeyRequired:     pulumi.Bool(b.config.Auth == config.AuthAPIKey),
		RequestParameters:  r.parameters,
		RequestValidatorId: validator.ID(),
	}
	if b.config.Auth == config.AuthIAM {
		args.Authorization = pulumi.String("AWS_IAM")
	}
	if r.model {
		args.RequestModels = pulumi.StringMap{jsonType: model.Name}
	}
	method, err := apigateway.NewMethod(b.ctx, r.name, args, b.child)
	if err != nil {
		return err
	}
	b.add(method, method.HttpMethod, method.Authorization, method.ApiKeyRequired, method.RequestParameters, method.RequestValidatorId)
	if args.RequestModels != nil {
		b.add(method, method.RequestModels)
	}

	region := arnRegion(b.stateMachineARN)
	integration, err := apigateway.NewIntegration(b.ctx, r.name, &apigateway.IntegrationArgs{
		RestApi:               b.api.ID(),
		ResourceId:            resource,
		HttpMethod:            method.HttpMethod,
		Type:                  pulumi.String("AWS"),
		IntegrationHttpMethod: pulumi.String("POST"),
		Uri:                   pulumi.Sprintf("arn:aws:apigateway:%s:states:action/%s", region, r.action),
		Credentials:           b.credentials,
		PassthroughBehavior:   pulumi.String("NEVER"),
		RequestTemplates:      pulumi.StringMap{jsonType: b.template(r.request)},
		TimeoutMilliseconds:   pulumi.Int(integrationTimeoutMs),
	}, b.child)
	if err != nil {
		return err
	}
	b.add(integration, integration.Type, integration.IntegrationHttpMethod, integration.Uri, integration.Credentials,
		integration.PassthroughBehavior, integration.RequestTemplates, integration.TimeoutMilliseconds)
	for _, answer := range r.responses {
		if err := b.response(r, answer, resource, method, integration); err != nil {
			return err
		}
	}
	return b.preflight(r, resource)
}

func (b *routeBuilder) response(r route, answer response, resource pulumi.StringOutput, method *apigateway.Method, integration *apigateway.Integration) error {
	name := r.name + "-" + answer.status
	headers := b.declaredHeaders()
	declared, err := apigateway.NewMethodResponse(b.ctx, name, &apigateway.MethodResponseArgs{
		RestApi:    b.api.ID(),
		ResourceId: resource,
		HttpMethod: method.HttpMethod,
		StatusCode: pulumi.String(answer.status),

		ResponseParameters: headers,
	}, b.child)
	if err != nil {
		return err
	}
	b.add(declared, declared.StatusCode)
	if headers != nil {
		b.add(declared, declared.ResponseParameters)
	}
	mapped, err := apigateway.NewIntegrationResponse(b.ctx, name, &apigateway.IntegrationResponseArgs{
		RestApi:           b.api.ID(),
		ResourceId:        resource,
		HttpMethod:        method.HttpMethod,
		StatusCode:        declared.StatusCode,
		SelectionPattern:  pulumi.String(answer.pattern),
		ResponseTemplates: pulumi.StringMap{jsonType: b.template(answer.template)},
	}, b.child, pulumi.DependsOn([]pulumi.Resource{integration}))
	if err != nil {
		return err
	}
	b.add(mapped, mapped.StatusCode, mapped.SelectionPattern, mapped.ResponseTemplates)
	return nil
}

// resource creates the path of a route, segment by segment.
func (b *routeBuilder) resource(r route) (pulumi.StringOutput, error) {
	parent := b.api.RootResourceId
	segments := strings.Split(strings.TrimPrefix(r.path, "/"), "/")
	for i, segment := range segments {
		name := strings.NewReplacer("{", "", "}", "").Replace(strings.Join(segments[:i+1], "-"))
		resource, err := apigateway.NewResource(b.ctx, name, &apigateway.ResourceArgs{
			RestApi:  b.api.ID(),
			ParentId: parent,
			PathPart: pulumi.String(segment),
		}, b.child)
		if err != nil {
			return parent, err
		}
		b.add(resource, resource.ParentId, resource.PathPart)
		parent = resource.ID().ToStringOutput()
	}
	return parent, nil
}

func (b *routeBuilder) template(name string) pulumi.StringOutput {
	return b.stateMachineARN.ApplyT(func(arn string) (string, error) {
		return renderTemplate(name, templateValues{StateMachineARN: arn, Origins: b.config.CORSOrigins})
	}).(pulumi.StringOutput)
}

// contentHash changes with the content of any part: API Gateway serves a
// snapshot, and without a new deployment no change is ever seen.
func (b *routeBuilder) contentHash() pulumi.StringOutput {
	return pulumi.JSONMarshal(b.content).ApplyT(func(content string) string {
		sum := sha256.Sum256([]byte(content))
		return hex.EncodeToString(sum[:])
	}).(pulumi.StringOutput)
}

func arnRegion(arn pulumi.StringOutput) pulumi.StringOutput {
	return arn.ApplyT(func(arn string) string { return strings.SplitN(arn, ":", 5)[3] }).(pulumi.StringOutput)
}
