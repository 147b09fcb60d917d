package local

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/pixline/pixline/local/gateway"
	"github.com/pixline/pixline/local/graph"
)

const apiPackage = "aws:apigateway/"

// method is what the graph says of a method; integrations and responses name
// theirs by resource and HTTP method.
type method struct {
	ResourceID         string            `json:"resourceId"`
	HTTPMethod         string            `json:"httpMethod"`
	Authorization      string            `json:"authorization"`
	APIKeyRequired     bool              `json:"apiKeyRequired"`
	RequestParameters  map[string]bool   `json:"requestParameters"`
	RequestModels      map[string]string `json:"requestModels"`
	RequestValidatorID string            `json:"requestValidatorId"`
}

// part is what integrations and both kinds of responses have in common.
type part struct {
	ResourceID          string            `json:"resourceId"`
	HTTPMethod          string            `json:"httpMethod"`
	StatusCode          string            `json:"statusCode"`
	SelectionPattern    string            `json:"selectionPattern"`
	ResponseTemplates   map[string]string `json:"responseTemplates"`
	ResponseModels      map[string]string `json:"responseModels"`
	ResponseParameters  map[string]any    `json:"responseParameters"` // of a method response: whether it is required; of an integration response: where from
	Type                string            `json:"type"`
	URI                 string            `json:"uri"`
	IntegrationMethod   string            `json:"integrationHttpMethod"`
	Credentials         string            `json:"credentials"`
	PassthroughBehavior string            `json:"passthroughBehavior"`
	RequestTemplates    map[string]string `json:"requestTemplates"`
	TimeoutMilliseconds int               `json:"timeoutMilliseconds"`
}

// restAPI is the graph's API as it is deployed on its stage.
func restAPI(g *graph.Graph) (gateway.API, error) {
	apis, stages := g.Of(apiPackage+"restApi:RestApi"), g.Of(apiPackage+"stage:Stage")
	if len(apis) != 1 || len(stages) != 1 {
		return gateway.API{}, fmt.Errorf("the program declares %d REST APIs with %d stages; the local runner serves one of each", len(apis), len(stages))
	}
	var stage struct {
		StageName         string            `json:"stageName"`
		Variables         map[string]string `json:"variables"`
		AccessLogSettings struct {
			Format string `json:"format"`
		} `json:"accessLogSettings"`
	}
	if err := stages[0].Decode(&stage); err != nil {
		return gateway.API{}, err
	}
	api := gateway.API{
		ID: apis[0].ID, Name: apis[0].String("name"), StageName: stage.StageName, StageVariables: stage.Variables,
		Models: map[string]json.RawMessage{}, GatewayResponses: map[string]gateway.GatewayResponse{},
		AccessLogFormat: stage.AccessLogSettings.Format,
	}
	var err error
	if api.UsagePlans, err = usagePlans(g, api.ID, api.StageName); err != nil {
		return gateway.API{}, err
	}
	for _, r := range g.Of(apiPackage + "model:Model") {
		api.Models[r.String("name")] = json.RawMessage(r.String("schema"))
	}
	for _, r := range g.Of(apiPackage + "response:Response") {
		var answer struct {
			ResponseType       string            `json:"responseType"`
			StatusCode         string            `json:"statusCode"`
			ResponseTemplates  map[string]string `json:"responseTemplates"`
			ResponseParameters map[string]string `json:"responseParameters"`
		}
		if err := r.Decode(&answer); err != nil {
			return gateway.API{}, err
		}
		api.GatewayResponses[answer.ResponseType] = gateway.GatewayResponse{
			StatusCode: answer.StatusCode, ResponseTemplates: answer.ResponseTemplates, ResponseParameters: answer.ResponseParameters,
		}
	}
	for _, r := range g.Of(apiPackage + "method:Method") {
		route, err := route(g, r)
		if err != nil {
			return gateway.API{}, err
		}
		api.Routes = append(api.Routes, route)
	}
	return api, setThrottles(g, &api)
}

