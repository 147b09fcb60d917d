package access

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pixline/pixline/local/access/policy"
)

// Role is an IAM role as the program declares it.
type Role struct {
	Name string
	ARN  string
	// Trust is the policy that says who may assume the role.
	Trust []byte
	// Policies are the inline policies by name.
	Policies map[string][]byte
	// ManagedARNs are AWS managed policies; New refuses one it does not know.
	ManagedARNs []string
}

type role struct {
	name     string
	trust    *policy.Policy
	policies []*policy.Policy
}

// managedPolicies are AWS managed policies, as published in the AWS Managed
// Policy Reference.
var managedPolicies = map[string]string{
	"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
		"Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}`,
	"arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
		"Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:DescribeLogGroups","logs:DescribeLogStreams",
		"logs:PutLogEvents","logs:GetLogEvents","logs:FilterLogEvents"],"Resource":"*"}]}`,
}

func (s *Service) loadRole(r Role) (*role, error) {
	trust, err := s.parse(r.ARN+" (trust)", policy.Trust, r.Trust)
	errs := []error{err}
	loaded := &role{name: r.Name, trust: trust}
	add := func(name string, document []byte) {
		p, err := s.parse(name, policy.Identity, document)
		errs = append(errs, err)
		loaded.policies = append(loaded.policies, p)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Policies)) {
		add(r.Name+"/"+name, r.Policies[name])
	}
	for _, arn := range r.ManagedARNs {
		document, known := managedPolicies[arn]
		if !known {
			errs = append(errs, fmt.Errorf("role %s: the managed policy %s is not known to the local runner; write its statements inline", r.Name, arn))
			continue
		}
		add(arn, []byte(document))
	}
	return loaded, errors.Join(errs...)
}
