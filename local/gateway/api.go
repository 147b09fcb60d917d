package gateway

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// API describes one stage of a REST API, as it is deployed.
type API struct {
	ID, Name, StageName string
	StageVariables      map[string]string
	Routes              []Route
	Models              map[string]json.RawMessage // name -> JSON Schema, draft 4
	GatewayResponses    map[string]GatewayResponse // by response type, DEFAULT_4XX and DEFAULT_5XX included
	AccessLogFormat     string                     // "" for no access log
	Throttle            Throttle                   // of each method that has none of its own
	UsagePlans          []UsagePlan                // whose keys methods with APIKeyRequired take
}

// Route is one method of one resource.
type Route struct {
	Method            string          // GET, …, or ANY
	Path              string          // "/executions/{executionId}"; {name+} takes the rest
	RequestParameters map[string]bool // "method.request.header.Idempotency-Key" -> required
	RequestModels     map[string]string
	// ValidateBody and ValidateParameters are the request validator's settings.
	ValidateBody, ValidateParameters bool
	Authorization                    string // "NONE" or "AWS_IAM"
	APIKeyRequired                   bool
	Throttle                         *Throttle // in place of the API's
	Integration                      Integration
	Responses                        map[string]MethodResponse // by status code
}

// Integration says where a method's requests go.
type Integration struct {
	Type                string            // "AWS" or "MOCK"
	URI                 string            // arn:aws:apigateway:<region>:<service>:action/<Action>
	HTTPMethod          string            // of the call to the service: "POST"
	CredentialsARN      string            // the role that API Gateway calls with
	PassthroughBehavior string            // WHEN_NO_MATCH (also ""), WHEN_NO_TEMPLATES or NEVER
	RequestTemplates    map[string]string // by content type, or "$default"
	RequestParameters   map[string]string // "integration.request.header.X" -> where from
	Timeout             time.Duration     // 50 ms to 29 s; 0 means 29 s
	Responses           []IntegrationResponse
}

// IntegrationResponse says what a backend's answer becomes.
type IntegrationResponse struct {
	StatusCode         string
	SelectionPattern   string            // matches all of the backend's status code; "" is the default
	ResponseTemplates  map[string]string // by content type
	ResponseParameters map[string]string // "method.response.header.X" -> where from
}

// MethodResponse declares what a method may answer.
type MethodResponse struct {
	StatusCode string
	Models     map[string]string
	Parameters map[string]bool // "method.response.header.X"
}

// GatewayResponse customizes an answer of API Gateway's own. Its templates know
// simple substitution of $context and $stageVariables only.
type GatewayResponse struct {
	StatusCode         string // "" keeps the type's own
	ResponseTemplates  map[string]string
	ResponseParameters map[string]string // "gatewayresponse.header.X" -> where from
}

// Backend performs an AWS service integration: the action of a service, with
// the credentials of the role. header and body are the integration request. err
// means that the service could not be reached; what the service refuses is a
// status with its body; an *awsapi.Error, that AWS refuses the role. It must
// return when ctx ends.
type Backend interface {
	Do(ctx context.Context, credentialsARN, service, action string, header http.Header, body []byte) (status int, responseHeader http.Header, responseBody []byte, err error)
}

// Options are what an API's description does not say. The zero value is
// usable.
type Options struct {
	AccountID, Region string // in ARNs and $context
	// AuthorizeRequest decides on a signed request to a method with AWS_IAM
	// authorization; arn is
	// arn:aws:execute-api:region:account:apiId/stage/METHOD/path. The code of
	// an *awsapi.Error picks the gateway response; anything else denies access.
	AuthorizeRequest func(r *http.Request, body []byte, arn string) error
	// AuthorizeAnonymous decides in the same way on a request to a method without
	// authorization, by the API's own policy; nil where it has none.
	AuthorizeAnonymous func(r *http.Request, arn string) error
	// Throttle tells whether to refuse a request as one too many, so that it can be
	// rehearsed; may be nil.
	Throttle  func() bool
	AccessLog func(line string) // called once for each request
	Observe   func(Observation) // called once for each request
	Now       func() time.Time  // nil means time.Now
}

// Observation is one request as metrics see it.
type Observation struct {
	RequestID          string
	Method             string // of the request
	ResourcePath       string // of the route, such as /executions/{executionId}; "" when none matched
	Status             int
	Latency            time.Duration // the whole request
	IntegrationLatency time.Duration // the backend's part; 0 when it was not called
	Err                error         // why API Gateway itself answered; nil when the backend did
}
