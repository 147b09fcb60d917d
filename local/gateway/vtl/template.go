// Package vtl renders the mapping templates of Amazon API Gateway REST APIs:
// the Velocity Template Language of Apache Velocity 1.7 with the variables
// $input, $util, $context and $stageVariables.
//
// Guarantees:
//   - Parse reports every syntax error with its line and column, and every
//     directive or $input/$util function that is not supported by its name.
//   - A method that a value does not have is an error that names it. Only a
//     plain reference without a value prints as its own source, as in Velocity.
//   - Rendering neither panics nor runs without bound: a #foreach iterates at
//     most MaxIterations times, all loops of a rendering a hundred times that,
//     and an output ends at MaxOutput bytes.
//   - A Template is immutable; Render may be called concurrently, provided that
//     each call has its own Data.Context.
//
// Whitespace, escapes, null handling, comparison and arithmetic follow
// Velocity 1.7, measured against its jar. Not supported, and refused: #macro,
// #define, #evaluate, #include, #parse, and regular expressions with
// look-around, back references or possessive quantifiers.
//
// Reference: "Mapping template reference" in the Amazon API Gateway Developer
// Guide, and the Velocity 1.7 User Guide.
package vtl

import (
	"fmt"
	"strings"
)

const (
	// MaxIterations is the quota on iterations of one #foreach loop (Amazon API
	// Gateway quotas for REST APIs).
	MaxIterations = 1000
	// maxWork bounds the iterations and range elements of one rendering.
	maxWork = 100 * MaxIterations
	// MaxSize is the quota on the size of a mapping template, in bytes.
	MaxSize = 300 << 10
	// MaxOutput is the largest text that a template may produce, in bytes: the
	// payload limit of API Gateway.
	MaxOutput = 10 << 20
)

// Template is a parsed mapping template.
type Template struct {
	source string
	nodes  []node
}

// SyntaxError says why a template cannot be parsed, and where: Line and Column
// start at 1, Column counts bytes.
type SyntaxError struct {
	Line, Column int
	Message      string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("mapping template, line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// RenderError says why a template could not be rendered, and where. Err is the
// cause: ErrInvalidJSON among others.
type RenderError struct {
	Line, Column int
	Reference    string // the source of what failed, such as $s.foo()
	Err          error
}

func (e *RenderError) Error() string {
	return fmt.Sprintf("mapping template, line %d, column %d: %s: %v", e.Line, e.Column, e.Reference, e.Err)
}

// Unwrap gives the cause.
func (e *RenderError) Unwrap() error { return e.Err }

// Parse checks source and makes it ready to render. Its errors are
// *SyntaxError.
func Parse(source string) (*Template, error) {
	if len(source) > MaxSize {
		return nil, &SyntaxError{Line: 1, Column: 1, Message: fmt.Sprintf("the template has %d bytes, API Gateway accepts %d", len(source), MaxSize)}
	}
	p := &parser{src: source, origin: source}
	nodes, err := p.parseTemplate()
	if err != nil {
		return nil, err
	}
	return &Template{source: source, nodes: nodes}, nil
}

// Data is what a template sees.
type Data struct {
	Body           string            // $input.body; "" reads as {}
	Path           map[string]string // $input.params().path
	Query          map[string]string // $input.params().querystring, the last value of each
	Header         map[string]string // $input.params().header, found without regard to case
	Context        *Map              // $context; #set reaches the maps in it that are writable
	StageVariables map[string]string // $stageVariables
}

// Render gives the template's text. Its errors are *RenderError. A #set of
// $context.requestOverride or $context.responseOverride is left in
// data.Context.
func (t *Template) Render(data Data) (string, error) {
	r := &renderer{source: t.source, vars: newScope(data)}
	var out output
	if _, err := r.nodes(t.nodes, &out); err != nil {
		return "", err
	}
	return out.String(), nil
}

// position gives the line and column of an offset, both from 1.
func position(src string, off int) (line, column int) {
	before := src[:min(max(off, 0), len(src))]
	return 1 + strings.Count(before, "\n"), len(before) - strings.LastIndexByte(before, '\n')
}
