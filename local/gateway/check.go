package gateway

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/pixline/pixline/local/gateway/vtl"
)

// Limits of an integration's timeout ("Amazon API Gateway quotas").
const (
	minTimeout = 50 * time.Millisecond
	maxTimeout = 29 * time.Second
)

// Status codes of an answer; those below are interim ones.
const (
	minStatus = 200
	maxStatus = 599
)

var methods = []string{http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPatch, http.MethodPost, http.MethodPut}

var (
	actionURI    = regexp.MustCompile(`^arn:aws[a-z-]*:apigateway:[a-z0-9-]+:([A-Za-z0-9.-]+):action/([A-Za-z0-9]+)$`)
	resourcePath = regexp.MustCompile(`^/$|^(/([A-Za-z0-9._:-]+|\{[A-Za-z0-9._-]+\}))*(/([A-Za-z0-9._:-]+|\{[A-Za-z0-9._-]+\+?\}))$`)
	modelName    = regexp.MustCompile(`^[A-Za-z0-9]+$`)
	parameter    = regexp.MustCompile(`\{[^}+]+(\+?)\}`)
	// forbidden headers cannot be mapped in an AWS integration.
	forbidden = []string{"authorization", "connection", "content-length", "expect", "proxy-authenticate", "te", "transfer-encoding", "x-amzn-trace-id"}
)

// route is a Route, checked and compiled.
type route struct {
	Route
	segments        []string
	service, action string
	timeout         time.Duration
	required        []string // names of RequestParameters, sorted
	models          map[string]*jsonschema.Schema
	templates       map[string]*vtl.Template
	headers         []headerMapping
	responses       []response
}

// response is an IntegrationResponse, checked and compiled.
type response struct {
	status    int
	pattern   *regexp.Regexp // nil for the default
	templates map[string]*vtl.Template
	headers   []headerMapping
}

// checker collects every problem of an API with the path to it.
type checker struct{ problems []error }

func (c *checker) addf(path, format string, args ...any) {
	c.problems = append(c.problems, fmt.Errorf("%s: %w", path, fmt.Errorf(format, args...)))
}

func (c *checker) route(r Route, models map[string]*jsonschema.Schema, opts Options, keyed bool) *route {
	at := "route " + r.Method + " " + r.Path
	out := &route{Route: r, segments: strings.Split(r.Path, "/")[1:], models: map[string]*jsonschema.Schema{}}
	if r.Method != "ANY" && !slices.Contains(methods, r.Method) {
		c.addf(at, "the method is not one of %v or ANY", methods)
	}
	if !resourcePath.MatchString(r.Path) {
		c.addf(at, "the path is not a resource path, such as /executions/{executionId}")
	}
	switch {
	case r.Authorization == iamAuthorization && opts.AuthorizeRequest == nil:
		c.addf(at+": Authorization", "AWS_IAM needs Options.AuthorizeRequest")
	case r.Authorization != iamAuthorization && r.Authorization != "NONE":
		c.addf(at+": Authorization", "%q is not supported; NONE and AWS_IAM are", r.Authorization)
	}
	if r.APIKeyRequired && !keyed {
		c.addf(at+": APIKeyRequired", "no usage plan has an API key, so that no request could pass")
	}
	for _, name := range slices.Sorted(maps.Keys(r.RequestParameters)) {
		kind, parameter, ok := strings.Cut(strings.TrimPrefix(name, fromRequest), ".")
		if !strings.HasPrefix(name, fromRequest) || !ok || parameter == "" || !slices.Contains([]string{"header", "querystring", "path"}, kind) {
			c.addf(at+": RequestParameters", "%q is not method.request.header.x, .querystring.x or .path.x", name)
		} else if r.RequestParameters[name] {
			out.required = append(out.required, name)
		}
	}
	for contentType, name := range r.RequestModels {
		model, ok := models[name]
		switch {
		case ok:
			out.models[contentType] = model
		case name != "Empty" && name != "Error": // the models that every REST API has
			c.addf(at+": RequestModels", "there is no model %q", name)
		}
	}
	for status := range r.Responses {
		if _, ok := statusCode(status); !ok {
			c.addf(at+": Responses", "%q is not a status code", status)
		}
	}
	c.integration(at+": Integration", out)
	return out
}

