package local

import (
	"net"
	"net/http"

	"github.com/pixline/pixline/local/access"
	"github.com/pixline/pixline/local/access/sigv4"
	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/graph"
)

const invoke = "execute-api:Invoke"

// authorizeCaller decides on a signed request to the API: the signature must
// be right, and the identity's policies or the API's own must allow the call.
func (r *Runner) authorizeCaller(req *http.Request, body []byte, arn string) error {
	caller, err := r.access.Verify(req, body)
	if err != nil {
		return err
	}
	// Verify has parsed the signature.
	if signature, err := sigv4.Parse(req); err != nil || signature.Service != "execute-api" {
		return awsapi.Errorf(http.StatusForbidden, "InvalidSignatureException", "Credential should be scoped to correct service: 'execute-api'.")
	}
	return r.access.Check(caller, invoke, arn, addressOf(req))
}

// authorizeAnyone decides on a request to a method that asks for no signature
// by the API's own policy; nil where the API has none.
func (r *Runner) authorizeAnyone() func(*http.Request, string) error {
	if len(r.Graph.Of(restAPIPolicy)) == 0 {
		return nil
	}
	return func(req *http.Request, arn string) error {
		return r.access.Check(access.Principal{}, invoke, arn, addressOf(req))
	}
}

// addressOf is where a request comes from, as policies see it.
func addressOf(req *http.Request) map[string][]string {
	host, _, err := net.SplitHostPort(req.RemoteAddr)
	if err != nil {
		host = req.RemoteAddr
	}
	return map[string][]string{"aws:SourceIp": {host}}
}

const restAPIPolicy = apiPackage + "restApiPolicy:RestApiPolicy"

// apiPolicies are the policies of the graph's APIs, by the ARN that those of
// their methods begin with.
func apiPolicies(g *graph.Graph) map[string][]byte {
	policies := map[string][]byte{}
	for _, p := range g.Of(restAPIPolicy) {
		for _, api := range g.Of(apiPackage + "restApi:RestApi") {
			if api.ID == p.String("restApiId") {
				policies[api.String("executionArn")] = []byte(p.String("policy"))
			}
		}
	}
	return policies
}
