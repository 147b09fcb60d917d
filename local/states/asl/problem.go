package asl

import (
	"fmt"
	"strconv"
	"strings"
)

// Problem codes, as ValidateStateMachineDefinition names them.
const (
	CodeJSON       = "INVALID_JSON_DESCRIPTION"
	CodeSchema     = "SCHEMA_VALIDATION_FAILED"
	CodeTransition = "MISSING_TRANSITION_TARGET"
)

// Problem is one fault of a definition.
type Problem struct {
	Path    string // such as States.Resize.Retry[0].IntervalSeconds; empty: the document
	Pointer string // the same place as AWS writes it: /States/Resize/Retry[0]/IntervalSeconds
	Code    string
	Message string
}

func (p *Problem) Error() string {
	if p.Path == "" {
		return p.Message
	}
	return p.Path + ": " + p.Message
}

// Problems is every fault of a definition, in the document's order. It is the
// error that Parse returns.
type Problems []*Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap makes each problem visible to errors.As.
func (p Problems) Unwrap() []error {
	errs := make([]error, len(p))
	for i, problem := range p {
		errs[i] = problem
	}
	return errs
}

// place is where in the document the checker is.
type place struct{ path, pointer string }

func (p place) field(name string) place {
	path := name
	if p.path != "" {
		path = p.path + "." + name
	}
	return place{path, p.pointer + "/" + name}
}

func (p place) index(i int) place {
	suffix := "[" + strconv.Itoa(i) + "]"
	return place{p.path + suffix, p.pointer + suffix}
}

// below adds the place inside a template, such as .renditions[0].
func (p place) below(path string) place {
	return place{p.path + path, p.pointer + strings.ReplaceAll(path, ".", "/")}
}

// checker collects problems while a definition is read.
type checker struct {
	problems Problems
	names    map[string]string // every state's name and where it is: unique in the machine
}

func (c *checker) add(at place, format string, args ...any) {
	c.addCode(CodeSchema, at, format, args...)
}

func (c *checker) addCode(code string, at place, format string, args ...any) {
	pointer := at.pointer
	if pointer == "" {
		pointer = "/"
	}
	c.problems = append(c.problems, &Problem{Path: at.path, Pointer: pointer, Code: code, Message: fmt.Sprintf(format, args...)})
}
