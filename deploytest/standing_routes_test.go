package deploytest

import (
	"context"
	"path"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"

	"github.com/pixline/pixline/local/graph"
)

var ofAPIRoutes = map[string]comparison{
	"aws:apigateway/resource:Resource": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		p, err := apigateway.NewFromConfig(s.aws).GetResource(ctx, &apigateway.GetResourceInput{
			RestApiId: aws.String(s.text(r, "restApi")), ResourceId: aws.String(s.id(r)),
		})
		if err != nil {
			return nil, nil, err
		}
		want := of(r, "parentId", "pathPart")
		want["path"], want["methods"] = pathOf(s.graph, r.ID), methodsOf(s.graph, r.ID)
		return want, properties{"parentId": p.ParentId, "pathPart": p.PathPart, "path": p.Path, "methods": len(p.ResourceMethods)}, nil
	},
	"aws:apigateway/method:Method": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		m, err := apigateway.NewFromConfig(s.aws).GetMethod(ctx, &apigateway.GetMethodInput{
			RestApiId: aws.String(s.text(r, "restApi")), ResourceId: aws.String(s.text(r, "resourceId")), HttpMethod: aws.String(r.String("httpMethod")),
		})
		if err != nil {
			return nil, nil, err
		}
		return of(r, "httpMethod", "authorization", "apiKeyRequired", "requestParameters", "requestModels", "requestValidatorId"), properties{
			"httpMethod": m.HttpMethod, "authorization": m.AuthorizationType, "apiKeyRequired": m.ApiKeyRequired,
			"requestParameters": m.RequestParameters, "requestModels": m.RequestModels, "requestValidatorId": m.RequestValidatorId,
		}, nil
	},
	"aws:apigateway/integration:Integration": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		i, err := apigateway.NewFromConfig(s.aws).GetIntegration(ctx, &apigateway.GetIntegrationInput{
			RestApiId: aws.String(s.text(r, "restApi")), ResourceId: aws.String(s.text(r, "resourceId")), HttpMethod: aws.String(r.String("httpMethod")),
		})
		if err != nil {
			return nil, nil, err
		}
		want := of(r, "type", "integrationHttpMethod", "uri", "credentials", "passthroughBehavior", "requestTemplates", "timeoutMilliseconds")
		if want["timeoutMilliseconds"] == nil {
			want["timeoutMilliseconds"] = i.TimeoutInMillis // AWS's own
		}
		return want, properties{
			"type": i.Type, "integrationHttpMethod": i.HttpMethod, "uri": i.Uri, "credentials": i.Credentials,
			"passthroughBehavior": i.PassthroughBehavior, "requestTemplates": i.RequestTemplates, "timeoutMilliseconds": i.TimeoutInMillis,
		}, nil
	},
	"aws:apigateway/methodResponse:MethodResponse": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		a, err := apigateway.NewFromConfig(s.aws).GetMethodResponse(ctx, &apigateway.GetMethodResponseInput{
			RestApiId: aws.String(s.text(r, "restApi")), ResourceId: aws.String(s.text(r, "resourceId")),
			HttpMethod: aws.String(r.String("httpMethod")), StatusCode: aws.String(r.String("statusCode")),
		})
		if err != nil {
			return nil, nil, err
		}
		return of(r, "statusCode", "responseParameters", "responseModels"),
			properties{"statusCode": a.StatusCode, "responseParameters": a.ResponseParameters, "responseModels": a.ResponseModels}, nil
	},
	"aws:apigateway/integrationResponse:IntegrationResponse": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		a, err := apigateway.NewFromConfig(s.aws).GetIntegrationResponse(ctx, &apigateway.GetIntegrationResponseInput{
			RestApiId: aws.String(s.text(r, "restApi")), ResourceId: aws.String(s.text(r, "resourceId")),
			HttpMethod: aws.String(r.String("httpMethod")), StatusCode: aws.String(r.String("statusCode")),
		})
		if err != nil {
			return nil, nil, err
		}
		return of(r, "statusCode", "selectionPattern", "responseTemplates", "responseParameters"), properties{
			"statusCode": a.StatusCode, "selectionPattern": a.SelectionPattern,
			"responseTemplates": a.ResponseTemplates, "responseParameters": a.ResponseParameters,
		}, nil
	},
}

// pathOf is the whole path of a resource of the API, by its parents.
func pathOf(g *graph.Graph, id string) string {
	for _, r := range g.Of("aws:apigateway/resource:Resource") {
		if r.ID == id {
			return path.Join(pathOf(g, r.String("parentId")), r.String("pathPart"))
		}
	}
	return "/"
}

// methodsOf is how many methods a resource of the API has.
func methodsOf(g *graph.Graph, id string) int {
	n := 0
	for _, m := range g.Of("aws:apigateway/method:Method") {
		if m.String("resourceId") == id {
			n++
		}
	}
	return n
}
