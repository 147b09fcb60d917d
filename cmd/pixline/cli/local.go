package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/pixline/pixline/cmd/pixline/client"
	"github.com/pixline/pixline/infra/component"
	"github.com/pixline/pixline/infra/config"
	"github.com/pixline/pixline/infra/pipeline"
	"github.com/pixline/pixline/local"
	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/fault"
)

// stopTimeout is how long a runner may take to stop.
const stopTimeout = 15 * time.Second

// maxSpeed leaves a second for a minute of CloudWatch's: what is measured arrives
// within it.
const maxSpeed = 60

// runnerFlags say what to run on this machine, and where.
type runnerFlags struct {
	dataFlags
	Addr    string  `default:"127.0.0.1:8080" help:"Address of the API and the pages; port 0 takes a free one."`
	AWSAddr string  `name:"aws-addr" default:"127.0.0.1:4566" help:"Address of the AWS endpoint."`
	Speed   float64 `default:"1" help:"How many minutes of CloudWatch pass in one of this machine: an alarm of fifteen minutes is on after one with 15."`
	Verbose bool    `short:"v" help:"Log what the runner does."`
	// Not split at commas, which a fault has before its options.
	Faults []string `name:"fault" sep:"none" placeholder:"STAGE:KIND=RATE" help:"Inject a fault, to rehearse an incident: resize:error=0.3 or notify:sns-fail=100%. May be repeated; pixline local --help lists the kinds."`
}

type localCommand struct {
	runnerFlags
}

// Help implements kong.HelpProvider.
func (localCommand) Help() string {
	return `Examples:

  pixline local
  pixline local --stack prod --data /tmp/prod
  pixline local --speed 20 --fault resize:error=0.3 --fault storage:s3-slow=50%,delay=6s
  curl -d '["notify:sns-fail=1"]' http://127.0.0.1:8080/_local/faults      (in place of those before; -X DELETE ends all)
  aws --endpoint-url http://127.0.0.1:4566 s3 ls      (key test, secret test)
  curl -d '{"bucket":"…","key":"cat.jpg"}' -H 'Content-Type: application/json' http://127.0.0.1:8080/process

Faults, STAGE:KIND:

` + faultKinds()
}

// faultKinds lists what --fault takes: a line for each effect, with all stages
// that have it.
func faultKinds() string {
	var effects []fault.Effect
	stages := map[fault.Effect][]string{}
	for _, s := range fault.Stages() {
		for _, e := range s.Effects {
			if stages[e] == nil {
				effects = append(effects, e)
			}
			stages[e] = append(stages[e], s.Name)
		}
	}
	var text strings.Builder
	for _, e := range effects {
		fmt.Fprintf(&text, "  %-32s %s\n", strings.Join(stages[e], "|")+":"+string(e.Kind), e.Does)
	}
	return text.String()
}

// Run runs the pipeline until it is interrupted.
func (c *localCommand) Run(e *env) error {
	r, err := c.start(e)
	if err != nil {
		return err
	}
	for _, left := range r.NotEmulated {
		fmt.Fprintf(e.stderr, "not emulated: %s %s: %s\n", left.Type, left.Name, left.Why)
	}
	if notice := r.clock.Notice(); notice != "" {
		fmt.Fprintln(e.stderr, notice)
	}
	if how := r.howToCall(); how != "" {
		fmt.Fprintln(e.stderr, how)
	}
	_, err = fmt.Fprintf(e.stdout, "ready %s aws %s\n", r.URL, r.AWSURL)
	if err == nil {
		<-e.ctx.Done()
	}
	return errors.Join(err, r.stop(e))
}

// runner is a local runner that other commands find by its outputs.
type runner struct {
	*local.Runner
	outputs string // path
	clock   *metric.Clock
}

// start starts the runner and leaves word for other commands.
func (f runnerFlags) start(e *env) (*runner, error) {
	faults, err := fault.ParseAll(f.Faults)
	if err != nil {
		return nil, withHint(usageError{fmt.Errorf("--fault: %w", err)}, "pixline local --help lists the kinds of faults")
	}
	if !(f.Speed >= 1 && f.Speed <= maxSpeed) {
		return nil, usageError{fmt.Errorf("--speed %v: CloudWatch's time passes 1 to %d times as fast", f.Speed, maxSpeed)}
	}
	root, err := findRoot()
	if err != nil {
		return nil, err
	}
	data, err := f.dir()
	if err != nil {
		return nil, err
	}
	for _, injected := range faults {
		fmt.Fprintln(e.stderr, "injecting", injected)
	}
	level := slog.LevelWarn
	if f.Verbose {
		level = slog.LevelDebug
	}
	clock := metric.NewClock(f.Speed)
	started, err := local.Start(e.ctx, local.Options{
		Root: root, Stack: f.Stack, Data: data, Addr: f.Addr, AWSAddr: f.AWSAddr, Faults: faults, Clock: clock,
		Log: slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: level})),
	})
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, withHint(err, "another pixline may be up; choose other addresses with --addr and --aws-addr, port 0 for any")
	case errors.Is(err, local.ErrInUse):
		return nil, withHint(err, "stop that runner, or keep the data of this one in another folder with --data")
	case err != nil:
		return nil, err
	}
	r := &runner{Runner: started, outputs: filepath.Join(data, outputsFile), clock: clock}
	stack, now := r.stack(), time.Now()
	// Ahead of the machine's also where an earlier run was faster.
	stack.Clock = &client.Clock{Machine: now, Shown: clock.At(now), Speed: f.Speed}
	if err := writeOutputs(r.outputs, stack); err != nil {
		return nil, errors.Join(err, r.stop(e))
	}
	return r, nil
}

// howToCall says what a request to the API needs besides its address.
func (r *runner) howToCall() string {
	switch r.stack().APIAuth {
	case config.AuthIAM:
		return fmt.Sprintf("the API wants signed requests: curl --user test:test --aws-sigv4 aws:amz:%s:execute-api … (docs/api.md)", r.Graph.Region)
	case config.AuthAPIKey:
		return fmt.Sprintf(`the API wants an API key: curl -H "x-api-key: $(jq -r .apiKey %s)" … (docs/api.md)`, r.outputs)
	}
	return ""
}

// stop stops the runner, also after the command's own context has ended. The
// outputs go first, while the data folder is still this runner's.
func (r *runner) stop(e *env) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(e.ctx), stopTimeout)
	defer cancel()
	err := os.Remove(r.outputs)
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	if closed := r.Close(ctx); closed != nil {
		err = errors.Join(err, fmt.Errorf("stop the runner: %w", closed))
	}
	return err
}

// stack is what pulumi stack output prints of a stack on AWS, and the address
// of the AWS endpoint.
func (r *runner) stack() client.Stack {
	g := r.Graph
	return client.Stack{
		ProcessURL: g.Output(pipeline.OutputProcessURL), InputBucket: g.Output(pipeline.OutputInputBucket),
		OutputBucket: g.Output(pipeline.OutputOutputBucket), StateMachineARN: g.Output(pipeline.OutputStateMachineARN),
		TopicARN: g.Output(pipeline.OutputTopicARN), AWSEndpoint: r.AWSURL,
		APIAuth: g.Output(component.OutputAPIAuth), APIKey: g.Output(component.OutputAPIKey),
		Dashboards: g.List(pipeline.OutputDashboards),
	}
}
