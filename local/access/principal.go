package access

import (
	"cmp"
	"context"
	"strings"
)

// Principal is who makes a request: the administrator, a role's session, an
// AWS service by itself, or, the zero value, someone who does not say.
type Principal struct {
	// ARN is arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION for a role, and
	// arn:aws:iam::ACCOUNT:user/test for the administrator; empty for a service.
	ARN     string
	RoleARN string // of a role's session
	// Service is a service principal, such as sns.amazonaws.com, that acts by
	// itself, on behalf of the resource SourceARN; where that is empty, the service
	// does not say. Only resource policies can allow it anything.
	Service   string
	SourceARN string
	Admin     bool
}

// String is the principal as AWS's messages name it.
func (p Principal) String() string {
	if p.Service != "" {
		return p.Service
	}
	return cmp.Or(p.ARN, anonymous)
}

// Administrator is the principal that the administrator's key stands for.
func (s *Service) Administrator() Principal {
	return Principal{ARN: "arn:aws:iam::" + s.account + ":user/" + administrator, Admin: true}
}

const (
	administrator = "test"
	anonymous     = "anonymous"
)

func (p Principal) isAnonymous() bool { return p == Principal{} }

type principalKey struct{}

// WithPrincipal puts the caller into a context, where Authorize finds it.
func WithPrincipal(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// FromContext is the caller that WithPrincipal put there.
func FromContext(ctx context.Context) (Principal, bool) {
	p, ok := ctx.Value(principalKey{}).(Principal)
	return p, ok
}

type conditionsKey struct{}

// WithConditions adds condition keys of the request, such as sns:Protocol, to
// what Authorize decides upon.
func WithConditions(ctx context.Context, keys map[string][]string) context.Context {
	return context.WithValue(ctx, conditionsKey{}, keys)
}

// accountOf reads the fifth part of an ARN; S3's ARNs have none.
func accountOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	return parts[4]
}
