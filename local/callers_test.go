package local

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/pixline/pixline/local/access"
	"github.com/pixline/pixline/local/graph"
	"github.com/pixline/pixline/pkg/contract"
)

// withAPI runs the dev stack with another value of the key api.
func withAPI(api string) func(*Options) {
	return func(o *Options) { o.Configuration = map[string]string{"pixline:api": api} }
}

// request is one to the API, to be sent as its fields say.
type request struct {
	method, path, body string
	header             map[string]string
	credentials        *aws.Credentials // nil: not signed
	service            string           // that it is signed for; "" for execute-api
}

// send sends a request; the headers of the answer are the second value.
func (p *pipeline) send(t *testing.T, r request) (answer, http.Header) {
	t.Helper()
	req, err := http.NewRequest(r.method, p.URL+r.path, strings.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	if r.credentials != nil {
		sum := sha256.Sum256([]byte(r.body))
		service := r.service
		if service == "" {
			service = "execute-api"
		}
		if err := v4.NewSigner().SignHTTP(t.Context(), *r.credentials, req, hex.EncodeToString(sum[:]), service, p.Graph.Region, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{Status: resp.StatusCode, Body: string(text)}
	if err := json.Unmarshal(text, &a); err != nil {
		t.Fatalf("%s %s answers %d with no JSON: %q", r.method, r.path, resp.StatusCode, text)
	}
	return a, resp.Header
}

// start is the request for an object that need not be there.
func (p *pipeline) request() request {
	return request{method: http.MethodPost, path: "/process", body: `{"bucket": "` + p.output("inputBucket") + `", "key": "a.jpg"}`}
}

// addRole declares a role of a function, which may do what the policy says.
func addRole(g *graph.Graph, name, policy string) {
	g.Resources = append(g.Resources,
		graph.Resource{Type: "aws:iam/role:Role", Name: name, URN: "role " + name, Inputs: map[string]any{
			"name": name, "arn": roleARN(name),
			"assumeRolePolicy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`,
		}},
		graph.Resource{Type: rolePolicy, Name: name, URN: "policy " + name, Inputs: map[string]any{"name": name, "role": name, "policy": policy}})
}

func roleARN(name string) string { return "arn:aws:iam::" + graph.AccountID + ":role/" + name }

// TestIAM: only who signs, with the permission of the policy that the stack
// gives out, gets through; and that policy gives no more than the two calls.
func TestIAM(t *testing.T) {
	p := start(t, func(o *Options) {
		withAPI(`{"auth": "iam", "corsOrigins": ["http://localhost:5173"], "allowedCidrs": ["127.0.0.0/8"]}`)(o)
		o.Edit = func(g *graph.Graph) {
			addRole(g, "caller", g.Of("aws:iam/policy:Policy")[0].String("policy"))
			addRole(g, "stranger", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`)
		}
	})
	as := func(role string) *aws.Credentials {
		t.Helper()
		c, err := p.access.AssumeService(roleARN(role), access.Lambda, "")
		if err != nil {
			t.Fatal(err)
		}
		return &aws.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}
	}
	signed := func(credentials *aws.Credentials) request {
		r := p.request()
		r.credentials = credentials
		return r
	}
	refused := func(name string, r request, says string) {
		t.Helper()
		a, header := p.send(t, r)
		a.refused(t, http.StatusForbidden, contract.CodeRefused)
		if !strings.Contains(a.Body, says) || header.Get("Access-Control-Allow-Origin") != "http://localhost:5173" {
			t.Errorf("%s: %s does not say %q, or no page can read it: %v", name, a.Body, says, header)
		}
	}
	refused("unsigned", p.request(), "not signed")
	refused("another secret", signed(&aws.Credentials{AccessKeyID: AdminKey, SecretAccessKey: "guess"}), "signature")
	forS3 := signed(&aws.Credentials{AccessKeyID: AdminKey, SecretAccessKey: AdminSecret})
	forS3.service = "s3"
	refused("signed for S3", forS3, "execute-api")
	refused("without the permission", signed(as("stranger")), "is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:")

	for name, credentials := range map[string]*aws.Credentials{"administrator": {AccessKeyID: AdminKey, SecretAccessKey: AdminSecret}, "caller": as("caller")} {
		accepted, _ := p.send(t, signed(credentials))
		if accepted.Status != http.StatusAccepted {
			t.Fatalf("%s: %d %s", name, accepted.Status, accepted.Body)
		}
		status := request{method: http.MethodGet, path: accepted.StatusURL, credentials: credentials}
		if got, _ := p.send(t, status); got.Status != http.StatusOK {
			t.Errorf("%s: GET answers %d %s", name, got.Status, got.Body)
		}
	}
	// The policy of the stack allows no other call of the API, and nothing else.
	caller := access.Principal{ARN: "arn:aws:sts::" + graph.AccountID + ":assumed-role/caller/lambda", RoleARN: roleARN("caller")}
	api := p.Graph.Of(apiPackage + "restApi:RestApi")[0].String("executionArn")
	for action, resource := range map[string]string{invoke: api + "/v1/DELETE/process", "execute-api:ManageConnections": api + "/v1/POST/process"} {
		if err := p.access.Check(caller, action, resource, nil); err == nil {
			t.Errorf("the policy for callers allows %s on %s", action, resource)
		}
	}
	p.preflight(t, "http://localhost:5173", "Content-Type,Idempotency-Key,Authorization,X-Amz-Date,X-Amz-Security-Token,X-Amz-Content-Sha256")
}

// preflight asks as a browser does before it sends a page's request.
func (p *pipeline) preflight(t *testing.T, origin, headers string) {
	t.Helper()
	ask := request{method: http.MethodOptions, path: "/process", header: map[string]string{
		"origin": origin, "access-control-request-method": "POST", "access-control-request-headers": "content-type",
	}}
	a, header := p.send(t, ask)
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": headers,
		"Access-Control-Max-Age": "600", "Vary": "Origin",
	} {
		if got := header.Get(name); a.Status != http.StatusOK || got != want {
			t.Errorf("the preflight from %s answers %d with %s %q, want %q", origin, a.Status, name, got, want)
		}
	}
}

// TestAPIKey: only who sends the stack's key gets through, as often as its
// quota says. Pages of two sites may call; of others, none.
func TestAPIKey(t *testing.T) {
	p := start(t, withAPI(`{"auth": "apiKey", "quotaPerDay": 3, "corsOrigins": ["http://localhost:5173", "http://127.0.0.1:9"]}`))
	key := p.output("apiKey")
	with := func(key, origin string) request {
		r := p.request()
		r.header = map[string]string{"X-API-Key": key, "Origin": origin}
		return r
	}
	for name, r := range map[string]request{"no key": p.request(), "another key": with(key[1:]+"0", "http://localhost:5173"), "no key at all": with("", "http://localhost:5173")} {
		a, header := p.send(t, r)
		a.refused(t, http.StatusForbidden, contract.CodeRefused)
		if !strings.Contains(a.Body, "x-api-key") || header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %s %v", name, a.Body, header)
		}
	}
	for origin, want := range map[string]string{"http://localhost:5173": "http://localhost:5173", "http://127.0.0.1:9": "http://127.0.0.1:9", "http://localhost:1": ""} {
		a, header := p.send(t, with(key, origin))
		if a.Status != http.StatusAccepted || header.Get("Access-Control-Allow-Origin") != want || header.Get("Vary") != "Origin" {
			t.Errorf("from %s: %d %s %v, want the origin %q", origin, a.Status, a.Body, header, want)
		}
	}
	a, _ := p.send(t, with(key, "http://localhost:5173"))
	a.refused(t, http.StatusTooManyRequests, contract.CodeThrottled)
	p.preflight(t, "http://127.0.0.1:9", "Content-Type,Idempotency-Key,X-Api-Key")
	page, err := http.Get(p.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer page.Body.Close()
	shown, err := io.ReadAll(page.Body)
	if err != nil || !strings.Contains(string(shown), p.output("inputBucket")) {
		t.Errorf("the page shows no outputs: %v in %s", err, shown)
	}
	if strings.Contains(p.log.String()+string(shown), key) {
		t.Error("the key stands in the log or on the page")
	}
}

// TestAddresses: who calls from elsewhere is refused, whatever it sends.
func TestAddresses(t *testing.T) {
	p := start(t, withAPI(`{"allowedCidrs": ["203.0.113.0/24"], "corsOrigins": ["*"]}`))
	for _, r := range []request{p.request(), {method: http.MethodGet, path: "/executions/x"}, {method: http.MethodOptions, path: "/process"}} {
		a, _ := p.send(t, r)
		a.refused(t, http.StatusForbidden, contract.CodeRefused)
		if !strings.Contains(a.Body, "explicit deny in a resource-based policy") {
			t.Errorf("%s %s: %s", r.method, r.path, a.Body)
		}
	}
}

// TestThrottled: beyond the burst a request is refused, and the next method has
// a rate and a burst of its own. Those that may call from here get through.
func TestThrottled(t *testing.T) {
	p := start(t, withAPI(`{"statusRate": 1, "statusBurst": 3, "allowedCidrs": ["127.0.0.1/32", "203.0.113.0/24"]}`))
	throttled := 0
	for i := range 30 {
		a, _ := p.send(t, request{method: http.MethodGet, path: "/executions/unknown"})
		switch {
		case a.Status == http.StatusTooManyRequests && i >= 3:
			a.refused(t, http.StatusTooManyRequests, contract.CodeThrottled)
			throttled++
		case a.Status != http.StatusNotFound:
			t.Errorf("request %d answers %d %s", i+1, a.Status, a.Body)
		}
	}
	if throttled == 0 {
		t.Error("30 requests in a row are let through, with a burst of 3 and one more each second")
	}
	if a, _ := p.send(t, p.request()); a.Status != http.StatusAccepted {
		t.Errorf("another method answers %d %s", a.Status, a.Body)
	}
}

// Every environment's API is served as it is declared.
func TestEveryAPI(t *testing.T) {
	t.Parallel()
	for _, stack := range []string{"dev", "staging", "prod"} {
		g, err := graph.Evaluate(graph.Options{Root: root, Stack: stack, APIURL: "http://127.0.0.1:1", AWSURL: "http://127.0.0.1:2"})
		if err != nil {
			t.Fatal(err)
		}
		api, err := restAPI(g)
		if err != nil {
			t.Fatal(err)
		}
		if api.Throttle.Rate <= 0 || api.Throttle.Burst <= 0 {
			t.Errorf("%s: no throttle", stack)
		}
		if iam := api.Routes[0].Authorization == "AWS_IAM"; iam != (stack != "dev") {
			t.Errorf("%s: authorization %s", stack, api.Routes[0].Authorization)
		}
	}
}
