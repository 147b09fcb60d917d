package access

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/pixline/pixline/local/access/policy"
	"github.com/pixline/pixline/local/awsapi"
)

// Authorize is an awsapi.Authorize: Check for the principal in ctx, with the
// condition keys that WithConditions put there. A context without principal is
// refused.
func (s *Service) Authorize(ctx context.Context, action, resource string) error {
	p, ok := FromContext(ctx)
	if !ok {
		return awsapi.Errorf(http.StatusForbidden, "MissingAuthenticationToken", "Missing Authentication Token")
	}
	conditions, _ := ctx.Value(conditionsKey{}).(map[string][]string) // none is fine
	return s.Check(p, action, resource, conditions)
}

// Check tells whether p may perform action on resource: nil, or an
// *awsapi.Error with status 403 and code AccessDenied (S3, SNS, SQS, STS and
// other query services) or AccessDeniedException (the JSON services).
// conditionContext holds condition keys of the request, such as s3:prefix; the
// keys that hold for every request are added.
func (s *Service) Check(p Principal, action, resource string, conditionContext map[string][]string) error {
	decision := policy.Evaluate(s.identityPolicies(p), s.resourcePolicy(resource), policy.Request{
		Principal: s.policyPrincipal(p), Action: action, Resource: resource,
		Context: s.context(p, resource, conditionContext),
	})
	if decision.Allowed {
		return nil
	}
	return s.deny(p, action, resource, decision, false)
}

func (s *Service) identityPolicies(p Principal) []*policy.Policy {
	switch {
	case p.Admin:
		return s.admin
	case s.roles[p.RoleARN] != nil:
		return s.roles[p.RoleARN].policies
	}
	return nil
}

func (s *Service) policyPrincipal(p Principal) policy.Principal {
	switch {
	case p.Service != "":
		return policy.Principal{Service: p.Service}
	case p.isAnonymous(): // of no account
		return policy.Principal{}
	}
	return policy.Principal{ARN: p.ARN, RoleARN: p.RoleARN, Account: s.account}
}

// context fills in the global condition keys.
// Source: IAM User Guide, "AWS global condition context keys".
func (s *Service) context(p Principal, resource string, own map[string][]string) map[string][]string {
	now := time.Now().UTC()
	keys := map[string][]string{
		"aws:securetransport": {"true"},
		"aws:currenttime":     {now.Format(time.RFC3339)},
		"aws:epochtime":       {strconv.FormatInt(now.Unix(), 10)},
		"aws:requestedregion": {s.region},
		"aws:resourceaccount": {cmp.Or(accountOf(resource), s.account)},
	}
	if p.Service == "" {
		keys["aws:principalisawsservice"] = []string{"false"}
		keys["aws:viaawsservice"] = []string{"false"}
		keys["aws:sourceip"] = []string{"127.0.0.1"}
	}
	switch {
	case p.Service != "":
		keys["aws:principalisawsservice"] = []string{"true"}
		keys["aws:principalservicename"] = []string{p.Service}
		switch { // not every service says for whom it acts
		case p.SourceARN != "":
			keys["aws:sourceaccount"] = []string{cmp.Or(accountOf(p.SourceARN), s.account)}
			keys["aws:sourcearn"] = []string{p.SourceARN}
		case p.Service == Lambda: // for a function, of which it names the account
			keys["aws:sourceaccount"] = []string{s.account}
		}
	case p.isAnonymous():
		keys["aws:principaltype"] = []string{"Anonymous"}
		keys["aws:userid"] = []string{anonymous}
	default:
		keys["aws:principalaccount"] = []string{s.account}
		keys["aws:principalarn"] = []string{cmp.Or(p.RoleARN, p.ARN)}
		keys["aws:principaltype"] = []string{"AssumedRole"}
	}
	if p.Admin {
		keys["aws:principaltype"] = []string{"User"}
		keys["aws:username"] = []string{administrator}
	}
	for key, values := range own {
		keys[strings.ToLower(key)] = values
	}
	return keys
}

// deny makes the refusal in AWS's words and reports it.
// Source: IAM User Guide, "Troubleshoot access denied error messages".
func (s *Service) deny(p Principal, action, resource string, d policy.Decision, trust bool) error {
	kind := "identity-based policy"
	switch {
	case trust:
		kind = "role trust policy"
	case d.Explicit && d.Kind == policy.Resource, !d.Explicit && (p.Service != "" || p.isAnonymous()):
		kind = "resource-based policy"
	}
	because := fmt.Sprintf("because no %s allows the %s action", kind, action)
	reason := fmt.Sprintf("no %s allows it", kind)
	if d.Explicit {
		article := "a"
		if strings.HasPrefix(kind, "i") {
			article = "an"
		}
		because = fmt.Sprintf("with an explicit deny in %s %s", article, kind)
		reason = fmt.Sprintf("denied by statement %s of policy %s", d.Statement, d.Policy)
	}
	if s.onDenied != nil {
		s.onDenied(Denied{Time: time.Now(), Principal: p, Action: action, Resource: resource, Reason: reason})
	}
	return awsapi.Errorf(http.StatusForbidden, deniedCode(action), "User: %s is not authorized to perform: %s on resource: %s %s", p, action, resource, because)
}

func deniedCode(action string) string {
	switch service, _, _ := strings.Cut(action, ":"); strings.ToLower(service) {
	case "s3", "sns", "sqs", "sts", "iam", "cloudwatch":
		return "AccessDenied"
	}
	return "AccessDeniedException"
}
