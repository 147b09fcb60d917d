// Package local runs the whole pipeline on this machine: it evaluates the
// Pulumi program and brings the graph of its resources to life, with real S3,
// the real function binaries behind the Lambda Runtime API, the real state
// machine document, the API's real mapping templates and IAM that denies.
//
// On loopback it serves the clients on this machine, and no web page of another
// site.
//
// Nothing is wired here that the program has not declared. What the runner
// leaves out is listed, never ignored: Runner.NotEmulated.
//
// Non-goals: quotas, eventual consistency, and IAM condition keys beyond those
// that the program uses.
package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/pixline/pixline/local/access"
	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/events"
	"github.com/pixline/pixline/local/fault"
	"github.com/pixline/pixline/local/graph"
	"github.com/pixline/pixline/local/logs"
	"github.com/pixline/pixline/local/objects"
	"github.com/pixline/pixline/local/runtime"
	"github.com/pixline/pixline/local/states"
	"github.com/pixline/pixline/local/topics"
	"github.com/pixline/pixline/local/topics/queue"
)

// The administrator's key, by the emulators' convention.
const (
	AdminKey    = "test"
	AdminSecret = "test"
)

// accountConcurrency is the quota of an AWS account, not of a laptop: how many
// environments really start is bounded by the executions under way.
const accountConcurrency = 1000

// renewEvery is well within the hour that a role's credentials last.
const renewEvery = 15 * time.Minute

// Options say what to run, and where.
type Options struct {
	Root    string // the folder of Pulumi.yaml
	Stack   string
	Data    string // where objects, executions, queues and logs are kept
	Addr    string // of the API and the pages, such as 127.0.0.1:8080
	AWSAddr string // of the AWS endpoint, such as 127.0.0.1:4566
	Log     *slog.Logger

	// Configuration replaces values of the stack's file, as in graph.Options.
	Configuration map[string]string
	// Edit changes the graph before it runs, and WrapAWS wraps the AWS endpoint:
	// by them a test takes a permission away, or makes a service fail.
	Edit    func(*graph.Graph)
	WrapAWS func(http.Handler) http.Handler
	// Observe is told of every invocation and throttle; it must be quick.
	Observe func(runtime.Observation)
	// AsyncDelayScale multiplies Lambda's minutes between asynchronous attempts;
	// 0 means 1.
	AsyncDelayScale float64
	// Faults are injected from the start. What is injected can be changed at
	// fault.Path of the API's address.
	Faults []fault.Fault
	// Clock is the metrics' and the alarms' time; nil is the machine's.
	Clock *metric.Clock
}

// Runner is the running pipeline.
type Runner struct {
	Graph       *graph.Graph
	URL         string // of the API and the pages
	AWSURL      string // of the AWS endpoint
	NotEmulated []NotEmulated

	log    *slog.Logger
	data   *os.File // the claim on the data folder
	faults *injector
	observability
	access     *access.Service
	encryption *encryption
	logs       *logs.Store
	saved      []logs.Definition // queries of the logs
	events     *events.Service
	queues     *queue.Service
	topics     *topics.Service
	objects    *objects.Server
	lambda     *runtime.Runner
	states     *states.Engine

	s3Transport *http.Transport
	apiServer   *server
	awsServer   *server
	stopRenewal context.CancelFunc
}

// Start runs the pipeline until Close. When it returns, all of it serves. Its
// error holds ErrInUse when another runner has the data folder, and
// syscall.EADDRINUSE when something else has an address.
func Start(ctx context.Context, o Options) (_ *Runner, err error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Root, err = filepath.Abs(o.Root); err != nil {
		return nil, err
	}
	if o.Data, err = filepath.Abs(o.Data); err != nil {
		return nil, err
	}
	api, err := net.Listen("tcp", o.Addr)
	if err != nil {
		return nil, fmt.Errorf("listen for the API (--addr): %w", err)
	}
	aws, err := net.Listen("tcp", o.AWSAddr)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen for AWS clients (--aws-addr): %w", err), api.Close())
	}
	r := &Runner{
		URL: "http://" + api.Addr().String(), AWSURL: "http://" + aws.Addr().String(),
		log: o.Log,
	}
	defer func() {
		if err != nil {
			// Listeners first: a server that was never started does not own its own.
			err = errors.Join(err, ignoreClosed(api.Close()), ignoreClosed(aws.Close()), r.Close(context.WithoutCancel(ctx)))
		}
	}()
	r.Graph, err = graph.Evaluate(graph.Options{Root: o.Root, Stack: o.Stack, APIURL: r.URL, AWSURL: r.AWSURL, Configuration: o.Configuration})
	if err != nil {
		return nil, err
	}
	if o.Edit != nil {
		o.Edit(r.Graph)
	}
	r.NotEmulated = notEmulated(r.Graph)
	r.faults = newInjector(r.Graph, fault.NewSet(o.Faults, nil))
	if r.data, err = claim(o.Data); err != nil {
		return nil, err
	}
	if err := r.startServices(ctx, o); err != nil {
		return nil, err
	}
	return r, r.serve(o, api, aws)
}

// startServices starts every service but the addresses: objects and functions
// side by side, since both take their time.
func (r *Runner) startServices(ctx context.Context, o Options) error {
	type built struct {
		functions []runtime.Function
		err       error
	}
	building := make(chan built, 1)
	go func() {
		f, err := functions(ctx, r.Graph, o.Root)
		building <- built{f, err}
	}()
	if err := r.startStores(ctx, o); err != nil {
		<-building
		return err
	}
	b := <-building
	if b.err != nil {
		return b.err
	}
	if err := checkDeployment(ctx, r.Graph, r.access, b.functions); err != nil {
		return err
	}
	if err := r.startLambda(o, b.functions); err != nil {
		return err
	}
	if err := r.startStates(o); err != nil {
		return err
	}
	r.watch()
	return nil
}

// Close stops everything and leaves no process behind. Executions that run are
// resumed by the next Start with the same data.
//
// Users go first, so that nothing new begins; then what works, which may still
// call the AWS endpoint; then the endpoint, whose last requests end when their
// callers do, and which cuts off those that outlast ctx.
func (r *Runner) Close(ctx context.Context) error {
	problems := []error{r.apiServer.stop(ctx)}
	r.unwatch()
	if r.stopRenewal != nil {
		r.stopRenewal()
	}
	if r.states != nil {
		problems = append(problems, r.states.Close(ctx))
	}
	if r.lambda != nil {
		problems = append(problems, r.lambda.Close(ctx))
	}
	problems = append(problems, r.awsServer.stop(ctx))
	if r.events != nil {
		r.events.Close()
	}
	if r.topics != nil {
		problems = append(problems, r.topics.Close())
	}
	if r.queues != nil {
		problems = append(problems, r.queues.Close())
	}
	if r.objects != nil {
		r.s3Transport.CloseIdleConnections()
		problems = append(problems, r.objects.Close())
	}
	if r.logs != nil {
		problems = append(problems, r.logs.Close())
	}
	problems = append(problems, r.observability.close())
	if r.data != nil { // last: now the next runner may have it
		problems = append(problems, r.data.Close())
	}
	return errors.Join(problems...)
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
