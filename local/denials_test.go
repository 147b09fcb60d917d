package local

import (
	"image/color"
	"strings"
	"testing"

	"github.com/pixline/pixline/local/graph"
)

// TestDeny adds a statement that denies what another one allows.
func TestDeny(t *testing.T) {
	p := start(t, edited(t, func(t *testing.T, g *graph.Graph) {
		policy := resourceNamed(t, g, rolePolicy, "validate")
		for _, b := range g.Of("aws:s3/bucketV2:BucketV2") {
			setStatements(t, policy, append(statementsOf(t, *policy), map[string]any{
				"Sid": "Never" + b.Name, "Effect": "Deny", "Action": "s3:GetObject*", "Resource": b.String("arn") + "/private/*",
			}))
		}
	}))
	p.store(t, "private/cat.jpg", picture(color.White))
	p.store(t, "public/cat.jpg", picture(color.White))
	if ended := p.wait(t, p.process(t, "public/cat.jpg")); ended.State != "SUCCEEDED" {
		t.Errorf("what is not denied fails: %s", ended.Body)
	}
	ended := p.wait(t, p.process(t, "private/cat.jpg"))
	for _, want := range []string{
		"is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::" + p.output("inputBucket") + "/private/cat.jpg",
		"with an explicit deny in an identity-based policy",
	} {
		if ended.State != "FAILED" || !strings.Contains(ended.Cause, want) {
			t.Errorf("%s: want FAILED with %q", ended.Body, want)
		}
	}
	if denied := p.denials(); len(denied) != 1 || !strings.Contains(p.log.String(), "denied by statement Neverinput") {
		t.Errorf("the log does not name the statement: %v\n%s", denied, p.log)
	}
}

// TestTrust takes the service out of a role's trust policy.
func TestTrust(t *testing.T) {
	for _, c := range []struct{ role, service, creates string }{
		{"validate", "lambda.amazonaws.com", "create function pixline-dev-validate-"},
		{"workflow", "states.amazonaws.com", "create state machine pixline-dev-workflow-"},
		{"api-logs", "apigateway.amazonaws.com", "set the logging role of API Gateway"},
	} {
		t.Run(c.role, func(t *testing.T) {
			p, err := tryStart(t, t.TempDir(), edited(t, distrust(c.role, c.service)))
			if err == nil {
				p.stop(t)
				t.Fatal("the pipeline starts")
			}
			for _, want := range []string{c.creates, "User: " + c.service + " is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::", "no role trust policy allows"} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v: want %q", err, want)
				}
			}
		})
	}
	// AWS looks at the role of an integration when a request comes.
	t.Run("api", func(t *testing.T) {
		p := start(t, edited(t, distrust("api", "apigateway.amazonaws.com")))
		if a := p.process(t, "cat.jpg"); a.Status != 500 || a.code() != "internal" {
			t.Errorf("POST /process answers %d: %s", a.Status, a.Body)
		}
		denied := p.denials()
		if len(denied) != 1 || denied[0].principal != "apigateway.amazonaws.com" || denied[0].action != "sts:AssumeRole" || !strings.Contains(denied[0].resource, ":role/pixline-dev-api-") {
			t.Errorf("the runner's log does not say why: %v", denied)
		}
	})
}

// distrust makes a role trust another service.
func distrust(role, service string) func(*testing.T, *graph.Graph) {
	return func(t *testing.T, g *graph.Graph) {
		r := resourceNamed(t, g, "aws:iam/role:Role", role)
		trust := r.String("assumeRolePolicy")
		if !strings.Contains(trust, service) {
			t.Fatalf("%s does not trust %s: %s", role, service, trust)
		}
		r.Inputs["assumeRolePolicy"] = strings.ReplaceAll(trust, service, "ec2.amazonaws.com")
	}
}

// resourceNamed finds a resource by its type and its name in the program.
func resourceNamed(t *testing.T, g *graph.Graph, kind, name string) *graph.Resource {
	t.Helper()
	for i := range g.Resources {
		if r := &g.Resources[i]; r.Type == kind && r.Name == name {
			return r
		}
	}
	t.Fatalf("the program has no %s %s", kind, name)
	return nil
}
