package policy

import (
	"strings"
	"testing"
)

// TestParseRefuses holds that nothing is ignored, and that each refusal tells
// where the culprit is.
func TestParseRefuses(t *testing.T) {
	t.Parallel()
	statement := func(fields string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` + fields + `}]}`
	}
	tests := map[string]struct {
		kind     Kind
		document string
		want     string
	}{
		"not JSON":            {Identity, `{`, "not JSON"},
		"trailing text":       {Identity, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}} x`, "document's end"},
		"duplicate key":       {Identity, statement(`"Action":"s3:*","Action":"*","Resource":"*"`), "Statement[0].Action: the key is there twice"},
		"unknown element":     {Identity, statement(`"Action":"*","Resource":"*","When":"now"`), "Statement[0].When"},
		"no statement":        {Identity, `{"Version":"2012-10-17","Statement":[]}`, "Statement: missing"},
		"version":             {Identity, `{"Version":"2020-01-01"}`, "2020-01-01"},
		"effect":              {Identity, `{"Statement":{"Effect":"allow","Action":"*","Resource":"*"}}`, "Statement.Effect"},
		"sid":                 {Identity, statement(`"Sid":"a-b","Action":"*","Resource":"*"`), "Statement[0].Sid"},
		"action":              {Identity, statement(`"Action":["s3:GetObject","GetObject"],"Resource":"*"`), "Statement[0].Action"},
		"both actions":        {Identity, statement(`"Action":"*","NotAction":"*","Resource":"*"`), "exactly one of Action"},
		"resource":            {Identity, statement(`"Action":"*","Resource":"photos/*"`), "Statement[0].Resource"},
		"principal":           {Identity, statement(`"Action":"*","Resource":"*","Principal":"*"`), "does not belong"},
		"no principal":        {Resource, statement(`"Action":"*","Resource":"*"`), "exactly one of Principal"},
		"trust with resource": {Trust, statement(`"Action":"sts:AssumeRole","Resource":"*","Principal":"*"`), "does not belong"},
		"partial wildcard":    {Resource, statement(`"Action":"*","Resource":"*","Principal":{"AWS":"arn:aws:iam::000000000000:role/*"}`), "Statement[0].Principal.AWS"},
		"service":             {Resource, statement(`"Action":"*","Resource":"*","Principal":{"Service":"lambda"}`), "Statement[0].Principal.Service"},
		"canonical user":      {Resource, statement(`"Action":"*","Resource":"*","Principal":{"CanonicalUser":"x"}`), "CanonicalUser"},
		"allow NotPrincipal":  {Resource, statement(`"Action":"*","Resource":"*","NotPrincipal":{"AWS":"000000000000"}`), "Deny only"},
		"operator":            {Identity, statement(`"Action":"*","Resource":"*","Condition":{"BinaryEquals":{"a:b":"x"}}`), "Condition.BinaryEquals.a:b"},
		"set operator":        {Identity, statement(`"Action":"*","Resource":"*","Condition":{"ForSome:Bool":{"a:b":"true"}}`), "ForSome"},
		"number":              {Identity, statement(`"Action":"*","Resource":"*","Condition":{"NumericEquals":{"a:b":"1/2"}}`), "not a number"},
		"variable in number":  {Identity, statement(`"Action":"*","Resource":"*","Condition":{"NumericEquals":{"a:b":"${aws:username}"}}`), "not a number"},
		"date":                {Identity, statement(`"Action":"*","Resource":"*","Condition":{"DateEquals":{"a:b":"today"}}`), "ISO 8601"},
		"address":             {Identity, statement(`"Action":"*","Resource":"*","Condition":{"IpAddress":{"a:b":"127.0.0.1/40"}}`), "CIDR"},
		"null":                {Identity, statement(`"Action":"*","Resource":"*","Condition":{"Null":{"a:b":"yes"}}`), "Null takes"},
		"open variable":       {Identity, statement(`"Action":"*","Resource":"arn:aws:s3:::${aws:username"`), "closing brace"},
		"bad variable":        {Identity, statement(`"Action":"*","Resource":"arn:aws:s3:::${aws:username, x}"`), "single quotes"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse("reader", test.kind, []byte(test.document))
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "policy reader: ") {
				t.Errorf("got %v, want an error about %q", err, test.want)
			}
		})
	}
}

// TestVersionDecidesVariables: without Version 2012-10-17, AWS takes ${…} literally.
func TestVersionDecidesVariables(t *testing.T) {
	t.Parallel()
	for version, resource := range map[string]string{"2012-10-17": "arn:aws:s3:::b/test", "2008-10-17": "arn:aws:s3:::b/${aws:username}"} {
		p, err := Parse("p", Identity, []byte(`{"Version":"`+version+`","Statement":{"Sid":"Own","Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:username}"}}`))
		if err != nil {
			t.Fatal(err)
		}
		got := Evaluate([]*Policy{p}, nil, Request{Action: "S3:getobject", Resource: resource, Context: map[string][]string{"aws:username": {"test"}}})
		if !got.Allowed || got.Statement != "Own" || got.Policy != "p" {
			t.Errorf("%s: got %+v", version, got)
		}
	}
}

// TestSegments holds the Resource element's rule about wildcards and colons,
// which the simulator reads more narrowly than AWS documents it.
func TestSegments(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pattern, resource string
		want              bool
	}{
		{"arn:aws:lambda:*:f", "arn:aws:lambda:us-east-1:000000000000:f", true}, // a * that ends a segment crosses
		{"arn:aws:lam*a:us-east-1:0:f", "arn:aws:lambda:x:lambda:us-east-1:0:f", false},
		{"arn:aws:l*:log-group:/a:*", "arn:aws:logs:us-east-1:0:log-group:/a:log-stream:b", true},
		{"arn:aws:logs:us-east-1:0:log-group:a*b:*", "arn:aws:logs:us-east-1:0:log-group:a:b:c", true}, // the resource part
		{"arn:aws:s3::?:b", "arn:aws:s3::::b", false},
		{"arn:aws:s3:::b/é?", "arn:aws:s3:::b/é漢", true},
		{"arn:aws:s3:::b", "arn:aws:s3:::B", false},
	}
	for _, test := range tests {
		p, err := compile(test.pattern, syntax{wildcards: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := matchResource(p.tokens, test.resource); got != test.want {
			t.Errorf("%s against %s: got %v", test.pattern, test.resource, got)
		}
	}
}
