package gateway

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

const responseHeader = "gatewayresponse.header."

// gatewayResponse is a GatewayResponse, checked and compiled.
type gatewayResponse struct {
	status    int // 0 for the type's own
	templates map[string]string
	headers   []headerMapping
}

func (c *checker) gatewayResponses(responses map[string]GatewayResponse) map[string]gatewayResponse {
	compiled := map[string]gatewayResponse{}
	for _, kind := range slices.Sorted(maps.Keys(responses)) {
		at := "GatewayResponses[" + kind + "]"
		r := responses[kind]
		out := gatewayResponse{templates: r.ResponseTemplates}
		if _, ok := responseTypes[kind]; !ok && !unmodelled[kind] && kind != default4xx && kind != default5xx {
			c.addf(at, "API Gateway has no such response type")
		}
		if r.StatusCode != "" {
			var ok bool
			if out.status, ok = statusCode(r.StatusCode); !ok {
				c.addf(at+".StatusCode", "%q is not a status code", r.StatusCode)
			}
		}
		for _, contentType := range slices.Sorted(maps.Keys(r.ResponseTemplates)) {
			template := r.ResponseTemplates[contentType]
			if m := velocity.FindString(template); m != "" {
				c.addf(at+".ResponseTemplates["+contentType+"]", "gateway responses are not VTL: %s would be sent as it is", m)
			}
			if err := checkVariables(template); err != nil {
				c.addf(at+".ResponseTemplates["+contentType+"]", "%w", err)
			}
		}
		for _, target := range slices.Sorted(maps.Keys(r.ResponseParameters)) {
			where := at + ".ResponseParameters[" + target + "]"
			name, ok := strings.CutPrefix(target, responseHeader)
			if !ok || name == "" {
				c.addf(where, "only %sx is supported", responseHeader)
				continue
			}
			from, err := parseSource(r.ResponseParameters[target], fromRequest)
			switch {
			case err != nil:
				c.addf(where, "%w", err)
			case from.kind == "body":
				c.addf(where, "a gateway response cannot map the body")
			default:
				out.headers = append(out.headers, headerMapping{header: name, from: from})
			}
		}
		compiled[kind] = out
	}
	return compiled
}

// refuse makes the gateway response for f: the one of its type, or else
// DEFAULT_4XX or DEFAULT_5XX, or else AWS's own.
func (x *exchange) refuse(f *fault) {
	x.fault = f
	known := responseTypes[f.kind]
	family := x.g.responses[default4xx]
	if known.status >= http.StatusInternalServerError {
		family = x.g.responses[default5xx]
	}
	configured, ok := x.g.responses[f.kind]
	if !ok {
		configured = family
	}
	x.reply = reply{status: known.status, header: http.Header{}}
	// The status of a DEFAULT type counts for all types that have none.
	for _, status := range []int{family.status, configured.status} {
		if status != 0 {
			x.reply.status = status
		}
	}
	contentType, template := pick(configured.templates, x.header("Accept"))
	x.reply.header.Set("Content-Type", contentType)
	x.reply.body = []byte(substitute(template, x.variable, ""))
	for _, h := range configured.headers {
		// Only mappings of a body can fail, and New lets none pass.
		if value, ok, _ := x.mapped(h.from, message{header: x.header}); ok {
			x.reply.header.Set(h.header, value)
		}
	}
}

// pick takes the template for what the client accepts, or for
// application/json, or the first by name; without any, AWS's own.
func pick(templates map[string]string, accept string) (contentType, template string) {
	for _, contentType := range []string{accept, defaultType} {
		if t, ok := templates[contentType]; ok {
			return contentType, t
		}
	}
	if len(templates) == 0 {
		return defaultType, `{"message":$context.error.messageString}`
	}
	contentType = slices.Sorted(maps.Keys(templates))[0]
	return contentType, templates[contentType]
}

// escaped is a text as it stands within a JSON string. The texts of
// $context.error are escaped, so that a template can put them between quotes.
func escaped(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return "" // Encode of a string into memory has no way to fail
	}
	return strings.TrimSuffix(strings.TrimPrefix(b.String(), `"`), "\"\n")
}
