package policy

import (
	"strings"
)

// A Request is what is decided upon.
type Request struct {
	Principal Principal
	Action    string // such as s3:GetObject; its case does not matter
	Resource  string // ARN, or "*" where an action has none
	// Context holds the condition keys by lower-cased name.
	Context map[string][]string
}

// A Decision is the outcome, and what it rests on.
type Decision struct {
	Allowed bool
	// Explicit tells that a statement denied, rather than none having allowed.
	Explicit bool
	// Policy and Statement name the statement that decided (by its Sid, or its
	// path in the document); empty for an implicit denial.
	Policy, Statement string
	Kind              Kind
}

// Evaluate decides for one account: a deny in any policy wins; then an allow
// in an identity policy or in the resource's own is enough; otherwise the
// request is denied implicitly. resource may be nil.
func Evaluate(identity []*Policy, resource *Policy, request Request) Decision {
	policies := identity
	if resource != nil {
		policies = append(policies[:len(policies):len(policies)], resource)
	}
	var allowed *Decision
	for _, p := range policies {
		for _, s := range p.statements {
			applies := s.applies(request)
			if applies == unnamed {
				continue
			}
			decision := Decision{Allowed: !s.deny, Explicit: s.deny, Policy: p.name, Statement: s.label, Kind: p.kind}
			if s.deny {
				return decision
			}
			// A resource policy that names only the account delegates to the
			// identity policies: it grants nothing itself.
			if allowed == nil && applies == named {
				allowed = &decision
			}
		}
	}
	if allowed != nil {
		return *allowed
	}
	return Decision{}
}

// Leaves tells whether a statement of the policy allows the request, or leaves it
// to the identity policies of its account. No policy leaves nothing.
func (p *Policy) Leaves(request Request) bool {
	if p == nil {
		return false
	}
	for _, s := range p.statements {
		if !s.deny && s.applies(request) != unnamed {
			return true
		}
	}
	return false
}

// applies tells whether the statement matches, and how closely its Principal
// does; a statement without Principal is its identity's own.
func (s statement) applies(request Request) standing {
	applies := named
	if s.principals != nil {
		applies = s.principals.names(request.Principal)
		if s.notPrincipals {
			applies = map[bool]standing{true: named, false: unnamed}[applies == unnamed]
		}
	}
	if applies == unnamed || !s.matchesAction(request) || !s.matchesResource(request) {
		return unnamed
	}
	for _, c := range s.conditions {
		if !c.holds(request.Context) {
			return unnamed
		}
	}
	return applies
}

func (s statement) matchesAction(request Request) bool {
	action := strings.ToLower(request.Action)
	for _, p := range s.actions {
		if match(lower(p.tokens), action) {
			return !s.notActions
		}
	}
	return s.notActions
}

func (s statement) matchesResource(request Request) bool {
	if s.resources == nil {
		return true // a trust policy: the role it is attached to
	}
	for _, p := range s.resources {
		switch p.compare(request.Context, request.Resource, matchResource) {
		case matches:
			return !s.notResources
		case unresolved:
			if s.notResources {
				return false // what the statement leaves out cannot be told
			}
		}
	}
	return s.notResources
}

// ConditionKeys lists the context keys that the policy's conditions and
// variables read, lower-cased, each with where it is read.
func (p *Policy) ConditionKeys() map[string]string {
	keys := map[string]string{}
	for _, s := range p.statements {
		for _, c := range s.conditions {
			keys[c.key] = s.label
			for _, key := range c.reads {
				keys[key] = s.label
			}
		}
		for _, r := range s.resources {
			for _, key := range r.variables() {
				keys[key] = s.label
			}
		}
	}
	return keys
}
