// Package graph evaluates the Pulumi program in this process, without the
// Pulumi CLI and without a provider, and gives the resources that it declares
// with every input resolved: the same program, and so the same wiring, that
// `pulumi up` deploys.
package graph

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pixline/pixline/infra/config"
	"github.com/pixline/pixline/infra/pipeline"
)

// AccountID is the account that local resources belong to, by the convention of
// AWS emulators.
const AccountID = "000000000000"

// Options say what to evaluate, and where the local endpoints will be.
type Options struct {
	Root   string // the folder of Pulumi.yaml
	Stack  string
	APIURL string // of the API's stage, without a slash at the end
	AWSURL string // of the AWS endpoint, without a slash at the end
	// Configuration replaces values of the stack's file, by their full names: strings
	// bare, the rest JSON.
	Configuration map[string]string
}

// Resource is one resource of the program.
type Resource struct {
	URN  string
	Type string // Pulumi's token, such as aws:lambda/function:Function
	Name string // in the program
	ID   string
	// Inputs are the resolved properties, and what AWS would add to them (arn,
	// url, ...). An archive is the path of its source.
	Inputs map[string]any
}

// Decode reads the inputs into v, a pointer to a struct with JSON tags.
func (r Resource) Decode(v any) error {
	text, err := json.Marshal(r.Inputs)
	if err == nil {
		err = json.Unmarshal(text, v)
	}
	if err != nil {
		return fmt.Errorf("read the inputs of %s %s: %w", r.Type, r.Name, err)
	}
	return nil
}

// String returns an input that is a string, or "".
func (r Resource) String(key string) string {
	s, _ := r.Inputs[key].(string)
	return s
}

// Graph is what the program declares for one stack.
type Graph struct {
	Project   string
	Stack     string
	Region    string
	Resources []Resource // in the order of their names in the program
	Outputs   map[string]any
}

// Of returns the resources of a type.
func (g *Graph) Of(kind string) []Resource {
	var found []Resource
	for _, r := range g.Resources {
		if r.Type == kind {
			found = append(found, r)
		}
	}
	return found
}

// Output returns a stack output that is a string, or "".
func (g *Graph) Output(name string) string {
	s, _ := g.Outputs[name].(string)
	return s
}

// List returns a stack output that is a list of strings, or nil.
func (g *Graph) List(name string) []string {
	list, _ := g.Outputs[name].([]string)
	return list
}

// Evaluate runs the program for a stack. The error names what the program
// refused, such as the configuration.
func Evaluate(opts Options) (*Graph, error) {
	settings, err := readSettings(opts.Root, opts.Stack)
	if err != nil {
		return nil, err
	}
	maps.Copy(settings.config, opts.Configuration)
	m := &monitor{opts: opts, settings: settings}
	var outputs captured
	program := func(ctx *pulumi.Context) error {
		declared, err := pipeline.Deploy(ctx, func(stage string) (pulumi.Archive, error) {
			return pulumi.NewFileArchive("functions/" + stage), nil
		})
		if err != nil {
			return err
		}
		declared.ToMapOutput().ApplyT(outputs.set)
		return nil
	}
	if err := pulumi.RunErr(program,
		pulumi.WithMocks(config.Project, opts.Stack, m),
		func(info *pulumi.RunInfo) { info.Config = settings.config },
	); err != nil {
		return nil, fmt.Errorf("evaluate the Pulumi program for stack %s: %w", opts.Stack, err)
	}
	if outputs.value == nil {
		return nil, errors.New("the Pulumi program left its outputs unresolved")
	}
	slices.SortStableFunc(m.resources, func(a, b Resource) int { return strings.Compare(a.URN, b.URN) })
	return &Graph{
		Project: config.Project, Stack: opts.Stack, Region: settings.region(),
		Resources: m.resources, Outputs: outputs.value,
	}, nil
}

// captured takes the outputs out of Pulumi's asynchronous world.
type captured struct {
	mu    sync.Mutex
	value map[string]any
}

func (c *captured) set(value map[string]any) map[string]any {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.value = value
	return value
}
