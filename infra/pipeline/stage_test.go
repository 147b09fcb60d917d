package pipeline_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const (
	apiStage = "aws:apigateway/stage:Stage"
	webACL   = "aws:wafv2/webAcl:WebAcl"
)

// TestLimits: every method is throttled as configured, GET by limits of its own; no request is written to
// a log of API Gateway's own.
func TestLimits(t *testing.T) {
	t.Parallel()
	r, _ := deployAPI(t, `{"throttleRate": 7, "throttleBurst": 9, "statusRate": 3, "statusBurst": 5}`)
	for name, limit := range map[string]struct {
		path        string
		rate, burst float64
	}{
		"api":        {"*/*", 7, 9},
		"api-status": {"~1executions~1{executionId}/GET", 3, 5},
	} {
		settings := r.find(t, "aws:apigateway/methodSettings:MethodSettings", name).inputs
		want := map[string]any{"metricsEnabled": true, "dataTraceEnabled": false, "loggingLevel": "OFF", "throttlingRateLimit": limit.rate, "throttlingBurstLimit": limit.burst}
		if got := settings["settings"].Mappable(); settings["methodPath"].StringValue() != limit.path || !reflect.DeepEqual(got, any(want)) {
			t.Errorf("%s: %v", name, settings)
		}
	}
}

// TestFirewall: it is there when it is wanted, before the stage, of the same
// provider as all else, and keeps no request.
func TestFirewall(t *testing.T) {
	t.Parallel()
	if r, _ := deployAPI(t, `{}`); len(r.of(webACL)) != 0 {
		t.Error("a firewall that no one has asked for")
	}
	r, _ := deployAPI(t, `{"firewall": true, "throttleRate": 20}`)
	acl := r.find(t, webACL, "api-firewall")
	association := r.find(t, "aws:wafv2/webAclAssociation:WebAclAssociation", "api-firewall").inputs
	if !strings.HasSuffix(association["resourceArn"].StringValue(), ":api") || !strings.HasSuffix(association["webAclArn"].StringValue(), ":api-firewall") {
		t.Errorf("the association is %v", association)
	}
	var rules []string
	for _, rule := range acl.inputs["rules"].ArrayValue() {
		rules = append(rules, rule.ObjectValue()["name"].StringValue())
	}
	if want := []string{"AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet", "rate"}; !slices.Equal(rules, want) {
		t.Errorf("the rules are %v, want %v", rules, want)
	}
	text, err := json.Marshal(acl.inputs.Mappable())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"aggregateKeyType":"IP","limit":21000`, `"customResponse":{"customResponseBodyKey":"flood","responseCode":429}`, `"defaultAction":{"allow":{}}`, `{"actionToUse":{"count":{}},"name":"GenericLFI_BODY"}`, `"scope":"REGIONAL"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is not in %s", want, text)
		}
	}
	if strings.Contains(string(text), `"sampledRequestsEnabled":true`) {
		t.Error("samples of requests would show their API keys")
	}
	// Source: AWS WAF API Reference, "VisibilityConfig".
	for _, reserved := range []string{"all", "default_action"} {
		if strings.Contains(strings.ToLower(string(text)), `"metricname":"`+reserved+`"`) {
			t.Errorf("the name %s of a metric is AWS WAF's own: %s", reserved, text)
		}
	}
	versions := map[string]bool{}
	for _, d := range r.resources {
		if strings.HasPrefix(d.kind, "aws:") {
			versions[d.version] = true
		}
	}
	if len(versions) != 1 {
		t.Errorf("the resources belong to the versions %v of the provider, want one", slices.Collect(maps.Keys(versions)))
	}
}

// TestTracing: a request is followed all the way or not at all, and no role may
// write traces for nothing.
func TestTracing(t *testing.T) {
	t.Parallel()
	for _, on := range []bool{true, false} {
		r, _ := deployAPI(t, fmt.Sprintf(`{"tracing": %t}`, on))
		if got := r.find(t, apiStage, "api").inputs["xrayTracingEnabled"]; got.BoolValue() != on {
			t.Errorf("tracing %t: the stage has %v", on, got)
		}
		if got := r.find(t, "aws:sfn/stateMachine:StateMachine", "workflow").inputs["tracingConfiguration"].ObjectValue()["enabled"]; got.BoolValue() != on {
			t.Errorf("tracing %t: the state machine has %v", on, got)
		}
		for name, f := range r.of("aws:lambda/function:Function") {
			want := map[bool]string{true: "Active", false: "PassThrough"}[on]
			if got := f["tracingConfig"].ObjectValue()["mode"].StringValue(); got != want {
				t.Errorf("tracing %t: function %s has %s", on, name, got)
			}
		}
		traced := 0
		for _, p := range r.of("aws:iam/rolePolicy:RolePolicy") {
			traced += strings.Count(p["policy"].StringValue(), `"xray:PutTraceSegments","xray:PutTelemetryRecords"`)
		}
		if want := map[bool]int{true: 4, false: 0}[on]; traced != want {
			t.Errorf("tracing %t: %d roles may write traces, want %d", on, traced, want)
		}
	}
}
