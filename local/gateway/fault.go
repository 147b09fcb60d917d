package gateway

import (
	"fmt"
	"net/http"
)

// Response types that this gateway answers with. The names, status codes and
// descriptions are those of "Gateway response types" in the Amazon API Gateway
// Developer Guide.
const (
	accessDenied          = "ACCESS_DENIED"
	apiConfigurationError = "API_CONFIGURATION_ERROR"
	badRequestBody        = "BAD_REQUEST_BODY"
	badRequestParameters  = "BAD_REQUEST_PARAMETERS"
	default4xx            = "DEFAULT_4XX"
	default5xx            = "DEFAULT_5XX"
	expiredToken          = "EXPIRED_TOKEN"
	integrationFailure    = "INTEGRATION_FAILURE"
	integrationTimeout    = "INTEGRATION_TIMEOUT"
	invalidAPIKey         = "INVALID_API_KEY"
	invalidSignature      = "INVALID_SIGNATURE"
	missingToken          = "MISSING_AUTHENTICATION_TOKEN"
	quotaExceeded         = "QUOTA_EXCEEDED"
	requestTooLarge       = "REQUEST_TOO_LARGE"
	throttled             = "THROTTLED"
	unsupportedMediaType  = "UNSUPPORTED_MEDIA_TYPE"
)

// responseType is what API Gateway answers where nothing is configured.
type responseType struct {
	status    int
	errorType string // header x-amzn-ErrorType
	message   string // $context.error.message
}

var responseTypes = map[string]responseType{
	accessDenied:          {http.StatusForbidden, "AccessDeniedException", "Access Denied"},
	apiConfigurationError: {http.StatusInternalServerError, "InternalServerErrorException", "Internal server error"},
	badRequestBody:        {http.StatusBadRequest, "BadRequestException", "Invalid request body"},
	badRequestParameters:  {http.StatusBadRequest, "BadRequestException", "Missing required request parameters"},
	expiredToken:          {http.StatusForbidden, "ExpiredTokenException", "The security token included in the request is expired"},
	integrationFailure:    {http.StatusGatewayTimeout, "InternalServerErrorException", "Network error communicating with endpoint"},
	integrationTimeout:    {http.StatusGatewayTimeout, "InternalServerErrorException", "Endpoint request timed out"},
	invalidAPIKey:         {http.StatusForbidden, "ForbiddenException", "Forbidden"},
	invalidSignature:      {http.StatusForbidden, "InvalidSignatureException", "The request signature we calculated does not match the signature you provided"},
	missingToken:          {http.StatusForbidden, "MissingAuthenticationTokenException", "Missing Authentication Token"},
	quotaExceeded:         {http.StatusTooManyRequests, "LimitExceededException", "Limit Exceeded"},
	requestTooLarge:       {http.StatusRequestEntityTooLarge, "RequestTooLargeException", "Request Too Long"},
	throttled:             {http.StatusTooManyRequests, "TooManyRequestsException", "Too Many Requests"},
	unsupportedMediaType:  {http.StatusUnsupportedMediaType, "BadRequestException", "Unsupported Media Type"},
}

// unmodelled are response types that may be configured although nothing here
// answers with them.
var unmodelled = map[string]bool{
	"AUTHORIZER_CONFIGURATION_ERROR": true, "AUTHORIZER_FAILURE": true, "RESOURCE_NOT_FOUND": true,
	"UNAUTHORIZED": true, "WAF_FILTERED": true,
}

// fault is an answer of API Gateway's own.
type fault struct {
	kind       string // a response type
	message    string // $context.error.message; "" for the type's own
	validation string // $context.error.validationErrorString
	cause      error
}

func (f *fault) Error() string {
	if f.cause == nil {
		return f.kind + ": " + f.text()
	}
	return fmt.Sprintf("%s: %s: %v", f.kind, f.text(), f.cause)
}

func (f *fault) Unwrap() error { return f.cause }

func (f *fault) text() string {
	if f.message != "" {
		return f.message
	}
	return responseTypes[f.kind].message
}

// configurationFault is a mistake in the API's description that shows only
// with a request. Clients see no more than "Internal server error".
func configurationFault(cause error) *fault {
	return &fault{kind: apiConfigurationError, cause: cause}
}
