package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Kind is where a document is attached, which decides its elements.
type Kind int

const (
	// Identity policies have no Principal.
	Identity Kind = iota
	// Resource policies must have Principal or NotPrincipal, and Resource.
	Resource
	// Trust policies (of a role) must have Principal, and have no Resource.
	Trust
)

// A Policy is a parsed document.
type Policy struct {
	name       string
	kind       Kind
	statements []statement
}

type statement struct {
	label         string // the Sid, or the statement's place
	deny          bool
	actions       []pattern
	notActions    bool
	resources     []pattern
	notResources  bool
	principals    *principals
	notPrincipals bool
	conditions    []condition
}

var sid = regexp.MustCompile(`^[A-Za-z0-9 ]*$`)

// Parse reads a document. name (an ARN, or a policy's name) begins every
// error and names the policy in decisions.
func Parse(name string, kind Kind, document []byte) (*Policy, error) {
	p := &Policy{name: name, kind: kind}
	if err := p.parse(document); err != nil {
		return nil, fmt.Errorf("policy %s: %w", name, err)
	}
	return p, nil
}

func (p *Policy) parse(document []byte) error {
	root, err := parseTree(document)
	if err != nil {
		return err
	}
	if !root.isObject {
		return fmt.Errorf("%s: must be an object", display(root.path))
	}
	version := "2008-10-17" // what AWS assumes when the element is missing
	var statements []node
	for _, m := range root.object {
		switch m.key {
		case "Version":
			if version, err = m.value.text(); err != nil {
				return err
			}
			if version != "2012-10-17" && version != "2008-10-17" {
				return fmt.Errorf("Version: %q is neither 2012-10-17 nor 2008-10-17", version)
			}
		case "Id":
			if _, err := m.value.text(); err != nil {
				return err
			}
		case "Statement":
			statements = m.value.list
			if !m.value.isList {
				statements = []node{m.value}
			}
		default:
			return fmt.Errorf("%s: the element is not known", m.value.path)
		}
	}
	if len(statements) == 0 {
		return fmt.Errorf("Statement: missing or empty")
	}
	for _, n := range statements {
		s, err := parseStatement(n, p.kind, version == "2012-10-17")
		if err != nil {
			return err
		}
		p.statements = append(p.statements, s)
	}
	return nil
}

func parseStatement(n node, kind Kind, variables bool) (statement, error) {
	if !n.isObject {
		return statement{}, fmt.Errorf("%s: must be an object", n.path)
	}
	s := statement{label: n.path}
	present := map[string]bool{}
	for _, m := range n.object {
		present[m.key] = true
		if err := s.element(m, variables); err != nil {
			return statement{}, err
		}
	}
	return s, s.check(n.path, kind, present)
}

func (s *statement) element(m member, variables bool) (err error) {
	switch m.key {
	case "Sid":
		var text string
		if text, err = m.value.text(); err == nil && !sid.MatchString(text) {
			err = fmt.Errorf("%s: %q has characters other than A-Z, a-z, 0-9", m.value.path, text)
		}
		if text != "" {
			s.label = text
		}
	case "Effect":
		var effect string
		if effect, err = m.value.text(); err == nil && effect != "Allow" && effect != "Deny" {
			err = fmt.Errorf("%s: %q is neither Allow nor Deny", m.value.path, effect)
		}
		s.deny = effect == "Deny"
	case "Action", "NotAction":
		s.notActions = m.key == "NotAction"
		s.actions, err = patterns(m.value, syntax{wildcards: true}, checkAction)
	case "Resource", "NotResource":
		s.notResources = m.key == "NotResource"
		s.resources, err = patterns(m.value, syntax{wildcards: true, variables: variables}, checkResource)
	case "Principal", "NotPrincipal":
		s.notPrincipals = m.key == "NotPrincipal"
		s.principals, err = parsePrincipals(m.value)
	case "Condition":
		s.conditions, err = parseConditions(m.value, variables)
	default:
		err = fmt.Errorf("%s: the element is not known", m.value.path)
	}
	return err
}

// check holds the grammar's rules about which elements go together.
func (s *statement) check(path string, kind Kind, present map[string]bool) error {
	exactlyOne := func(element string) error {
		if present[element] == present["Not"+element] {
			return fmt.Errorf("%s: needs exactly one of %s and Not%s", path, element, element)
		}
		return nil
	}
	none := func(element, policies string) error {
		if present[element] || present["Not"+element] {
			return fmt.Errorf("%s: %s does not belong in %s", path, element, policies)
		}
		return nil
	}
	if !present["Effect"] {
		return fmt.Errorf("%s: Effect is missing", path)
	}
	errs := []error{exactlyOne("Action")}
	switch kind {
	case Identity:
		errs = append(errs, exactlyOne("Resource"), none("Principal", "an identity policy"))
	case Resource:
		errs = append(errs, exactlyOne("Resource"), exactlyOne("Principal"))
	case Trust:
		errs = append(errs, none("Resource", "a trust policy"), exactlyOne("Principal"))
	}
	if s.notPrincipals && !s.deny {
		errs = append(errs, fmt.Errorf("%s: AWS allows NotPrincipal with Effect Deny only", path))
	}
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return errs[i]
	}
	return nil
}

func patterns(n node, how syntax, check func(string) error) ([]pattern, error) {
	texts, err := n.strings()
	if err != nil {
		return nil, err
	}
	compiled := make([]pattern, len(texts))
	for i, text := range texts {
		if err := check(text); err != nil {
			return nil, fmt.Errorf("%s: %w", n.path, err)
		}
		if compiled[i], err = compile(text, how); err != nil {
			return nil, fmt.Errorf("%s: %w", n.path, err)
		}
	}
	return compiled, nil
}

func checkAction(text string) error {
	service, name, ok := strings.Cut(text, ":")
	if text == "*" || (ok && service != "" && name != "" && !strings.ContainsAny(text, " ${}")) {
		return nil
	}
	return fmt.Errorf("%q is not an action, such as s3:GetObject", text)
}

func checkResource(text string) error {
	if text == "*" || strings.HasPrefix(text, "arn:") || strings.HasPrefix(text, "${") {
		return nil
	}
	return fmt.Errorf("%q is neither \"*\" nor an ARN", text)
}