func (c *checker) integration(at string, out *route) {
	in := out.Integration
	switch in.Type {
	case "MOCK":
	case "AWS":
		m := actionURI.FindStringSubmatch(in.URI)
		if m == nil {
			c.addf(at+".URI", "%q is not supported; arn:aws:apigateway:<region>:<service>:action/<Action> is", in.URI)
		} else {
			out.service, out.action = m[1], m[2]
		}
		if in.HTTPMethod != http.MethodPost {
			c.addf(at+".HTTPMethod", "%q is not supported; actions are called with POST", in.HTTPMethod)
		}
		if in.CredentialsARN == "" {
			c.addf(at+".CredentialsARN", "an AWS integration needs the role to call with")
		}
	default:
		c.addf(at+".Type", "%q is not supported; AWS and MOCK are", in.Type)
	}
	if !slices.Contains([]string{"", whenNoMatch, whenNoTemplates, never}, in.PassthroughBehavior) {
		c.addf(at+".PassthroughBehavior", "%q is not one of WHEN_NO_MATCH, WHEN_NO_TEMPLATES and NEVER", in.PassthroughBehavior)
	}
	if out.timeout = in.Timeout; out.timeout == 0 {
		out.timeout = maxTimeout
	}
	if out.timeout < minTimeout || out.timeout > maxTimeout {
		c.addf(at+".Timeout", "%v is not between %v and %v", in.Timeout, minTimeout, maxTimeout)
	}
	out.templates = c.templates(at+".RequestTemplates", in.RequestTemplates)
	for _, target := range slices.Sorted(maps.Keys(in.RequestParameters)) {
		where := at + ".RequestParameters[" + target + "]"
		name, ok := strings.CutPrefix(target, "integration.request.header.")
		if !ok || name == "" {
			c.addf(where, "only integration.request.header.x is supported for an action")
			continue
		}
		if slices.Contains(forbidden, strings.ToLower(name)) {
			c.addf(where, "API Gateway does not let this header be mapped")
		}
		expression := in.RequestParameters[target]
		from, err := parseSource(expression, fromRequest)
		if err != nil {
			c.addf(where, "%w", err)
			continue
		}
		if _, declared := out.RequestParameters[expression]; !declared && slices.Contains([]string{"header", "querystring", "path"}, from.kind) {
			c.addf(where, "%s is not declared in RequestParameters of the method", expression)
		}
		out.headers = append(out.headers, headerMapping{header: name, from: from})
	}
	defaults := 0
	for i, r := range in.Responses {
		out.responses = append(out.responses, c.response(fmt.Sprintf("%s.Responses[%d]", at, i), r, out.Responses))
		if r.SelectionPattern == "" {
			defaults++
		}
	}
	if defaults > 1 {
		c.addf(at+".Responses", "%d responses have no SelectionPattern; only one can be the default", defaults)
	}
	if len(in.Responses) == 0 {
		c.addf(at+".Responses", "there is none, so that every request would fail")
	}
}

func (c *checker) response(at string, r IntegrationResponse, declared map[string]MethodResponse) response {
	out := response{templates: c.templates(at+".ResponseTemplates", r.ResponseTemplates)}
	var ok bool
	if out.status, ok = statusCode(r.StatusCode); !ok {
		c.addf(at+".StatusCode", "%q is not a status code", r.StatusCode)
	}
	method, isDeclared := declared[r.StatusCode]
	if !isDeclared {
		c.addf(at+".StatusCode", "%s is not declared as a method response", r.StatusCode)
	}
	if r.SelectionPattern != "" {
		pattern, err := regexp.Compile(`^(?:` + r.SelectionPattern + `)$`)
		if err != nil {
			c.addf(at+".SelectionPattern", "%w", err)
		}
		out.pattern = pattern
	}
	for _, target := range slices.Sorted(maps.Keys(r.ResponseParameters)) {
		where := at + ".ResponseParameters[" + target + "]"
		name, ok := strings.CutPrefix(target, "method.response.header.")
		if !ok || name == "" {
			c.addf(where, "only method.response.header.x is supported")
			continue
		}
		if _, ok := method.Parameters[target]; isDeclared && !ok {
			c.addf(where, "the header is not declared in the method response %s", r.StatusCode)
		}
		from, err := parseSource(r.ResponseParameters[target], fromResponse)
		if err != nil {
			c.addf(where, "%w", err)
			continue
		}
		out.headers = append(out.headers, headerMapping{header: name, from: from})
	}
	return out
}

func (c *checker) templates(at string, sources map[string]string) map[string]*vtl.Template {
	templates := map[string]*vtl.Template{}
	for _, contentType := range slices.Sorted(maps.Keys(sources)) {
		t, err := vtl.Parse(sources[contentType])
		if err != nil {
			c.addf(at+"["+contentType+"]", "%w", err)
			continue
		}
		templates[contentType] = t
	}
	return templates
}

// routes finds routes that no request can tell apart.
func (c *checker) routes(routes []*route) {
	seen := map[string]string{}
	for _, r := range routes {
		key := r.Method + " " + parameter.ReplaceAllString(r.Path, "{$1}")
		if other, ok := seen[key]; ok {
			c.addf("route "+r.Method+" "+r.Path, "it takes the same requests as %s", other)
		}
		seen[key] = r.Method + " " + r.Path
	}
}

func (c *checker) err() error { return errors.Join(c.problems...) }

func statusCode(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= minStatus && n <= maxStatus
}
