package deploytest

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"github.com/pixline/pixline/local/graph"
)

var ofAPI = map[string]comparison{
	"aws:apigateway/restApi:RestApi": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		client := apigateway.NewFromConfig(s.aws)
		a, err := client.GetRestApi(ctx, &apigateway.GetRestApiInput{RestApiId: aws.String(s.id(r))})
		if err != nil {
			return nil, nil, err
		}
		// As many paths as the program declares, and the root: none besides them.
		paths, err := client.GetResources(ctx, &apigateway.GetResourcesInput{RestApiId: aws.String(s.id(r)), Limit: aws.Int32(500)})
		if err != nil {
			return nil, nil, err
		}
		want := of(r, "name", "description", "apiKeySource")
		want["endpoint"] = field(r, "endpointConfiguration", "types")
		want["paths"] = 1 + len(s.graph.Of("aws:apigateway/resource:Resource"))
		got := properties{"name": a.Name, "description": a.Description, "paths": len(paths.Items)}
		if want["apiKeySource"] != nil {
			got["apiKeySource"] = a.ApiKeySource
		}
		for _, kind := range a.EndpointConfiguration.Types {
			got["endpoint"] = kind
		}
		return want, got, nil
	},
	"aws:apigateway/model:Model": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		m, err := apigateway.NewFromConfig(s.aws).GetModel(ctx, &apigateway.GetModelInput{
			RestApiId: aws.String(s.text(r, "restApi")), ModelName: aws.String(s.text(r, "name")),
		})
		if err != nil {
			return nil, nil, err
		}
		return of(r, "name", "contentType", "schema"), properties{"name": m.Name, "contentType": m.ContentType, "schema": m.Schema}, nil
	},
	"aws:apigateway/requestValidator:RequestValidator": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		v, err := apigateway.NewFromConfig(s.aws).GetRequestValidator(ctx, &apigateway.GetRequestValidatorInput{
			RestApiId: aws.String(s.text(r, "restApi")), RequestValidatorId: aws.String(s.id(r)),
		})
		if err != nil {
			return nil, nil, err
		}
		return of(r, "name", "validateRequestBody", "validateRequestParameters"),
			properties{"name": v.Name, "validateRequestBody": v.ValidateRequestBody, "validateRequestParameters": v.ValidateRequestParameters}, nil
	},
	"aws:apigateway/response:Response": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		a, err := apigateway.NewFromConfig(s.aws).GetGatewayResponse(ctx, &apigateway.GetGatewayResponseInput{
			RestApiId: aws.String(s.text(r, "restApiId")), ResponseType: types.GatewayResponseType(r.String("responseType")),
		})
		if err != nil {
			return nil, nil, err
		}
		return of(r, "responseType", "statusCode", "responseTemplates", "responseParameters"), properties{
			"responseType": a.ResponseType, "statusCode": a.StatusCode,
			"responseTemplates": a.ResponseTemplates, "responseParameters": a.ResponseParameters,
		}, nil
	},
	"aws:apigateway/account:Account": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		a, err := apigateway.NewFromConfig(s.aws).GetAccount(ctx, &apigateway.GetAccountInput{})
		if err != nil {
			return nil, nil, err
		}
		return of(r, "cloudwatchRoleArn"), properties{"cloudwatchRoleArn": a.CloudwatchRoleArn}, nil
	},
	"aws:apigateway/stage:Stage": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		st, err := apigateway.NewFromConfig(s.aws).GetStage(ctx, &apigateway.GetStageInput{
			RestApiId: aws.String(s.text(r, "restApi")), StageName: aws.String(r.String("stageName")),
		})
		if err != nil {
			return nil, nil, err
		}
		want := of(r, "stageName", "deployment", "xrayTracingEnabled")
		want["logs"], want["format"] = field(r, "accessLogSettings", "destinationArn"), field(r, "accessLogSettings", "format")
		got := properties{"stageName": st.StageName, "deployment": st.DeploymentId, "xrayTracingEnabled": st.TracingEnabled}
		if l := st.AccessLogSettings; l != nil {
			got["logs"], got["format"] = l.DestinationArn, l.Format
		}
		return want, got, nil
	},
}
