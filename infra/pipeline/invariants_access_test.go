package pipeline_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

const attachmentKind = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"

var accessInvariants = []invariant{
	{
		name: "no action with a wildcard", check: exactActions,
		breaks: map[string]func(*world){
			"everything": func(w *world) { w.edit(rolePolicyKind, "api", "Start", func(s statement) { s["Action"] = "*" }) },
			"a service": func(w *world) {
				w.edit(rolePolicyKind, "resize", "Write", func(s statement) { s["Action"] = []any{"s3:*"} })
			},
			"a kind": func(w *world) {
				w.edit(queuePolicyKind, "undelivered", "Rules", func(s statement) { s["Action"] = "sqs:Send*" })
			},
			"all others": func(w *world) {
				w.edit(rolePolicyKind, "notify", "Publish", func(s statement) { s["NotAction"] = "s3:*" })
			},
			"the key": func(w *world) { w.edit(keyKind, "data", "Events", func(s statement) { s["Action"] = "kms:*" }) },
			"a managed role": func(w *world) {
				w.one(attachmentKind, "api-logs").in["policyArn"] = "arn:aws:iam::aws:policy/AdministratorAccess"
			},
		},
	},
	{
		name: "all resources only where AWS has no other", check: exactResources,
		breaks: map[string]func(*world){
			"every object": func(w *world) { w.edit(rolePolicyKind, "validate", "Read", func(s statement) { s["Resource"] = "*" }) },
			"the list": func(w *world) {
				w.edit(rolePolicyKind, "workflow", "LogDelivery", func(s statement) { s["Action"] = []any{"logs:GetLogEvents"} })
			},
			"every key": func(w *world) {
				w.edit(rolePolicyKind, "notify", "Topic", func(s statement) { s["Resource"] = []any{"*"} })
			},
			"all others": func(w *world) {
				w.edit(rolePolicyKind, "notify", "Publish", func(s statement) { s["NotResource"] = "x" })
			},
		},
	},
	{
		name: "no confused deputy", check: deputies,
		breaks: map[string]func(*world){
			"no condition": func(w *world) {
				w.edit(queuePolicyKind, "failed-executions", "Rules", func(s statement) { delete(s, "Condition") })
			},
			"the account": func(w *world) {
				w.edit(queuePolicyKind, "undelivered", "Rules", func(s statement) { s["Condition"].(map[string]any)["StringEquals"] = map[string]any{} })
			},
			"a topic of any account": func(w *world) {
				w.edit(queuePolicyKind, "undelivered", "Topic", func(s statement) {
					s["Condition"] = map[string]any{"ArnLike": map[string]any{"aws:SourceArn": []any{"arn:aws:sns:eu-west-1:*:pixline-*"}}}
				})
			},
			"the trust": func(w *world) { w.edit(roleKind, "workflow", "Service", func(s statement) { delete(s, "Condition") }) },
			"another topic": func(w *world) {
				w.edit(keyKind, "data", "DeadLettersOfTopics", func(s statement) { delete(s, "Condition") })
			},
			"all groups": func(w *world) { w.edit(keyKind, "data", "LogGroups", func(s statement) { delete(s, "Condition") }) },
			"any alarm": func(w *world) {
				w.edit(topicPolicyKind, "alarms", "Alarms", func(s statement) { delete(s, "Condition") })
			},
			"the key's users": func(w *world) { w.edit(keyKind, "data", "Alarms", func(s statement) { delete(s, "Condition") }) },
			"a new service": func(w *world) {
				w.allow(topicPolicyKind, "outcomes", map[string]any{"Service": "cloudwatch.amazonaws.com"}, "sns:Publish")
			},
		},
	},
	{
		name: "nobody else is let in", check: strangers,
		breaks: map[string]func(*world){
			"everyone": func(w *world) { w.allow(queuePolicyKind, "undelivered", "*", "sqs:SendMessage") },
			"another account": func(w *world) {
				w.allow(topicPolicyKind, "outcomes", map[string]any{"AWS": "arn:aws:iam::111111111111:root"}, "sns:Publish")
			},
		},
	},
	{
		name: "a role of its own for each", check: ownRoles,
		breaks: map[string]func(*world){
			"a shared one": func(w *world) { w.one(functionKind, "notify").in["role"] = w.one(functionKind, "resize").in["role"] },
			"none":         func(w *world) { w.one(machineKind, "workflow").in["roleArn"] = "arn:aws:iam::000000000000:role/other" },
		},
	},
	{
		name: "no secret in clear", check: secrets,
		breaks: map[string]func(*world){
			"an access key": func(w *world) { w.one(functionKind, "notify").in["description"] = "AKIA" + strings.Repeat("A", 16) },
			"a password":    func(w *world) { w.one(functionKind, "notify").in["dbPassword"] = "x" },
			"a chosen key":  func(w *world) { w.one(apiKeyKind, "api").in["value"] = "x" },
		},
	},
}

// policies calls for every statement that allows something.
func (w *world) allowed(each func(*part, statement)) {
	for _, p := range w.parts {
		if documentProperty[p.kind] == "" {
			continue
		}
		for _, s := range statementsOf(p) {
			if s.allows() {
				each(p, s)
			}
		}
	}
}

func exactActions(w *world) []string {
	var p problems
	w.allowed(func(of *part, s statement) {
		// Who administrates a key is a matter of IAM: AWS KMS Developer Guide, "Default key policy".
		if of.kind == keyKind && s["Sid"] == "AdministrationByIAM" {
			return
		}
		if s["NotAction"] != nil || len(s.list("Action")) == 0 || strings.Contains(strings.Join(s.list("Action"), " "), "*") {
			p.add("%s allows %v", of, s)
		}
	})
	for _, a := range w.of(attachmentKind) {
		// API Gateway checks for all of it when the account's role is set.
		if a.text("policyArn") != "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs" {
			p.add("%s attaches %s", a, a.text("policyArn"))
		}
	}
	return p
}