func route(g *graph.Graph, r graph.Resource) (gateway.Route, error) {
	var m method
	if err := r.Decode(&m); err != nil {
		return gateway.Route{}, err
	}
	path, err := resourcePath(g, m.ResourceID)
	if err != nil {
		return gateway.Route{}, err
	}
	route := gateway.Route{
		Method: m.HTTPMethod, Path: path, Authorization: m.Authorization, APIKeyRequired: m.APIKeyRequired,
		RequestParameters: m.RequestParameters, RequestModels: m.RequestModels, Responses: map[string]gateway.MethodResponse{},
	}
	for _, v := range g.Of(apiPackage + "requestValidator:RequestValidator") {
		if v.ID == m.RequestValidatorID {
			route.ValidateBody, _ = v.Inputs["validateRequestBody"].(bool)
			route.ValidateParameters, _ = v.Inputs["validateRequestParameters"].(bool)
		}
	}
	parts, err := partsOf(g, "integration:Integration", m)
	if err != nil {
		return gateway.Route{}, err
	}
	if len(parts) != 1 {
		return gateway.Route{}, fmt.Errorf("%s %s has %d integrations, want one", m.HTTPMethod, path, len(parts))
	}
	i := parts[0]
	route.Integration = gateway.Integration{
		Type: i.Type, URI: i.URI, HTTPMethod: i.IntegrationMethod, CredentialsARN: i.Credentials,
		PassthroughBehavior: i.PassthroughBehavior, RequestTemplates: i.RequestTemplates,
		Timeout: time.Duration(i.TimeoutMilliseconds) * time.Millisecond,
	}
	declared, err := partsOf(g, "methodResponse:MethodResponse", m)
	if err != nil {
		return gateway.Route{}, err
	}
	for _, d := range declared {
		response := gateway.MethodResponse{StatusCode: d.StatusCode, Models: d.ResponseModels, Parameters: map[string]bool{}}
		for name, required := range d.ResponseParameters {
			response.Parameters[name] = required == true
		}
		route.Responses[d.StatusCode] = response
	}
	mapped, err := partsOf(g, "integrationResponse:IntegrationResponse", m)
	if err != nil {
		return gateway.Route{}, err
	}
	for _, a := range mapped {
		response := gateway.IntegrationResponse{
			StatusCode: a.StatusCode, SelectionPattern: a.SelectionPattern, ResponseTemplates: a.ResponseTemplates,
			ResponseParameters: map[string]string{},
		}
		for name, from := range a.ResponseParameters {
			response.ResponseParameters[name] = fmt.Sprint(from)
		}
		route.Integration.Responses = append(route.Integration.Responses, response)
	}
	return route, nil
}

// unsupportedParts are properties of integrations and responses that the
// runner would have to know to be faithful.
var unsupportedParts = []string{"requestParameters", "contentHandling", "connectionId", "cacheKeyParameters", "tlsConfig"}

// partsOf finds the resources of a kind that belong to a method.
func partsOf(g *graph.Graph, kind string, m method) ([]part, error) {
	var found []part
	for _, r := range g.Of(apiPackage + kind) {
		var p part
		if err := r.Decode(&p); err != nil {
			return nil, err
		}
		if p.ResourceID != m.ResourceID || p.HTTPMethod != m.HTTPMethod {
			continue
		}
		for _, property := range unsupportedParts {
			if _, set := r.Inputs[property]; set {
				return nil, fmt.Errorf("%s %s: the local runner does not know %s", r.Type, r.Name, property)
			}
		}
		found = append(found, p)
	}
	return found, nil
}

// resourcePath follows the parents of an API resource up to the root.
func resourcePath(g *graph.Graph, id string) (string, error) {
	var segments []string
	root := g.Of(apiPackage + "restApi:RestApi")[0].String("rootResourceId")
	for id != root {
		parent, segment := "", ""
		for _, r := range g.Of(apiPackage + "resource:Resource") {
			if r.ID == id {
				parent, segment = r.String("parentId"), r.String("pathPart")
			}
		}
		if parent == "" {
			return "", fmt.Errorf("the API's resource %s has no parent", id)
		}
		segments = append([]string{segment}, segments...)
		id = parent
	}
	return "/" + strings.Join(segments, "/"), nil
}
