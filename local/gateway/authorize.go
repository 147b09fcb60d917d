package gateway

import (
	"errors"
	"fmt"

	"github.com/pixline/pixline/local/awsapi"
)

const iamAuthorization = "AWS_IAM"

// admit tells whether the caller may send the request: by its signature, by the
// API's own policy, by its API key, and by what was sent before.
func (x *exchange) admit() *fault {
	o := x.g.options
	arn := fmt.Sprintf("arn:aws:execute-api:%s:%s:%s/%s/%s%s", o.Region, o.AccountID, x.g.api.ID, x.g.api.StageName, x.r.Method, x.r.URL.EscapedPath())
	switch {
	case x.route.Authorization == iamAuthorization:
		if x.header("Authorization") == "" && x.query["X-Amz-Signature"] == "" {
			return &fault{kind: missingToken, cause: errors.New("the request is not signed")}
		}
		if err := o.AuthorizeRequest(x.r, x.body, arn); err != nil {
			return authorizationFault(err)
		}
	case o.AuthorizeAnonymous != nil:
		if err := o.AuthorizeAnonymous(x.r, arn); err != nil {
			return authorizationFault(err)
		}
	}
	var key *clientKey
	if x.route.APIKeyRequired {
		if key = x.g.limits.key(x.header("X-Api-Key")); key == nil {
			return &fault{kind: invalidAPIKey}
		}
	}
	if o.Throttle != nil && o.Throttle() {
		return &fault{kind: throttled, cause: errors.New("the local runner was told to throttle the API")}
	}
	return x.g.limits.take(x.route, key, x.started)
}

// authorizationFault translates a refusal of Options.AuthorizeRequest.
func authorizationFault(err error) *fault {
	f := &fault{kind: accessDenied, cause: err}
	var refused *awsapi.Error
	if !errors.As(err, &refused) {
		return f
	}
	f.message = refused.Message
	switch refused.Code {
	case "InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignatureException", "UnrecognizedClientException", "InvalidClientTokenId":
		f.kind = invalidSignature
	case "ExpiredTokenException", "ExpiredToken":
		f.kind = expiredToken
	case "MissingAuthenticationTokenException", "MissingAuthenticationToken":
		f.kind, f.message = missingToken, ""
	}
	return f
}
