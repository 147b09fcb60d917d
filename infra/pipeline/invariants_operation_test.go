package pipeline_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

const (
	machineKind     = "aws:sfn/stateMachine:StateMachine"
	integrationKind = "aws:apigateway/integration:Integration"
	eventRuleKind   = "aws:cloudwatch/eventRule:EventRule"
	eventTargetKind = "aws:cloudwatch/eventTarget:EventTarget"
	subscribedKind  = "aws:sns/topicSubscription:TopicSubscription"
	dashboardKind   = "aws:cloudwatch/dashboard:Dashboard"
	apiKind         = "aws:apigateway/restApi:RestApi"
	apiKeyKind      = "aws:apigateway/apiKey:ApiKey"
)

var operationInvariants = []invariant{
	{
		name: "timeouts nest", check: timeouts,
		breaks: map[string]func(*world){
			"a slow function": func(w *world) { w.one(functionKind, "resize").in["timeout"] = 65.0 },
			"a slow task": func(w *world) {
				replace(w.one(machineKind, "workflow"), "definition", `"TimeoutSeconds": 600`, `"TimeoutSeconds": 60`)
			},
			"a task without": func(w *world) {
				replace(w.one(machineKind, "workflow"), "definition", `"TimeoutSeconds": 65`, `"Comment": "x"`)
			},
			"a slow integration": func(w *world) { w.one(integrationKind, "process").in["timeoutMilliseconds"] = 29001.0 },
		},
	},
	{
		name: "a dead-letter path for every asynchronous hop", check: deadLetters,
		breaks: map[string]func(*world){
			"a function's":      func(w *world) { delete(w.one(functionKind, "validate").in, "deadLetterConfig") },
			"the permission":    func(w *world) { w.drop(rolePolicyKind, "validate", "DeadLetters") },
			"the key":           func(w *world) { w.drop(rolePolicyKind, "validate", "DeadLettersKey") },
			"a rule's":          func(w *world) { delete(w.one(eventTargetKind, "failed").in, "deadLetterConfig") },
			"the queue's leave": func(w *world) { w.drop(queuePolicyKind, "undelivered", "Rules") },
			"a reader's":        func(w *world) { delete(w.one(subscribedKind, "observability-images@example.com").in, "redrivePolicy") },
			"a subscription's": func(w *world) {
				w.parts = append(w.parts, &part{kind: subscribedKind, name: "mail", in: map[string]any{"topic": w.one(topicKind, "outcomes").arn, "protocol": "email"}})
			},
		},
	},
	{
		name: "every execution that fails is told of", check: failures,
		breaks: map[string]func(*world){
			"no rule":     func(w *world) { w.remove(eventRuleKind, "aborted") },
			"no target":   func(w *world) { w.remove(eventTargetKind, "timedout-outcome") },
			"no message":  func(w *world) { w.remove(eventTargetKind, "failed") },
			"not allowed": func(w *world) { w.drop(topicPolicyKind, "outcomes", "Rules") },
		},
	},
	{
		name: "a dashboard for every stage", check: dashboards,
		breaks: map[string]func(*world){
			"none":       func(w *world) { w.remove(dashboardKind, "overview") },
			"a stage's":  func(w *world) { w.remove(dashboardKind, "resize") },
			"a function": func(w *world) { w.hide(`"resize"`) },
			"the API":    func(w *world) { w.hide(`"api"`) },
			"a queue":    func(w *world) { w.hide(`"undelivered"`) },
		},
	},
	{
		name: "every tag", check: tagged,
		breaks: map[string]func(*world){
			"one is missing": func(w *world) { delete(w.one(queueKind, "undelivered").in["tags"].(map[string]any), "stage") },
			"one is wrong":   func(w *world) { w.one(keyKind, "data").in["tags"].(map[string]any)["stack"] = "other" },
			"all":            func(w *world) { delete(w.one(functionKind, "notify").in, "tags") },
			"a new type":     func(w *world) { w.parts = append(w.parts, &part{kind: "aws:kinesis/stream:Stream", name: "x"}) },
		},
	},
	{
		name: "what cannot be made again is protected", check: protection,
		breaks: map[string]func(*world){
			"a bucket":       func(w *world) { w.one(bucketKind, "input").protected = false },
			"the key":        func(w *world) { w.one(keyKind, "data").protected = false },
			"the topic":      func(w *world) { w.one(topicKind, "outcomes").protected = false },
			"that of alarms": func(w *world) { w.one(topicKind, "alarms").protected = false },
			"destroyable":    func(w *world) { w.one(bucketKind, "output").in["forceDestroy"] = true },
			"the machine":    func(w *world) { w.one(machineKind, "workflow").protected = false },
			"all (no key)":   func(w *world) { w.one(machineKind, "workflow").protected = true },
		},
	},
}

