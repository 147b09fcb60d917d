package gateway

import (
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/pixline/pixline/local/gateway/vtl"
)

// exchange is one request and what has become of it.
type exchange struct {
	g       *Gateway
	r       *http.Request
	route   *route // nil when none matched
	started time.Time
	id      string
	body    []byte
	path    map[string]string
	query   map[string]string
	context *vtl.Map // $context; the two overrides are the maps in it that #set reaches

	requestOverride, responseOverride *vtl.Map

	backendCalled  bool
	backendStatus  int
	backendLatency time.Duration
	backendID      string
	fault          *fault
	reply          reply
}

// reply is the answer before it is written.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (g *Gateway) exchange(r *http.Request) *exchange {
	x := &exchange{g: g, r: r, started: g.options.Now(), id: uuid.NewString()}
	x.route, x.path = g.match(r.Method, r.URL.EscapedPath())
	x.query = map[string]string{}
	// As on AWS, the last value of a repeated parameter counts. A pair that
	// cannot be decoded is dropped, the others stay.
	values, _ := url.ParseQuery(r.URL.RawQuery)
	for name, all := range values {
		x.query[name] = all[len(all)-1]
	}
	x.context = x.newContext()
	return x
}

// header gives a request header's last value.
func (x *exchange) header(name string) string {
	if strings.EqualFold(name, "Host") {
		return x.r.Host
	}
	if all := x.r.Header.Values(name); len(all) > 0 {
		return all[len(all)-1]
	}
	return ""
}

func (x *exchange) headers() map[string]string {
	h := map[string]string{"Host": x.r.Host}
	for name := range x.r.Header {
		h[name] = x.header(name)
	}
	return h
}

// newContext makes $context. The names are those of "Variables for data
// transformations for API Gateway".
func (x *exchange) newContext() *vtl.Map {
	g := x.g
	source, _, err := net.SplitHostPort(x.r.RemoteAddr)
	if err != nil {
		source = x.r.RemoteAddr
	}
	prefix, _, _ := strings.Cut(x.r.Host, ".")
	resource := ""
	if x.route != nil {
		resource = x.route.Path
	}
	x.requestOverride = vtl.NewMap().Set("header", vtl.NewMap()).Set("path", vtl.NewMap()).Set("querystring", vtl.NewMap())
	x.responseOverride = vtl.NewMap().Set("header", vtl.NewMap())
	return vtl.NewMap().
		Set("accountId", g.options.AccountID).
		Set("apiId", g.api.ID).
		Set("domainName", x.r.Host).
		Set("domainPrefix", prefix).
		Set("extendedRequestId", extendedID(x.id)).
		Set("httpMethod", x.r.Method).
		Set("identity", vtl.NewMap().Set("sourceIp", source).Set("userAgent", x.r.UserAgent()).Freeze()).
		Set("path", "/"+g.api.StageName+x.r.URL.EscapedPath()).
		Set("protocol", x.r.Proto).
		Set("requestId", x.id).
		Set("requestTime", x.started.UTC().Format("02/Jan/2006:15:04:05 -0700")).
		Set("requestTimeEpoch", x.started.UnixMilli()).
		Set("resourcePath", resource).
		Set("stage", g.api.StageName).
		Set("requestOverride", x.requestOverride).
		Set("responseOverride", x.responseOverride).
		Freeze()
}

// data is what the templates see; body is the request's or the backend's.
func (x *exchange) data(body []byte) vtl.Data {
	return vtl.Data{
		Body: string(body), Path: x.path, Query: x.query, Header: x.headers(),
		Context: x.context, StageVariables: x.g.api.StageVariables,
	}
}

// variable gives context.x or stageVariables.x as text, for what is not VTL:
// mappings, gateway responses and the access log.
func (x *exchange) variable(name string) (string, bool) {
	if name, ok := strings.CutPrefix(name, "stageVariables."); ok {
		value, ok := x.g.api.StageVariables[name]
		return value, ok
	}
	name = strings.TrimPrefix(name, "context.")
	if value, ok := x.late(name); ok {
		return value, value != ""
	}
	var v any = x.context
	for part := range strings.SplitSeq(name, ".") {
		m, ok := v.(*vtl.Map)
		if !ok {
			return "", false
		}
		v = m.Get(part)
	}
	if v == nil {
		return "", false
	}
	text := vtl.Text(v)
	return text, text != ""
}

// late gives the variables that have values only when there is an answer.
func (x *exchange) late(name string) (value string, ok bool) {
	milliseconds := func(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
	group, rest, _ := strings.Cut(name, ".")
	switch {
	case group == "error" && x.fault == nil:
		return "", true
	case group == "error":
		switch rest {
		case "message":
			return escaped(x.fault.text()), true
		case "messageString":
			return `"` + escaped(x.fault.text()) + `"`, true
		case "responseType":
			return x.fault.kind, true
		case "validationErrorString":
			return escaped(x.fault.validation), true
		}
	case name == "status" && x.reply.status != 0:
		return strconv.Itoa(x.reply.status), true
	case name == "responseLength":
		return strconv.Itoa(len(x.reply.body)), true
	case name == "responseLatency":
		return milliseconds(x.g.options.Now().Sub(x.started)), true
	case group != "integration" && name != "integrationLatency" && name != "integrationStatus":
		return "", false
	case !x.backendCalled:
		return "", true
	}
	switch name {
	case "integrationLatency", "integration.latency":
		return milliseconds(x.backendLatency), true
	case "integrationStatus", "integration.status", "integration.integrationStatus":
		if x.backendStatus != 0 {
			return strconv.Itoa(x.backendStatus), true
		}
	case "integration.requestId":
		return x.backendID, true
	case "integration.error":
		if x.fault != nil {
			return x.fault.text(), true
		}
	}
	return "", true
}

func (x *exchange) observation() Observation {
	o := Observation{
		RequestID: x.id, Method: x.r.Method, Status: x.reply.status,
		Latency: x.g.options.Now().Sub(x.started), IntegrationLatency: x.backendLatency,
	}
	if x.route != nil {
		o.ResourcePath = x.route.Path
	}
	if x.fault != nil {
		o.Err = x.fault
	}
	return o
}

// extendedID has the form of an extended request id: base64 that ends in =.
func extendedID(id string) string {
	return base64.StdEncoding.EncodeToString([]byte(id)[:11])
}

// decodeSegment decodes percent-encoding, which must be valid to count.
func decodeSegment(s string) string {
	if decoded, err := url.PathUnescape(s); err == nil {
		return decoded
	}
	return s
}
