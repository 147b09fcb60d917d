package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const oracle = "../testdata/oracle"

// requireOracle skips, or fails where PIXLINE_REQUIRE_ORACLES=1, when the
// simulator is not installed.
func requireOracle(t *testing.T) string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join(oracle, "node_modules", "@cloud-copilot", "iam-simulate"))
	}
	if err == nil {
		return node
	}
	reason := fmt.Sprintf("the IAM simulator is not installed (%v); run: npm ci --prefix local/access/testdata/oracle", err)
	if os.Getenv("PIXLINE_REQUIRE_ORACLES") == "1" {
		t.Fatal(reason)
	}
	t.Skip(reason)
	return ""
}

type oracleCase struct {
	Principal      string              `json:"principal"`
	Action         string              `json:"action"`
	Resource       string              `json:"resource"`
	Context        map[string]any      `json:"context"`
	Identity       json.RawMessage     `json:"identity,omitempty"`
	ResourcePolicy json.RawMessage     `json:"resourcePolicy,omitempty"`
	values         map[string][]string `json:"-"`
}

const (
	roleARN    = "arn:aws:iam::000000000000:role/resize"
	sessionARN = "arn:aws:sts::000000000000:assumed-role/resize/lambda"
)

// requests pairs actions with resources that the actions take.
var requests = [][2]string{
	{"s3:GetObject", "arn:aws:s3:::photos/a/cat.jpg"},
	{"s3:PutObject", "arn:aws:s3:::photos/user/x"},
	{"s3:ListBucket", "arn:aws:s3:::photos"},
	{"sqs:SendMessage", "arn:aws:sqs:us-east-1:000000000000:dead"},
	{"sns:Publish", "arn:aws:sns:us-east-1:000000000000:done"},
}

// values are context keys, each with values that requests and policies use.
var values = map[string][]string{
	"aws:username":             {"user", "photos", "x"},
	"aws:SourceArn":            {"arn:aws:sns:us-east-1:000000000000:done", "arn:aws:s3:::photos", "arn:aws:s3:::photos:x"},
	"aws:SourceIp":             {"127.0.0.1", "10.1.2.3", "192.0.2.7"},
	"aws:SecureTransport":      {"true", "false"},
	"aws:MultiFactorAuthAge":   {"5", "10", "300"},
	"aws:CurrentTime":          {"2026-01-01T00:00:00Z", "2026-06-01T12:00:00Z"},
	"aws:PrincipalTag/Team":    {"images", "Images", "other"},
	"aws:RequestTag/Owner":     {"user", "", "a*b"},
	"aws:PrincipalServiceName": {"sns.amazonaws.com"},
}

var multi = []string{"red", "green", "blue"}

func oneOf[T any](t *rapid.T, label string, list ...T) T {
	return rapid.SampledFrom(list).Draw(t, label)
}

func some(t *rapid.T, label string, list ...string) any {
	if rapid.Bool().Draw(t, label+" alone") {
		return oneOf(t, label, list...)
	}
	return rapid.SliceOfN(rapid.SampledFrom(list), 1, 3).Draw(t, label)
}

