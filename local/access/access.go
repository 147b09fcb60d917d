// Package access is the local runner's IAM and STS: who a request comes from,
// and what that identity may do.
//
// Guarantees:
//   - Roles act under their own credentials and are held to the policies that
//     the program declares; what no policy allows is refused, as AWS would.
//   - A document, managed policy or condition key that the package does not
//     know is refused by New with its place; nothing is ignored.
//   - Credentials are random for each run, and never leave the process except
//     through AssumeService.
//
// The administrator (the emulators' test/test) may do all that no resource
// policy denies. Requests on loopback count as TLS: aws:SecureTransport is
// true, because policies that demand TLS mean the network in between, and here
// there is none. Global condition keys that have no meaning for one account on
// one machine (aws:SourceVpc, aws:PrincipalOrgID, …) are absent, as they are in
// an AWS account without VPC or organisation.
package access

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pixline/pixline/local/access/policy"
)

// Options describe the account.
type Options struct {
	Account string // 12 digits
	Region  string // such as us-east-1
	Roles   []Role
	// ResourcePolicies holds policy documents by the ARN of their resource: a
	// bucket, topic, queue, function, …
	ResourcePolicies map[string][]byte
	// AdminKey and AdminSecret are the administrator's credentials.
	AdminKey, AdminSecret string
	// ConditionKeys are keys that callers of Check supply beyond those listed
	// in this package; a policy that reads any other key is refused.
	ConditionKeys []string
	// OnDenied, when set, is told each refusal, on the refused caller's goroutine.
	OnDenied func(Denied)
}

// Denied is a refusal, for people to read.
type Denied struct {
	Time      time.Time
	Principal Principal
	Action    string
	Resource  string
	// Reason names the statement that denied, or says that none allowed.
	Reason string
}

// Service holds the account's identities and policies. It is safe for
// concurrent use.
type Service struct {
	account, region       string
	adminKey, adminSecret string
	admin                 []*policy.Policy
	conditionKeys         []string
	onDenied              func(Denied)
	roles                 map[string]*role // by ARN

	mu        sync.RWMutex
	resources map[string]*policy.Policy // by ARN
	sessions  map[string]*session       // by access key
}

// New reads every policy. Its error joins all that is wrong in them.
func New(o Options) (*Service, error) {
	s := &Service{
		account: o.Account, region: o.Region, adminKey: o.AdminKey, adminSecret: o.AdminSecret,
		conditionKeys: o.ConditionKeys, onDenied: o.OnDenied,
		roles: map[string]*role{}, resources: map[string]*policy.Policy{}, sessions: map[string]*session{},
	}
	if o.Account == "" || o.Region == "" || o.AdminKey == "" || o.AdminSecret == "" {
		return nil, errors.New("access: Account, Region, AdminKey and AdminSecret are needed")
	}
	// What arn:aws:iam::aws:policy/AdministratorAccess says.
	admin, err := policy.Parse("administrator", policy.Identity,
		[]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))
	errs := []error{err}
	s.admin = []*policy.Policy{admin}
	for _, r := range o.Roles {
		loaded, err := s.loadRole(r)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		s.roles[r.ARN] = loaded
	}
	for _, arn := range slices.Sorted(maps.Keys(o.ResourcePolicies)) {
		errs = append(errs, s.SetResourcePolicy(arn, o.ResourcePolicies[arn]))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("access: %w", err)
	}
	return s, nil
}

// SetResourcePolicy attaches a policy to the resource with this ARN in place
// of the one it had; an empty document takes it away.
func (s *Service) SetResourcePolicy(arn string, document []byte) error {
	var parsed *policy.Policy
	if len(document) > 0 {
		var err error
		if parsed, err = s.parse(arn, policy.Resource, document); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if parsed == nil {
		delete(s.resources, arn)
		return nil
	}
	s.resources[arn] = parsed
	return nil
}

// parse also refuses condition keys that no one would ever fill in.
func (s *Service) parse(name string, kind policy.Kind, document []byte) (*policy.Policy, error) {
	p, err := policy.Parse(name, kind, document)
	if err != nil {
		return nil, err
	}
	keys := p.ConditionKeys()
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		own := slices.ContainsFunc(s.conditionKeys, func(k string) bool { return strings.EqualFold(k, key) })
		if !own && !knownKey(key) {
			return nil, fmt.Errorf("policy %s: %s: the condition key %s is not modelled by the local runner", name, keys[key], key)
		}
	}
	return p, nil
}

// resourcePolicy finds the policy that governs a resource: its own, its bucket's
// when it is an object, or its API's when it is a method.
func (s *Service) resourcePolicy(arn string) *policy.Policy {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if p := s.resources[arn]; p != nil {
		return p
	}
	if strings.HasPrefix(arn, "arn:aws:s3:::") || strings.HasPrefix(arn, "arn:aws:execute-api:") {
		whole, _, _ := strings.Cut(arn, "/")
		return s.resources[whole]
	}
	return nil
}
