package local

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	goruntime "runtime"
	"time"

	"github.com/pixline/pixline/local/graph"
	"github.com/pixline/pixline/local/runtime"
)

// lambdaFunction is what the graph says of a function.
type lambdaFunction struct {
	Name        string `json:"name"`
	ARN         string `json:"arn"`
	Code        string `json:"code"` // the folder of its source
	Handler     string `json:"handler"`
	Role        string `json:"role"`
	Timeout     int    `json:"timeout"` // seconds
	MemorySize  int    `json:"memorySize"`
	Concurrency *int   `json:"reservedConcurrentExecutions"`
	Environment struct {
		Variables map[string]string `json:"variables"`
	} `json:"environment"`
	LoggingConfig struct {
		LogGroup string `json:"logGroup"`
	} `json:"loggingConfig"`
	DeadLetterConfig struct {
		TargetARN string `json:"targetArn"`
	} `json:"deadLetterConfig"`
}

// defaultTimeout and defaultMemory are Lambda's, in seconds and MB.
const (
	defaultTimeout = 3
	defaultMemory  = 128
)

// functions builds the graph's functions for this machine. Every runner of the
// clone shares the binaries, so that only a change is built.
func functions(ctx context.Context, g *graph.Graph, root string) ([]runtime.Function, error) {
	var declared []lambdaFunction
	packages := map[string]string{}
	for _, r := range g.Of("aws:lambda/function:Function") {
		var f lambdaFunction
		if err := r.Decode(&f); err != nil {
			return nil, err
		}
		declared = append(declared, f)
		packages[f.Name] = f.Code
	}
	binaries, err := runtime.Build(ctx, root, packages, filepath.Join(root, "bin", goruntime.GOOS+"-"+goruntime.GOARCH))
	if err != nil {
		return nil, err
	}
	var built []runtime.Function
	for _, f := range declared {
		concurrency := -1
		if f.Concurrency != nil {
			concurrency = *f.Concurrency
		}
		fn := runtime.Function{
			Name: f.Name, ARN: f.ARN, Binary: binaries[f.Name], Handler: f.Handler,
			Env:                  f.Environment.Variables,
			Timeout:              time.Duration(cmp.Or(f.Timeout, defaultTimeout)) * time.Second,
			MemoryMB:             cmp.Or(f.MemorySize, defaultMemory),
			Concurrency:          concurrency,
			LogGroup:             cmp.Or(f.LoggingConfig.LogGroup, "/aws/lambda/"+f.Name),
			RoleARN:              f.Role,
			DeadLetterARN:        f.DeadLetterConfig.TargetARN,
			MaximumRetryAttempts: -1,
		}
		if err := asynchronous(g, &fn); err != nil {
			return nil, err
		}
		built = append(built, fn)
	}
	return built, nil
}

// asynchronous applies the function's event invoke configuration.
func asynchronous(g *graph.Graph, fn *runtime.Function) error {
	for _, r := range g.Of("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig") {
		var c struct {
			FunctionName             string         `json:"functionName"`
			MaximumRetryAttempts     *int           `json:"maximumRetryAttempts"`
			MaximumEventAgeInSeconds int            `json:"maximumEventAgeInSeconds"`
			DestinationConfig        map[string]any `json:"destinationConfig"`
		}
		if err := r.Decode(&c); err != nil {
			return err
		}
		if c.FunctionName != fn.Name && c.FunctionName != fn.ARN {
			continue
		}
		if len(c.DestinationConfig) > 0 {
			return fmt.Errorf("%s: the local runner knows dead-letter queues, not destinations", r.Name)
		}
		if c.MaximumRetryAttempts != nil {
			fn.MaximumRetryAttempts = *c.MaximumRetryAttempts
		}
		fn.MaximumEventAge = time.Duration(c.MaximumEventAgeInSeconds) * time.Second
	}
	return nil
}

// logGroups are the log groups of the functions, by their ARN.
func logGroups(g *graph.Graph) map[string]string {
	groups := map[string]string{}
	for _, r := range g.Of("aws:lambda/function:Function") {
		settings, _ := r.Inputs["loggingConfig"].(map[string]any)
		group, _ := settings["logGroup"].(string)
		groups[r.String("arn")] = cmp.Or(group, "/aws/lambda/"+r.String("name"))
	}
	return groups
}
