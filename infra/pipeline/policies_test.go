package pipeline_test

import (
	"encoding/json"
	"slices"
	"strings"
)

const (
	bucketPolicyKind = "aws:s3/bucketPolicy:BucketPolicy"
	queuePolicyKind  = "aws:sqs/queuePolicy:QueuePolicy"
	topicPolicyKind  = "aws:sns/topicPolicy:TopicPolicy"
	apiPolicyKind    = "aws:apigateway/restApiPolicy:RestApiPolicy"
	rolePolicyKind   = "aws:iam/rolePolicy:RolePolicy"
	policyKind       = "aws:iam/policy:Policy"
	roleKind         = "aws:iam/role:Role"
)

// documentProperty is where each kind that has a policy has it.
var documentProperty = map[string]string{
	bucketPolicyKind: "policy", queuePolicyKind: "policy", topicPolicyKind: "policy", apiPolicyKind: "policy",
	rolePolicyKind: "policy", policyKind: "policy", keyKind: "policy", roleKind: "assumeRolePolicy",
}

// statement is one of a policy.
type statement map[string]any

func (s statement) allows() bool { return s["Effect"] == "Allow" }

// list reads what may be a text or a list of them.
func (s statement) list(key string) []string { return texts(s[key]) }

func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var list []string
		for _, item := range v {
			text, _ := item.(string)
			list = append(list, text)
		}
		return list
	}
	return nil
}

// service is the service that the statement is about, or "".
func (s statement) service() string {
	principal, _ := s["Principal"].(map[string]any)
	name, _ := principal["Service"].(string)
	return name
}

func (s statement) condition(operator, key string) any {
	conditions, _ := s["Condition"].(map[string]any)
	keys, _ := conditions[operator].(map[string]any)
	return keys[key]
}

// statementsOf are those of a part's policy; none, if it has none.
func statementsOf(p *part) []statement {
	var document struct{ Statement []statement }
	decode(p.text(documentProperty[p.kind]), &document)
	return document.Statement
}

// decode reads JSON into v; what is no JSON says nothing.
func decode(text string, v any) {
	if text == "" {
		return
	}
	if err := json.Unmarshal([]byte(text), v); err != nil {
		panic(err) // the program writes it
	}
}

func setStatements(p *part, list []statement) {
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": list})
	if err != nil {
		panic(err)
	}
	p.in[documentProperty[p.kind]] = string(text)
}

// edit changes a statement of a policy.
func (w *world) edit(kind, name, sid string, change func(statement)) {
	p := w.one(kind, name)
	list := statementsOf(p)
	i := slices.IndexFunc(list, func(s statement) bool { return s["Sid"] == sid })
	change(list[i])
	setStatements(p, list)
}

// drop takes a statement out of a policy.
func (w *world) drop(kind, name, sid string) {
	p := w.one(kind, name)
	setStatements(p, slices.DeleteFunc(statementsOf(p), func(s statement) bool { return s["Sid"] == sid }))
}

// allow adds a statement to a policy.
func (w *world) allow(kind, name string, principal any, action string) {
	p := w.one(kind, name)
	setStatements(p, append(statementsOf(p), statement{"Sid": "Added", "Effect": "Allow", "Principal": principal, "Action": action, "Resource": "arn:aws:s3:::x/*"}))
}

// policyOf is the policy of a bucket, queue or topic.
func (w *world) policyOf(r *part, kind string) []statement {
	for _, p := range w.of(kind) {
		if p.text("bucket") == r.id || p.text("arn") == r.arn || p.text("queueUrl") == "https://queue/"+strings.TrimSuffix(r.id, "-id") {
			return statementsOf(p)
		}
	}
	return nil
}
