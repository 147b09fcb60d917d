// Package function is what the Lambda functions have in common around their
// handlers: reading the environment, and starting.
package function

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/telemetry"
)

// Handle is a handler.
type Handle[In, Out any] func(context.Context, In) (Out, error)

// Run starts the function of a stage and serves until Lambda ends the process.
// It returns only what keeps the function from starting, and has logged that.
func Run[In interface{ ExecutionID() string }, Out any](
	stage string, getenv func(string) string, out io.Writer,
	build func(environment *Environment, services aws.Config) Handle[In, Out],
) error {
	handle, err := start(getenv, build)
	if err != nil {
		err = fmt.Errorf("the function %s cannot start: %w", stage, err)
		slog.New(slog.NewJSONHandler(out, nil)).Error(err.Error())
		return err
	}
	t := telemetry.New(stage, getenv(contract.EnvMetricsNamespace), out)
	lambda.Start(telemetry.Wrap(t, handle))
	return nil
}

func start[In, Out any](getenv func(string) string, build func(*Environment, aws.Config) Handle[In, Out]) (Handle[In, Out], error) {
	services, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		return nil, fmt.Errorf("load the AWS configuration: %w", err)
	}
	environment := NewEnvironment(getenv)
	handle := build(environment, services)
	return handle, environment.Err()
}

// Environment reads variables and keeps what is wrong with them, so that all of
// it is reported at once.
type Environment struct {
	getenv   func(string) string
	problems []error
}

// NewEnvironment returns the environment that getenv reads.
func NewEnvironment(getenv func(string) string) *Environment { return &Environment{getenv: getenv} }

// Text reads a variable that must be set.
func (e *Environment) Text(name string) string {
	value := e.getenv(name)
	if value == "" {
		e.Problem(name, errors.New("is not set"))
	}
	return value
}

// Positive reads a number above zero.
func (e *Environment) Positive(name string) int64 {
	value, err := strconv.ParseInt(e.getenv(name), 10, 64)
	if err != nil || value < 1 {
		e.Problem(name, fmt.Errorf("is %q; it must be a positive number", e.getenv(name)))
	}
	return value
}

// Problem adds what is wrong with a variable.
func (e *Environment) Problem(name string, err error) {
	e.problems = append(e.problems, fmt.Errorf("%s: %w", name, err))
}

// Err joins the problems.
func (e *Environment) Err() error { return errors.Join(e.problems...) }