func replace(p *part, property, old, by string) {
	p.in[property] = strings.ReplaceAll(p.text(property), old, by)
}

// timeouts: each waits longer than what it waits for; the API waits for nothing
// but the start, at most as long as API Gateway can.
func timeouts(w *world) []string {
	var p problems
	for _, m := range w.of(machineKind) {
		var definition struct {
			TimeoutSeconds float64
			States         map[string]struct {
				Type           string
				TimeoutSeconds float64
				Arguments      struct{ FunctionName string }
			}
		}
		decode(m.text("definition"), &definition)
		tasks := 0
		for name, s := range definition.States {
			if s.Type != "Task" {
				continue
			}
			tasks++
			limit := 0.0
			for _, f := range w.of(functionKind) {
				if f.arn == s.Arguments.FunctionName {
					limit, _ = f.in["timeout"].(float64)
				}
			}
			if limit < 1 || s.TimeoutSeconds <= limit || definition.TimeoutSeconds <= s.TimeoutSeconds {
				p.add("%s: %s: the function has %v s, the task %v s, the machine %v s", m, name, limit, s.TimeoutSeconds, definition.TimeoutSeconds)
			}
		}
		if tasks < 3 {
			p.add("%s has %d tasks", m, tasks)
		}
	}
	for _, i := range w.of(integrationKind) {
		// Source: API Gateway Developer Guide, "quotas": 29 seconds.
		if ms, _ := i.in["timeoutMilliseconds"].(float64); i.text("type") == "AWS" && (ms < 1 || ms > 29_000) {
			p.add("%s waits %v ms", i, ms)
		}
	}
	return p
}

// deadLetters: Lambda's asynchronous invocations, EventBridge's targets and SNS's
// subscriptions are the hops where nobody waits for an answer.
func deadLetters(w *world) []string {
	var p problems
	queues := map[string]*part{}
	for _, q := range w.of(queueKind) {
		queues[q.arn] = q
	}
	encrypted := len(w.of(keyKind)) > 0
	for _, f := range w.of(functionKind) {
		to, _ := f.at("deadLetterConfig", "targetArn").(string)
		var send, key bool
		for _, s := range statementsOf(w.one(rolePolicyKind, f.name)) {
			send = send || slices.Contains(s.list("Resource"), to) && slices.Contains(s.list("Action"), "sqs:SendMessage")
			key = key || s.condition("StringEquals", "kms:ViaService") == "sqs.eu-west-1.amazonaws.com"
		}
		if queues[to] == nil || !send || encrypted != key {
			p.add("%s has the dead letters %q: it may send %t, and use the key %t", f, to, send, key)
		}
	}
	for _, t := range w.of(eventTargetKind) {
		to, _ := t.at("deadLetterConfig", "arn").(string)
		if queues[to] == nil || !w.lets(queues[to], queuePolicyKind, "events.amazonaws.com", w.ruleOf(t)) {
			p.add("%s cannot send dead letters to %q", t, to)
		}
	}
	for _, s := range w.of(subscribedKind) {
		var policy struct{ DeadLetterTargetArn string }
		decode(s.text("redrivePolicy"), &policy)
		if to := queues[policy.DeadLetterTargetArn]; to == nil || !w.lets(to, queuePolicyKind, "sns.amazonaws.com", s.text("topic")) {
			p.add("%s has the dead letters %q", s, policy.DeadLetterTargetArn)
		}
	}
	return p
}

// ruleOf is the ARN of a target's rule.
func (w *world) ruleOf(target *part) string {
	for _, r := range w.of(eventRuleKind) {
		if r.name == target.text("rule") {
			return r.arn
		}
	}
	return ""
}

// lets tells whether a queue or topic lets a service act for a source. Where the
// policy asks for no source, any will do.
func (w *world) lets(r *part, policy, service, source string) bool {
	for _, s := range w.policyOf(r, policy) {
		of := texts(s.condition("ArnEquals", "aws:SourceArn"))
		if s.allows() && s.service() == service && slices.Contains(s.list("Resource"), r.arn) && (len(of) == 0 || slices.Contains(of, source)) {
			return true
		}
	}
	return false
}

// failures: each status has a queue, and those that cannot notify the topic.
func failures(w *world) []string {
	var p problems
	for _, m := range w.of(machineKind) {
		for status, kinds := range map[string][]string{"FAILED": {queueKind}, "TIMED_OUT": {queueKind, topicKind}, "ABORTED": {queueKind, topicKind}} {
			for _, kind := range kinds {
				if !w.told(m, status, kind) {
					p.add("%s: nothing of the kind %s is told of executions that are %s", m, kind, status)
				}
			}
		}
	}
	return p
}

