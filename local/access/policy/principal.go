package policy

import (
	"fmt"
	"regexp"
	"strings"
)

// A Principal is who makes a request.
type Principal struct {
	// ARN is the session's or the user's; empty for a service.
	ARN string
	// RoleARN is the role behind a session; empty otherwise.
	RoleARN string
	// Account is the 12-digit account of ARN; empty for a service.
	Account string
	// Service is the service principal, such as sns.amazonaws.com, when an AWS
	// service makes the request itself.
	Service string
}

// standing is how closely a Principal element names a requester.
type standing int

const (
	unnamed standing = iota
	// delegated: only the account is named. That leaves the decision to the
	// account's identity policies; it grants nothing by itself.
	delegated
	named
)

type principals struct {
	everyone  bool
	aws       []string
	services  []string
	federated []string
}

var (
	accountID    = regexp.MustCompile(`^[0-9]{12}$`)
	accountRoot  = regexp.MustCompile(`^arn:aws[a-z-]*:iam::([0-9]{12}):root$`)
	principalARN = regexp.MustCompile(`^arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:(user|role|assumed-role|federated-user)/[^*?]+$`)
	servicePart  = regexp.MustCompile(`^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$`)
)

func parsePrincipals(n node) (*principals, error) {
	if n.scalar == "*" {
		return &principals{everyone: true}, nil
	}
	if !n.isObject || len(n.object) == 0 {
		return nil, fmt.Errorf("%s: must be \"*\" or an object with AWS, Service or Federated", n.path)
	}
	p := &principals{}
	for _, m := range n.object {
		values, err := m.value.strings()
		if err != nil {
			return nil, err
		}
		switch m.key {
		case "AWS":
			err = p.addAWS(m.value.path, values)
		case "Service":
			for _, value := range values {
				if !servicePart.MatchString(value) {
					err = fmt.Errorf("%s: %q is not a service principal, such as lambda.amazonaws.com", m.value.path, value)
				}
			}
			p.services = values
		case "Federated":
			p.federated = values
		default:
			err = fmt.Errorf("%s: the principal type %q is not known (AWS, Service, Federated)", m.value.path, m.key)
		}
		if err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *principals) addAWS(path string, values []string) error {
	for _, value := range values {
		root := accountRoot.FindStringSubmatch(value)
		switch {
		case value == "*":
			p.everyone = true
		case root != nil:
			p.aws = append(p.aws, root[1])
		case accountID.MatchString(value), principalARN.MatchString(value):
			p.aws = append(p.aws, value)
		default:
			return fmt.Errorf("%s: %q is not \"*\", an account, or the ARN of a user, role or session (wildcards are not allowed within it)", path, value)
		}
	}
	return nil
}

// names tells how the element refers to who. Federated principals never make
// requests here, so their entries match no one.
func (p *principals) names(who Principal) standing {
	if p.everyone {
		return named
	}
	found := unnamed
	for _, service := range p.services {
		if who.Service != "" && strings.EqualFold(service, who.Service) {
			found = named
		}
	}
	for _, arn := range p.aws {
		switch {
		case who.ARN != "" && (arn == who.ARN || arn == who.RoleARN):
			found = named
		case who.Account != "" && arn == who.Account:
			found = max(found, delegated)
		}
	}
	return found
}
