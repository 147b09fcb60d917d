package deploytest

import (
	"context"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pixline/pixline/deploytest/deployment"
	"github.com/pixline/pixline/deploytest/emulator"
	"github.com/pixline/pixline/deploytest/toolchain"
	"github.com/pixline/pixline/infra/component"
	"github.com/pixline/pixline/local/graph"
)

const (
	repository = ".."
	// envRequire makes a missing tool a failure: .ci/run sets it where it has
	// installed them.
	envRequire = "PIXLINE_REQUIRE_DEPLOYMENT"
)

// environment is a stack of the repository, and how it is deployed.
type environment struct {
	stack string
	// endpointsInConfig names the emulator as docs/deploy.md has it for any emulator,
	// by aws:endpoints.
	endpointsInConfig bool
	configuration     map[string]any // what differs from the stack's file
}

// environments are the repository's, and one with what they leave out.
var environments = map[string]environment{
	"dev":     {stack: "dev", endpointsInConfig: true},
	"staging": {stack: "staging"},
	"prod":    {stack: "prod"},
	"dev with API keys, a key and readers of alarms": {stack: "dev", configuration: map[string]any{"pixline:encryption": "kms", "pixline:api": map[string]any{
		"auth": "apiKey", "quotaPerDay": 1000,
		"allowedCidrs": []string{"192.0.2.0/24"}, "corsOrigins": []string{"https://photos.example.com"},
	}, "pixline:alarms": map[string]any{
		"emails": []string{"images@example.com"}, "topics": []string{"arn:aws:sns:eu-west-1:000000000000:pager"}, "expectedRequests": 10,
	}}},
}

// TestDeployment takes each environment through its life. The environments have
// an emulator each, so that what one leaves behind is its own.
func TestDeployment(t *testing.T) {
	t.Parallel()
	tools, err := toolchain.Find(repository)
	if err != nil {
		if os.Getenv(envRequire) != "" {
			t.Fatalf("%s is set, and this is missing:\n%v", envRequire, err)
		}
		t.Skipf("NO DEPLOYMENT IS TESTED, for want of:\n%v", err)
	}
	for name, e := range environments {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			live(t, tools, e)
		})
	}
}

func live(t *testing.T, tools toolchain.Tools, e environment) {
	ctx := t.Context()
	endpoint, backend := serve(t, tools.Emulator), t.TempDir()
	d, err := deployment.New(ctx, deployment.Options{
		Source: repository, Dir: t.TempDir(), State: backend, Stack: e.stack, CLI: tools.CLI,
		Endpoint: endpoint, EndpointsInConfig: e.endpointsInConfig, Proxy: setTrap(t),
		Configuration: e.configuration,
	})
	if err != nil {
		t.Fatal(err)
	}
	g, err := graph.Evaluate(graph.Options{Root: d.Root, Stack: e.stack, APIURL: "http://127.0.0.1:1", AWSURL: "http://127.0.0.1:2"})
	if err != nil {
		t.Fatal(err)
	}
	var previewed deployment.Announced
	step(t, "preview", func() (err error) { previewed, err = d.Preview(ctx); return err })
	if silent := g.Of("aws:sns/topicSubscription:TopicSubscription") == nil && alarmsTell(g); silent != strings.Contains(previewed.Output, component.NobodyTold) {
		t.Errorf("alarms tell nobody: %v, and the preview says\n%s", silent, previewed.Output)
	}
	step(t, "up", func() error { return d.Up(ctx) })
	state, err := d.State(ctx)
	if err != nil {
		t.Fatal(err)
	}
	// The state also holds the provider, which no preview counts.
	if previewed.Resources != len(state)-1 {
		t.Errorf("the preview announced %d resources, there are %d", previewed.Resources, len(state)-1)
	}
	s := newStanding(t, g, state, endpoint, d.Root)
	s.compare(t)
	if len(s.inventory(t)) == 0 {
		t.Error("the account is empty: the inventory finds nothing")
	}
	s.keepsSecrets(t, backend)
	step(t, "preview, which announces nothing", func() error { return d.PreviewAgain(ctx) })
	step(t, "up, which changes nothing", func() error { return d.UpAgain(ctx) })
	step(t, "refresh, which finds no drift", func() error { return d.Refresh(ctx) })
	takeDown(t, d, state)
	outlive := outliving(state)
	if state, err = d.State(ctx); err != nil || len(state) > 0 {
		t.Errorf("after destroy the state has %d resources, %v", len(state), err)
	}
	if left := s.inventory(t); !maps.Equal(left, outlive) {
		t.Errorf("after destroy there are %v, want %v", left, outlive)
	}
}

// alarmsTell tells whether the stack's alarms tell anybody of their changes.
func alarmsTell(g *graph.Graph) bool {
	return slices.ContainsFunc(g.Of("aws:cloudwatch/metricAlarm:MetricAlarm"), func(a graph.Resource) bool { return a.Inputs["actionsEnabled"] == true })
}

// takeDown destroys the stack. What is protected is refused first, and then
// unprotected as docs/deploy.md says.
func takeDown(t *testing.T, d *deployment.Deployment, state []apitype.ResourceV3) {
	t.Helper()
	ctx := t.Context()
	protected := false
	for _, r := range state {
		protected = protected || r.Protect
	}
	if protected {
		if err := d.PreviewDestroy(ctx); err == nil {
			t.Error("the destruction of what is protected is not refused")
		}
		step(t, "unprotect", func() error { return d.Unprotect(ctx) })
	}
	step(t, "destroy", func() error { return d.Destroy(ctx) })
}

// step logs how long a step takes: the figures of docs/deploy.md.
func step(t *testing.T, name string, run func() error) {
	t.Helper()
	start := time.Now()
	if err := run(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	t.Logf("%s: %.1f s", name, time.Since(start).Seconds())
}

// serve runs an emulator until the test ends, and gives its address.
func serve(t *testing.T, command string) string {
	t.Helper()
	// Cleanups still need it when the test's own context has ended.
	e, err := emulator.Start(context.WithoutCancel(t.Context()), command, graph.AccountID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Stop(); err != nil {
			t.Error(err)
		}
	})
	return e.URL
}

// setTrap gives the address of a proxy that fails the test when it is asked for
// anything.
func setTrap(t *testing.T) string {
	t.Helper()
	trap := emulator.NewTrap()
	t.Cleanup(func() {
		trap.Close()
		if asked := trap.Asked(); len(asked) > 0 {
			t.Errorf("addresses beyond 127.0.0.1 were asked for: %v", asked)
		}
	})
	return trap.URL()
}
