package component

import (
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigateway"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pixline/pixline/infra/config"
	"github.com/pixline/pixline/pkg/contract"
)

// allowOrigin is the header by which a browser lets a page read an answer.
const allowOrigin = "Access-Control-Allow-Origin"

// preflightSeconds is how long a browser need not ask again.
const preflightSeconds = "600"

// declaredHeaders are those of a method's answer that its template sets.
func (b *routeBuilder) declaredHeaders() pulumi.BoolMap {
	if len(b.config.CORSOrigins) == 0 {
		return nil
	}
	return pulumi.BoolMap{"method.response.header." + allowOrigin: pulumi.Bool(false)}
}

// refusalHeaders are those of API Gateway's own answers, which know static
// values only. With several origins that is *: they tell the sender of a request
// what is wrong with it, and no one's data; a page sends no cookie along.
func (b *routeBuilder) refusalHeaders() pulumi.StringMap {
	origin := config.AnyOrigin
	switch len(b.config.CORSOrigins) {
	case 0:
		return nil
	case 1:
		origin = b.config.CORSOrigins[0]
	}
	return pulumi.StringMap{"gatewayresponse.header." + allowOrigin: pulumi.Sprintf("'%s'", origin)}
}

// requestHeaders are those that a page may send.
func (b *routeBuilder) requestHeaders() string {
	headers := []string{"Content-Type", contract.HeaderIdempotencyKey}
	switch b.config.Auth {
	case config.AuthIAM:
		headers = append(headers, "Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256")
	case config.AuthAPIKey:
		headers = append(headers, "X-Api-Key")
	}
	return strings.Join(headers, ",")
}

// preflight answers what a browser asks before it sends a page's request to
// the route. It asks without credentials, whatever the route itself wants.
func (b *routeBuilder) preflight(r route, resource pulumi.StringOutput) error {
	if len(b.config.CORSOrigins) == 0 {
		return nil
	}
	name := r.name + "-preflight"
	method, err := apigateway.NewMethod(b.ctx, name, &apigateway.MethodArgs{
		RestApi: b.api.ID(), ResourceId: resource, HttpMethod: pulumi.String("OPTIONS"), Authorization: pulumi.String("NONE"),
	}, b.child)
	if err != nil {
		return err
	}
	b.add(method, method.HttpMethod, method.Authorization)
	integration, err := apigateway.NewIntegration(b.ctx, name, &apigateway.IntegrationArgs{
		RestApi: b.api.ID(), ResourceId: resource, HttpMethod: method.HttpMethod,
		Type:                pulumi.String("MOCK"),
		PassthroughBehavior: pulumi.String("NEVER"),
		RequestTemplates:    pulumi.StringMap{jsonType: pulumi.String(`{"statusCode": 200}`)},
	}, b.child)
	if err != nil {
		return err
	}
	b.add(integration, integration.Type, integration.PassthroughBehavior, integration.RequestTemplates)

	static := pulumi.StringMap{
		"method.response.header.Access-Control-Allow-Methods": pulumi.Sprintf("'%s'", r.method),
		"method.response.header.Access-Control-Allow-Headers": pulumi.Sprintf("'%s'", b.requestHeaders()),
		"method.response.header.Access-Control-Max-Age":       pulumi.Sprintf("'%s'", preflightSeconds),
	}
	headers := b.declaredHeaders()
	for header := range static {
		headers[header] = pulumi.Bool(false)
	}
	declared, err := apigateway.NewMethodResponse(b.ctx, name, &apigateway.MethodResponseArgs{
		RestApi: b.api.ID(), ResourceId: resource, HttpMethod: method.HttpMethod,
		StatusCode:         pulumi.String("200"),
		ResponseParameters: headers,
	}, b.child)
	if err != nil {
		return err
	}
	b.add(declared, declared.StatusCode, declared.ResponseParameters)
	mapped, err := apigateway.NewIntegrationResponse(b.ctx, name, &apigateway.IntegrationResponseArgs{
		RestApi: b.api.ID(), ResourceId: resource, HttpMethod: method.HttpMethod,
		StatusCode:         declared.StatusCode,
		ResponseParameters: static,
		ResponseTemplates:  pulumi.StringMap{jsonType: b.template("preflight.response.vtl")},
	}, b.child, pulumi.DependsOn([]pulumi.Resource{integration}))
	if err != nil {
		return err
	}
	b.add(mapped, mapped.StatusCode, mapped.ResponseParameters, mapped.ResponseTemplates)
	return nil
}