func (w *world) told(m *part, status, kind string) bool {
	for _, rule := range w.of(eventRuleKind) {
		var pattern struct {
			Source []string
			Detail struct{ StateMachineArn, Status []string }
		}
		decode(rule.text("eventPattern"), &pattern)
		if !slices.Contains(pattern.Source, "aws.states") || !slices.Contains(pattern.Detail.StateMachineArn, m.arn) || !slices.Contains(pattern.Detail.Status, status) {
			continue
		}
		for _, t := range w.of(eventTargetKind) {
			for _, r := range w.of(kind) {
				policy := map[string]string{queueKind: queuePolicyKind, topicKind: topicPolicyKind}[kind]
				if t.text("rule") == rule.name && t.text("arn") == r.arn && w.lets(r, policy, "events.amazonaws.com", rule.arn) {
					return true
				}
			}
		}
	}
	return false
}

// hide takes a name off every dashboard.
func (w *world) hide(quoted string) {
	for _, d := range w.of(dashboardKind) {
		replace(d, "dashboardBody", quoted, `"other"`)
	}
}

// dashboards: there are those that are configured. The overview shows each stage, and
// all of them together everything that is watched.
func dashboards(w *world) []string {
	var p problems
	var all strings.Builder
	var wanted, there []string
	decode(w.config("dashboards", `["overview"]`), &wanted)
	for _, d := range w.of(dashboardKind) {
		there = append(there, d.name)
		if !json.Valid([]byte(d.text("dashboardBody"))) {
			p.add("%s is no JSON", d)
		}
		all.WriteString(d.text("dashboardBody"))
	}
	if slices.Sort(there); !slices.Equal(there, slices.Sorted(slices.Values(wanted))) {
		p.add("the dashboards are %v, want %v", there, wanted)
	}
	kinds := []string{functionKind, apiKind, machineKind}
	if len(wanted) > 1 {
		kinds = append(kinds, bucketKind, queueKind, topicKind)
	}
	for _, kind := range kinds {
		for _, r := range w.of(kind) {
			by := physical(r)
			if kind == machineKind {
				by = r.arn
			}
			if !strings.Contains(all.String(), `"`+by+`"`) && (kind != topicKind || r.name != "alarms") {
				p.add("no dashboard shows %s", r)
			}
		}
	}
	return p
}

// taggable are the types that AWS lets have tags, and untaggable the others.
var (
	taggable = []string{
		apiKind, apiKeyKind, "aws:apigateway/stage:Stage", "aws:apigateway/usagePlan:UsagePlan", eventRuleKind, groupKind, policyKind, roleKind,
		keyKind, functionKind, bucketKind, machineKind, topicKind, queueKind, alarmKind, compositeKind, "aws:wafv2/webAcl:WebAcl",
	}
	untaggable = []string{
		"aws:apigateway/account:Account", "aws:apigateway/deployment:Deployment", integrationKind, "aws:apigateway/integrationResponse:IntegrationResponse",
		"aws:apigateway/method:Method", "aws:apigateway/methodResponse:MethodResponse", "aws:apigateway/methodSettings:MethodSettings", "aws:apigateway/model:Model",
		"aws:apigateway/requestValidator:RequestValidator", "aws:apigateway/resource:Resource", "aws:apigateway/response:Response", apiPolicyKind,
		"aws:apigateway/usagePlanKey:UsagePlanKey", dashboardKind, savedQueryKind, bucketMetricKind, subscribedKind, eventTargetKind, rolePolicyKind, attachmentKind, "aws:kms/alias:Alias",
		lifecycleKind, ownershipKind, bucketPolicyKind, blockKind, encryptionKind, versioningKind, topicPolicyKind, queuePolicyKind,
		"aws:wafv2/webAclAssociation:WebAclAssociation",
	}
)

func tagged(w *world) []string {
	var p problems
	want := map[string]any{"project": "pixline", "stack": w.stack, "stage": w.stack, "managed-by": "pulumi"}
	for _, r := range w.parts {
		tags, _ := r.in["tags"].(map[string]any)
		switch {
		case slices.Contains(untaggable, r.kind):
		case !slices.Contains(taggable, r.kind):
			p.add("%s: can %s have tags?", r, r.kind)
		case !maps.Equal(tags, want):
			p.add("%s has the tags %v", r, tags)
		}
	}
	return p
}

func protection(w *world) []string {
	var p problems
	want := w.config("protect", "false") == "true"
	for _, kind := range []string{bucketKind, keyKind, topicKind, machineKind} {
		for _, r := range w.of(kind) {
			if r.protected != want || want && r.in["forceDestroy"] == true {
				p.add("%s: protected %t", r, r.protected)
			}
		}
	}
	return p
}