func drawCondition(t *rapid.T) map[string]map[string]any {
	conditions := map[string]map[string]any{}
	add := func(operator, key string, value any) {
		if conditions[operator] == nil {
			conditions[operator] = map[string]any{}
		}
		conditions[operator][key] = value
	}
	ifExists := func() string { return oneOf(t, "IfExists", "", "", "IfExists") }
	for range rapid.IntRange(0, 2).Draw(t, "conditions") {
		switch rapid.IntRange(0, 7).Draw(t, "condition") {
		case 0:
			key := oneOf(t, "key", "aws:username", "aws:PrincipalTag/Team", "AWS:RequestTag/owner")
			add(oneOf(t, "operator", "StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase")+ifExists(),
				key, some(t, "text", "user", "images", "IMAGES", "u*", "?ser", "*", "a*b", "${*}", "${aws:username}", "${aws:PrincipalTag/Team, 'images'}"))
		case 1:
			add(oneOf(t, "operator", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike")+ifExists(), "aws:SourceArn",
				some(t, "arn", "arn:aws:sns:us-east-1:000000000000:done", "arn:aws:s3:::*", "arn:aws:s3:::${aws:username}", "arn:aws:*:*:*:*", "arn:aws:s3:::photos", "arn:aws:s?:::photos*"))
		case 2:
			add(oneOf(t, "operator", "IpAddress", "NotIpAddress")+ifExists(), "aws:SourceIp",
				some(t, "range", "127.0.0.0/8", "10.1.2.3", "10.1.0.0/16"))
		case 3:
			add("Bool"+ifExists(), "aws:SecureTransport", oneOf(t, "bool", "true", "false"))
		case 4:
			operator := oneOf(t, "operator", "Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
			add("Numeric"+operator+ifExists(), "aws:MultiFactorAuthAge", some(t, "number", "5", "10.0", "300", "7.5"))
		case 5:
			operator := oneOf(t, "operator", "Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
			add("Date"+operator+ifExists(), "aws:CurrentTime", oneOf(t, "date", "2026-01-01T00:00:00Z", "2026-03-01"))
		case 6:
			add("Null", oneOf(t, "key", "aws:username", "aws:SourceArn", "aws:TagKeys"), oneOf(t, "null", "true", "false"))
		case 7:
			set := oneOf(t, "set", "ForAllValues", "ForAnyValue")
			add(set+":"+oneOf(t, "operator", "StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase"), "aws:TagKeys",
				some(t, "colours", "red", "GREEN", "gr*", "?lue", "none"))
		}
	}
	return conditions
}

func drawStatement(t *rapid.T, resource bool) map[string]any {
	s := map[string]any{"Effect": oneOf(t, "effect", "Allow", "Allow", "Deny")}
	s[oneOf(t, "action element", "Action", "Action", "Action", "NotAction")] = some(t, "action",
		"*", "s3:*", "S3:getobject", "s3:Get*", "s3:PutObjec?", "sqs:SendMessage", "sns:Publish", "sqs:*", "s3:List*")
	element := oneOf(t, "resource element", "Resource", "Resource", "Resource", "NotResource")
	resources := []string{
		"*", "arn:aws:s3:::photos", "arn:aws:s3:::photos/*", "arn:aws:s3:::PHOTOS/*",
		"arn:aws:s3:::${aws:username, 'photos'}/a/???.jpg", "arn:aws:sqs:*:000000000000:d*", "arn:aws:sns:us-east-1:*:done", "arn:aws:s3:::*/${*}",
	}
	if element == "Resource" {
		resources = append(resources, "arn:aws:s3:::photos/${aws:username}/*")
	}
	s[element] = some(t, "resource", resources...)
	if conditions := drawCondition(t); len(conditions) > 0 {
		s["Condition"] = conditions
	}
	if resource {
		element := "Principal"
		if s["Effect"] == "Deny" {
			element = oneOf(t, "principal element", "Principal", "NotPrincipal")
		}
		s[element] = oneOf[any](t, "principal", "*", map[string]any{"AWS": "*"}, map[string]any{"AWS": roleARN}, map[string]any{"AWS": []string{sessionARN}},
			map[string]any{"AWS": "000000000000"}, map[string]any{"AWS": "arn:aws:iam::000000000000:root"}, map[string]any{"AWS": "arn:aws:iam::000000000000:role/other"},
			map[string]any{"Service": "sns.amazonaws.com"}, map[string]any{"Service": []string{"lambda.amazonaws.com"}})
		if element == "NotPrincipal" && s[element] == "*" {
			s[element] = map[string]any{"AWS": roleARN}
		}
	}
	return s
}

func drawDocument(t *rapid.T, resource bool) json.RawMessage {
	statements := make([]any, rapid.IntRange(1, 3).Draw(t, "statements"))
	for i := range statements {
		statements[i] = drawStatement(t, resource)
	}
	document, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements})
	if err != nil {
		t.Fatal(err)
	}
	return document
}

var oracleCases = rapid.Custom(func(t *rapid.T) oracleCase {
	request := oneOf(t, "request", requests...)
	c := oracleCase{
		Principal: sessionARN, Action: request[0], Resource: request[1],
		Context: map[string]any{}, values: map[string][]string{},
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		list := values[key]
		if rapid.Bool().Draw(t, key) {
			value := oneOf(t, key+" value", list...)
			c.Context[key], c.values[strings.ToLower(key)] = value, []string{value}
		}
	}
	if rapid.Bool().Draw(t, "aws:TagKeys") {
		tags := rapid.SliceOfN(rapid.SampledFrom(multi), 1, 3).Draw(t, "tags")
		c.Context["aws:TagKeys"], c.values["aws:tagkeys"] = tags, tags
	}
	if rapid.IntRange(0, 3).Draw(t, "has identity") > 0 {
		c.Identity = drawDocument(t, false)
	}
	if rapid.Bool().Draw(t, "has resource policy") {
		c.ResourcePolicy = drawDocument(t, true)
	}
	return c
})

func decide(t *testing.T, c oracleCase) string {
	t.Helper()
	var identity []*Policy
	var resource *Policy
	parse := func(kind Kind, document []byte) *Policy {
		p, err := Parse("corpus", kind, document)
		if err != nil {
			t.Fatalf("%s: %v", document, err)
		}
		return p
	}
	if c.Identity != nil {
		identity = append(identity, parse(Identity, c.Identity))
	}
	if c.ResourcePolicy != nil {
		resource = parse(Resource, c.ResourcePolicy)
	}
	d := Evaluate(identity, resource, Request{
		Principal: Principal{ARN: sessionARN, RoleARN: roleARN, Account: "000000000000"},
		Action:    c.Action, Resource: c.Resource, Context: c.values,
	})
	switch {
	case d.Allowed:
		return "Allowed"
	case d.Explicit:
		return "ExplicitlyDenied"
	}
	return "ImplicitlyDenied"
}

// TestAgreesWithSimulator compares a generated corpus with an independent
// implementation. Left out because AWS leaves them open: epoch dates, addresses
// of two families, a multivalued key without a set operator, an inner * that
// would cross a colon, and NotResource with a variable that has no value. Also
// ${*} in StringEquals, which AWS documents as an asterisk and the simulator
// does not match with one.
func TestAgreesWithSimulator(t *testing.T) {
	t.Parallel()
	node := requireOracle(t)
	cases := make([]oracleCase, 4000)
	for i := range cases {
		cases[i] = oracleCases.Example(i)
	}
	input, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), node, "simulate.mjs")
	command.Dir = oracle
	command.Stdin = bytes.NewReader(input)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("simulate.mjs: %v\n%s", err, stderr.Bytes())
	}
	var want []string
	if err := json.Unmarshal(output, &want); err != nil {
		t.Fatal(err)
	}
	outcomes := map[string]int{}
	differences := 0
	for i, c := range cases {
		outcomes[want[i]]++
		if got := decide(t, c); got != want[i] && differences < 5 {
			differences++
			shown, _ := json.MarshalIndent(c, "", " ")
			t.Errorf("case %d: got %s, the simulator says %s\n%s", i, got, want[i], shown)
		}
	}
	for _, outcome := range []string{"Allowed", "ImplicitlyDenied", "ExplicitlyDenied"} {
		if outcomes[outcome] < len(cases)/20 {
			t.Errorf("the corpus hardly reaches %s: %v", outcome, outcomes)
		}
	}
}
