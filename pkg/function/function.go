// Package function is what the Lambda functions have in common around their
// handlers: reading the environment, starting, and the verdict on an image.
package function

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/fault"
	"github.com/pixline/pixline/pkg/telemetry"
)

// loaded is when the process had been loaded and the libraries were initialized.
var loaded = time.Now()

// memoryVariable is where Lambda tells a function how much memory it has, in MB.
// Source: Lambda Developer Guide, "Defined runtime environment variables".
const memoryVariable = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"

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
	// Outside of Lambda the variable may be missing: then no share is reported.
	memory, _ := strconv.Atoi(getenv(memoryVariable))
	lambda.Start(telemetry.Wrap(telemetry.New(telemetry.Options{
		Stage: stage, Namespace: getenv(contract.EnvMetricsNamespace), Out: out,
		InitTime: max(processAge(), time.Since(loaded)), MemoryMB: memory,
	}), handle))
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

// Conclude gives the result of validate or resize its verdict, and tells the
// telemetry: accepted where err is nil; rejected, with the reason, where err is
// a *fault.Rejected; any other err is a fault of the system, and no result.
func Conclude(ctx context.Context, result contract.Result, err error) (contract.Result, error) {
	log := telemetry.From(ctx)
	Describe(log, result.Source)
	rejected, isRejected := errors.AsType[*fault.Rejected](err)
	log.Count(contract.MetricSucceeded, err == nil)
	log.Count(contract.MetricRejected, isRejected)
	switch {
	case isRejected:
		result.Accepted, result.Reason = false, &contract.Reason{Code: rejected.Code, Message: rejected.Message}
		log.Split(contract.MetricRejected, contract.DimensionCode, rejected.Code)
		log.Set(contract.FieldStatus, contract.StatusRejected)
		log.Set(contract.FieldCode, rejected.Code)
		log.Set(contract.FieldReason, rejected.Message)
		return result, nil
	case err != nil:
		return contract.Result{}, err
	}
	log.Set(contract.FieldStatus, contract.StatusSucceeded)
	result.Accepted = true
	return result, nil
}

// Describe puts on the line what is known of the source.
func Describe(log *telemetry.Invocation, source contract.Source) {
	log.Set(contract.FieldBucket, source.Bucket)
	log.Set(contract.FieldKey, source.Key)
	if source.VersionID != "" {
		log.Set(contract.FieldVersionID, source.VersionID)
	}
	if source.Bytes > 0 {
		log.Set(contract.FieldBytes, source.Bytes)
	}
	if source.Format != "" {
		log.Set(contract.FieldFormat, source.Format)
		log.Set(contract.FieldWidth, source.Width)
		log.Set(contract.FieldHeight, source.Height)
	}
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

// Flag reads true or false.
func (e *Environment) Flag(name string) bool {
	return e.OneOf(name, "true", "false") == "true"
}

// OneOf reads a variable that has one of the values.
func (e *Environment) OneOf(name string, values ...string) string {
	value := e.getenv(name)
	if !slices.Contains(values, value) {
		e.Problem(name, fmt.Errorf("is %q; it must be one of %s", value, strings.Join(values, ", ")))
	}
	return value
}

// Problem adds what is wrong with a variable.
func (e *Environment) Problem(name string, err error) {
	e.problems = append(e.problems, fmt.Errorf("%s: %w", name, err))
}

// Err joins the problems.
func (e *Environment) Err() error { return errors.Join(e.problems...) }
