// Package gateway answers as a stage of an Amazon API Gateway REST API does:
// routing, authorization, request validation, mapping templates, AWS service
// integrations, gateway responses and the access log.
//
// Guarantees:
//   - New checks the whole description and reports all problems together, each
//     with the path to it. What is not modelled (HTTP and proxy integrations,
//     custom authorizers, path and query mappings to an action, caching, binary
//     media types) is refused, never ignored.
//   - Every request gets one answer, one access log line and one Observation.
//   - Where API Gateway itself answers, the client sees what AWS would send;
//     why is in Observation.Err.
//
// A Gateway serves the stage at the root of its address: /process, not
// /dev/process. $context.path has the stage, as on AWS.
package gateway

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Gateway is an http.Handler that serves one API.
type Gateway struct {
	api       API
	backend   Backend
	options   Options
	routes    []*route
	responses map[string]gatewayResponse
	limits    *limits
}

// New checks api and makes it ready to serve. Its error joins every problem.
// backend may be nil when all integrations are MOCK.
func New(api API, backend Backend, options Options) (*Gateway, error) {
	if options.Now == nil {
		options.Now = time.Now
	}
	c := &checker{}
	for name, value := range map[string]string{"ID": api.ID, "StageName": api.StageName} {
		if value == "" {
			c.addf(name, "it is empty")
		}
	}
	g := &Gateway{api: api, backend: backend, options: options, limits: newLimits(api)}
	models := c.models(api)
	for _, r := range api.Routes {
		if r.Integration.Type == "AWS" && backend == nil {
			c.addf("route "+r.Method+" "+r.Path, "an AWS integration needs a backend")
		}
		g.routes = append(g.routes, c.route(r, models, options, len(g.limits.keys) > 0))
	}
	c.routes(g.routes)
	g.responses = c.gatewayResponses(api.GatewayResponses)
	if f := api.AccessLogFormat; f != "" {
		if err := checkVariables(f); err != nil {
			c.addf("AccessLogFormat", "%w", err)
		}
		if !strings.Contains(f, "$context.requestId") && !strings.Contains(f, "$context.extendedRequestId") {
			c.addf("AccessLogFormat", "API Gateway requires $context.requestId or $context.extendedRequestId in it")
		}
	}
	if err := c.err(); err != nil {
		return nil, fmt.Errorf("REST API %s: %w", api.Name, err)
	}
	return g, nil
}

// models compiles every model as JSON Schema, draft 4. They can refer to each
// other by the address that API Gateway gives them.
func (c *checker) models(api API) map[string]*jsonschema.Schema {
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft4)
	compiler.UseLoader(noLoader{})
	address := func(name string) string {
		return "https://apigateway.amazonaws.com/restapis/" + api.ID + "/models/" + name
	}
	names := slices.Sorted(maps.Keys(api.Models))
	loaded := map[string]bool{}
	for _, name := range names {
		at := "model " + name
		if !modelName.MatchString(name) {
			c.addf(at, "a model's name has letters and digits only")
			continue
		}
		schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(api.Models[name]))
		if err != nil {
			c.addf(at, "the schema is not JSON: %w", err)
			continue
		}
		if object, ok := schema.(map[string]any); ok {
			if draft, ok := object["$schema"].(string); ok && !strings.HasPrefix(draft, "http://json-schema.org/draft-04/schema") {
				c.addf(at, "API Gateway reads JSON Schema draft 4, not %s", draft)
				continue
			}
		}
		if err := compiler.AddResource(address(name), schema); err != nil {
			c.addf(at, "%w", err)
			continue
		}
		loaded[name] = true
	}
	models := map[string]*jsonschema.Schema{}
	for _, name := range names {
		if !loaded[name] {
			continue
		}
		model, err := compiler.Compile(address(name))
		if err != nil {
			c.addf("model "+name, "%w", err)
		}
		models[name] = model
	}
	return models
}

// noLoader keeps schemas from reading files or the network.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("%s is not a model of this API", url)
}

var _ http.Handler = (*Gateway)(nil)
