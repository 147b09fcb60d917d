package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/gateway/vtl"
)

// Values of Integration.PassthroughBehavior.
const (
	whenNoMatch     = "WHEN_NO_MATCH"
	whenNoTemplates = "WHEN_NO_TEMPLATES"
	never           = "NEVER"
)

// call is an integration request, or what came back.
type call struct {
	status int
	header http.Header
	body   []byte
}

// integrate maps the request, calls the backend and maps its answer.
func (x *exchange) integrate() *fault {
	request, f := x.request()
	if f != nil {
		return f
	}
	var answer call
	if x.route.Integration.Type == "MOCK" {
		answer, f = mock(request)
	} else {
		answer, f = x.call(request)
	}
	if f != nil {
		return f
	}
	return x.answer(answer)
}

func (x *exchange) request() (call, *fault) {
	template := x.route.templates[x.mediaType()]
	if template == nil {
		template = x.route.templates["$default"]
	}
	passthrough := x.route.Integration.PassthroughBehavior
	if template == nil && (passthrough == never || passthrough == whenNoTemplates && len(x.route.templates) > 0) {
		return call{}, &fault{kind: unsupportedMediaType, cause: fmt.Errorf("there is no request template for %s", x.mediaType())}
	}
	out := call{header: http.Header{}, body: x.body}
	out.header.Set("Accept", defaultType)
	out.header.Set("Content-Type", x.mediaType())
	out.header.Set("User-Agent", "AmazonAPIGateway_"+x.g.api.ID)
	for _, h := range x.route.headers {
		value, ok, err := x.mapped(h.from, message{header: x.header, body: x.body})
		if err != nil {
			return out, templateFault(err)
		}
		if ok {
			out.header.Set(h.header, value)
		}
	}
	if template == nil {
		return out, nil
	}
	text, err := template.Render(x.data(x.body))
	if err != nil {
		return out, templateFault(err)
	}
	out.body = []byte(text)
	return out, x.override(out.header)
}

// override applies $context.requestOverride. An action has neither path nor
// query parameters to override.
func (x *exchange) override(header http.Header) *fault {
	for _, group := range x.requestOverride.Keys() {
		m, ok := x.requestOverride.Get(group).(*vtl.Map)
		if !ok || group != "header" && len(m.Keys()) > 0 {
			return configurationFault(fmt.Errorf("$context.requestOverride.%s is not supported for an action; .header is", group))
		}
		for _, name := range m.Keys() {
			header.Set(name, vtl.Text(m.Get(name)))
		}
	}
	return nil
}

// templateFault is a body that is not JSON, which is the client's mistake, or
// a template that cannot be rendered, which is the API's.
func templateFault(err error) *fault {
	if errors.Is(err, vtl.ErrInvalidJSON) {
		return &fault{kind: badRequestBody, message: "Invalid JSON in request body", cause: err}
	}
	return configurationFault(fmt.Errorf("map the request: %w", err))
}

func (x *exchange) call(request call) (call, *fault) {
	ctx, cancel := context.WithTimeout(x.r.Context(), x.route.timeout)
	defer cancel()
	r := x.route
	started := x.g.options.Now()
	status, header, body, err := x.g.backend.Do(ctx, r.Integration.CredentialsARN, r.service, r.action, request.header, request.body)
	x.backendCalled = true
	x.backendLatency = x.g.options.Now().Sub(started)
	switch {
	case err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return call{}, &fault{kind: integrationTimeout, cause: fmt.Errorf("%s:%s did not answer within %v: %w", r.service, r.action, r.timeout, err)}
	case refused(err):
		return call{}, configurationFault(fmt.Errorf("call %s:%s: %w", r.service, r.action, err))
	case err != nil:
		return call{}, &fault{kind: integrationFailure, cause: fmt.Errorf("call %s:%s: %w", r.service, r.action, err)}
	}
	x.backendStatus = status
	x.backendID = header.Get("X-Amzn-Requestid")
	return call{status: status, header: header, body: body}, nil
}

// refused tells whether AWS refused the credentials of the integration. API
// Gateway takes that for a mistake in the API, not for a failure of the network.
func refused(err error) bool {
	_, ok := errors.AsType[*awsapi.Error](err)
	return ok
}

// mock answers with the status that the request template names:
// {"statusCode": 200}.
func mock(request call) (call, *fault) {
	var named struct {
		StatusCode *int `json:"statusCode"`
	}
	if err := json.Unmarshal(request.body, &named); err != nil {
		return call{}, configurationFault(fmt.Errorf("the request template of a MOCK integration must give {\"statusCode\": 200}: %w", err))
	}
	if named.StatusCode == nil {
		return call{}, configurationFault(errors.New("the request template of a MOCK integration gives no statusCode"))
	}
	return call{status: *named.StatusCode, header: http.Header{}}, nil
}

// selectResponse takes the first response whose pattern matches all of the
// status code, otherwise the default.
func (r *route) selectResponse(status int) *response {
	var fallback *response
	for i := range r.responses {
		switch p := r.responses[i].pattern; {
		case p == nil:
			fallback = &r.responses[i]
		case p.MatchString(strconv.Itoa(status)):
			return &r.responses[i]
		}
	}
	return fallback
}

// answer maps the backend's answer to the method response.
func (x *exchange) answer(a call) *fault {
	selected := x.route.selectResponse(a.status)
	if selected == nil {
		return configurationFault(fmt.Errorf("no integration response is for the backend's status code %d, and there is no default: %.200s", a.status, a.body))
	}
	out := reply{status: selected.status, header: http.Header{}, body: a.body}
	out.header.Set("Content-Type", defaultType)
	if contentType, template := selected.template(x.header("Accept")); template != nil {
		text, err := template.Render(x.data(a.body))
		if err != nil {
			return configurationFault(fmt.Errorf("map the response of status %d: %w", a.status, err))
		}
		out.body = []byte(text)
		out.header.Set("Content-Type", contentType)
	}
	for _, h := range selected.headers {
		value, ok, err := x.mapped(h.from, message{header: a.header.Get, body: a.body})
		if err != nil {
			return configurationFault(fmt.Errorf("map the response header %s: %w", h.header, err))
		}
		if ok {
			out.header.Set(h.header, value)
		}
	}
	// A status that is no integer in the range of status codes is ignored, as on AWS.
	if status, ok := x.responseOverride.Get("status").(int64); ok && status >= minStatus && status <= maxStatus {
		out.status = int(status)
	}
	if headers, ok := x.responseOverride.Get("header").(*vtl.Map); ok {
		for _, name := range headers.Keys() {
			out.header.Set(name, vtl.Text(headers.Get(name)))
		}
	}
	x.reply = out
	return nil
}

// template takes the template for what the client accepts, otherwise the one
// for application/json, otherwise the first by name.
func (r *response) template(accept string) (contentType string, template *vtl.Template) {
	for _, contentType := range []string{accept, defaultType} {
		if t := r.templates[contentType]; t != nil {
			return contentType, t
		}
	}
	if len(r.templates) == 0 {
		return "", nil
	}
	contentType = slices.Sorted(maps.Keys(r.templates))[0]
	return contentType, r.templates[contentType]
}