// withoutResources are the actions that IAM knows no resources for. Source:
// Service Authorization Reference, "Amazon CloudWatch Logs" and "AWS X-Ray".
var withoutResources = []string{
	"logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
	"logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
	"xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets",
}

func exactResources(w *world) []string {
	var p problems
	w.allowed(func(of *part, s statement) {
		if s["NotResource"] != nil {
			p.add("%s allows %v", of, s)
		}
		if of.kind == keyKind { // where "*" is the key, and nothing else can stand
			return
		}
		for _, action := range s.list("Action") {
			if slices.Contains(s.list("Resource"), "*") && !slices.Contains(withoutResources, action) {
				p.add("%s allows %s on everything", of, action)
			}
		}
	})
	return p
}

// silent are the services that do not say for whom they act, each where it does not.
var silent = []struct{ kind, sid, service, source string }{
	{roleKind, "Service", "apigateway.amazonaws.com", "API Gateway sets neither key when it takes on the role of an integration: " +
		"github.com/aws-solutions-library-samples/accelerated-intelligent-document-processing-on-aws/pull/479"},
	{topicPolicyKind, "Rules", "events.amazonaws.com", "EventBridge User Guide: no Condition blocks in Amazon SNS topic policies"},
	{keyKind, "Events", "events.amazonaws.com", "SNS Developer Guide: not supported for EventBridge-to-encrypted topics"},
}

func deputies(w *world) []string {
	var p problems
	w.allowed(func(of *part, s statement) {
		service := s.service()
		if service == "" {
			return
		}
		for _, known := range silent {
			if of.kind == known.kind && s["Sid"] == known.sid && service == known.service {
				return
			}
		}
		equal, like := s.condition("ArnEquals", "aws:SourceArn"), s.condition("ArnLike", "aws:SourceArn")
		source := equal != nil || like != nil
		// SNS is not known to say the account: the topics' ARNs have to.
		account := s.condition("StringEquals", "aws:SourceAccount") == "000000000000" ||
			service == "sns.amazonaws.com" && source && !slices.ContainsFunc(append(texts(equal), texts(like)...), func(arn string) bool {
				return !strings.Contains(arn, ":000000000000:")
			})
		// CloudWatch Logs says by the context of the encryption which group it is for.
		// A function is named by AWS after its role is there: its account has to do.
		function := of.kind == roleKind && service == "lambda.amazonaws.com" && account
		group := strings.HasPrefix(service, "logs.") && s.condition("ArnLike", "kms:EncryptionContext:aws:logs:arn") != nil
		if !group && !function && (!account || !source) {
			p.add("%s lets %s act for anyone: %v", of, service, s)
		}
	})
	return p
}

// strangers: only the API can be for everyone, as far as its configuration says.
func strangers(w *world) []string {
	var p problems
	w.allowed(func(of *part, s statement) {
		switch principal := s["Principal"].(type) {
		case nil: // an identity's own
		case string:
			if of.kind != apiPolicyKind {
				p.add("%s lets %s in", of, principal)
			}
		case map[string]any:
			if account, there := principal["AWS"]; there && account != "arn:aws:iam::000000000000:root" {
				p.add("%s lets %v in", of, account)
			}
		}
	})
	return p
}

func ownRoles(w *world) []string {
	var p problems
	used, roles := map[string]string{}, map[string]bool{}
	for _, r := range w.of(roleKind) {
		roles[r.arn] = true
	}
	add := func(user *part, role string) {
		if used[role] != "" || !roles[role] {
			p.add("%s has the role %s, which is that of %q", user, role, used[role])
		}
		used[role] = user.String()
	}
	for _, f := range w.of(functionKind) {
		add(f, f.text("role"))
	}
	for _, m := range w.of(machineKind) {
		add(m, m.text("roleArn"))
	}
	return p
}

var (
	// One for each beginning: a search for a text is fast, and the bodies of dashboards are long.
	credentials = []*regexp.Regexp{
		regexp.MustCompile(`AKIA[A-Z0-9]{16}\b`), regexp.MustCompile(`ASIA[A-Z0-9]{16}\b`),
		regexp.MustCompile(`-----BEGIN`), regexp.MustCompile(`://[^/\s"]+:[^/\s"]+@`),
	}
	secretWords = []string{"password", "secret", "privatekey", "token"}
	secretName  = regexp.MustCompile(`(?i)"(\w*(password|secret|privatekey|token)\w*)":"[^"]`)
)

// secrets looks into all that Pulumi would keep in its state. AWS makes up the
// value of an API key; the output with it is a secret, which api_test.go looks at.
func secrets(w *world) []string {
	var p problems
	for _, r := range w.parts {
		text, err := json.Marshal(r.in)
		if err != nil {
			p.add("%s: %v", r, err)
		}
		for _, credential := range credentials {
			if found := credential.Find(text); found != nil {
				p.add("%s has the credential %s", r, found)
			}
		}
		lower := bytes.ToLower(text)
		if slices.ContainsFunc(secretWords, func(word string) bool { return bytes.Contains(lower, []byte(word)) }) {
			if found := secretName.Find(text); found != nil {
				p.add("%s says %s", r, found)
			}
		}
		if r.kind == apiKeyKind && r.in["value"] != nil {
			p.add("%s has a value of its own", r)
		}
	}
	return p
}
