package component

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"github.com/pixline/pixline/infra/config"
	"github.com/pixline/pixline/pkg/contract"
)

//go:embed templates
var templateFiles embed.FS

// templates are API Gateway's mapping templates. {{ }} is filled in when the
// stack is deployed, $ when a request comes.
var templates = template.Must(template.New("").Option("missingkey=error").ParseFS(templateFiles, "templates/*.vtl"))

// templateValues are what the mapping templates are filled with.
type templateValues struct {
	StateMachineARN string
	Origins         []string // whose pages may read the answers
}

func (templateValues) Header() string        { return contract.HeaderIdempotencyKey }
func (templateValues) Pattern() string       { return contract.IdempotencyKeyPattern }
func (templateValues) CodeInvalid() string   { return contract.CodeInvalidRequest }
func (templateValues) CodeExists() string    { return contract.CodeExecutionExists }
func (templateValues) CodeNotFound() string  { return contract.CodeExecutionNotFound }
func (templateValues) CodeThrottled() string { return contract.CodeThrottled }
func (templateValues) CodeInternal() string  { return contract.CodeInternal }

// AnyOrigin tells that the pages of every site may read the answers.
func (v templateValues) AnyOrigin() bool { return slices.Contains(v.Origins, config.AnyOrigin) }

// StatusPath is followed by an execution's name.
func (templateValues) StatusPath() string {
	path, _, _ := strings.Cut(contract.PathExecution, "{")
	return path
}

// ExecutionARNPrefix is followed by an execution's name.
func (v templateValues) ExecutionARNPrefix() string {
	return contract.ExecutionARN(v.StateMachineARN, "")
}

func renderTemplate(name string, values templateValues) (string, error) {
	var out strings.Builder
	if err := templates.ExecuteTemplate(&out, name, values); err != nil {
		return "", fmt.Errorf("render the mapping template %s: %w", name, err)
	}
	return out.String(), nil
}
