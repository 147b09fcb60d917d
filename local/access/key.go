package access

import (
	"context"
	"net/http"

	"github.com/pixline/pixline/local/access/policy"
	"github.com/pixline/pixline/local/awsapi"
)

// UseKey tells whether the principal in ctx may use a KMS key for each of the
// actions: by way of a service (s3, sqs, …), or itself when it is a service. The
// refusal is Check's. encryptionContext says what the key is used for, by the
// names that follow kms:EncryptionContext:, and may be nil.
//
// A key's policy has the last word: what it does not leave to IAM, no identity
// policy allows. Source: AWS KMS Developer Guide, "Key policies in AWS KMS".
func (s *Service) UseKey(ctx context.Context, keyARN, via string, encryptionContext map[string]string, actions ...string) error {
	p, ok := FromContext(ctx)
	if !ok {
		return awsapi.Errorf(http.StatusForbidden, "MissingAuthenticationToken", "Missing Authentication Token")
	}
	conditions := map[string][]string{}
	if p.Service == "" {
		conditions["kms:ViaService"] = []string{via + "." + s.region + ".amazonaws.com"}
	}
	for name, value := range encryptionContext {
		conditions[encryptionContextPrefix+name] = []string{value}
	}
	for _, action := range actions {
		request := policy.Request{
			Principal: s.policyPrincipal(p), Action: action, Resource: keyARN, Context: s.context(p, keyARN, conditions),
		}
		own := s.resourcePolicy(keyARN)
		decision := policy.Evaluate(s.identityPolicies(p), own, request)
		if decision.Allowed && !own.Leaves(request) {
			decision = policy.Decision{}
		}
		if !decision.Allowed {
			return s.deny(p, action, keyARN, decision, false)
		}
	}
	return nil
}

// encryptionContextPrefix begins the condition keys with what a key is used for.
const encryptionContextPrefix = "kms:encryptioncontext:"
