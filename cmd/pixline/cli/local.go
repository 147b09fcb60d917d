package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/pixline/pixline/cmd/pixline/client"
	"github.com/pixline/pixline/infra/pipeline"
	"github.com/pixline/pixline/local"
)

// stopTimeout is how long a runner may take to stop.
const stopTimeout = 15 * time.Second

type localCommand struct {
	Stack   string `default:"dev" help:"The stack to run: Pulumi.STACK.yaml."`
	Addr    string `default:"127.0.0.1:8080" help:"Address of the API and the pages."`
	AWSAddr string `name:"aws-addr" default:"127.0.0.1:4566" help:"Address of the AWS endpoint."`
	Data    string `type:"path" help:"Where objects and executions are kept. Default: .pixline/STACK."`
	Verbose bool   `short:"v" help:"Log what the runner does."`
}

// Help implements kong.HelpProvider.
func (localCommand) Help() string {
	return `Examples:

  pixline local
  pixline local --stack prod --data /tmp/prod
  aws --endpoint-url http://127.0.0.1:4566 s3 ls      (key test, secret test)
  curl -d '{"bucket":"…","key":"cat.jpg"}' -H 'Content-Type: application/json' http://127.0.0.1:8080/process`
}

// Run runs the pipeline until it is interrupted.
func (c *localCommand) Run(e *env) error {
	r, err := c.start(e)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "ready %s aws %s\n", r.URL, r.AWSURL)
	for _, left := range r.NotEmulated {
		fmt.Fprintf(e.stderr, "not emulated: %s %s: %s\n", left.Type, left.Name, left.Why)
	}
	<-e.ctx.Done()
	return c.stop(e, r)
}

// start starts the runner and leaves word for other commands.
func (c *localCommand) start(e *env) (*local.Runner, error) {
	root, err := findRoot()
	if err != nil {
		return nil, err
	}
	data := c.Data
	if data == "" {
		data = dataDir(root, c.Stack)
	}
	level := slog.LevelWarn
	if c.Verbose {
		level = slog.LevelDebug
	}
	r, err := local.Start(e.ctx, local.Options{
		Root: root, Stack: c.Stack, Data: data, Addr: c.Addr, AWSAddr: c.AWSAddr,
		Log: slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: level})),
	})
	if err != nil {
		return nil, explain(err)
	}
	c.Data = dataDir(root, c.Stack)
	if err := writeOutputs(c.Data, stackOf(r)); err != nil {
		return nil, errors.Join(err, c.stop(e, r))
	}
	return r, nil
}

// explain adds a hint to the mistakes that are made most.
func explain(err error) error {
	switch {
	case errors.Is(err, errAddressInUse):
		return withHint(err, "another pixline may be up; choose other addresses with --addr and --aws-addr, port 0 for any")
	case errors.Is(err, fs.ErrNotExist):
		return withHint(err, "is this a complete clone of the repository?")
	}
	return err
}

// stop stops the runner, also after the command's own context has ended.
func (c *localCommand) stop(e *env, r *local.Runner) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(e.ctx), stopTimeout)
	defer cancel()
	return errors.Join(r.Close(ctx), os.Remove(filepath.Join(c.Data, outputsFile)))
}

func stackOf(r *local.Runner) client.Stack {
	g := r.Graph
	stack := client.Stack{
		ProcessURL: g.Output(pipeline.OutputProcessURL), InputBucket: g.Output(pipeline.OutputInputBucket),
		OutputBucket: g.Output(pipeline.OutputOutputBucket), StateMachineARN: g.Output(pipeline.OutputStateMachineARN),
		TopicARN: g.Output(pipeline.OutputTopicARN), AWSEndpoint: r.AWSURL,
	}
	names, _ := g.Outputs[pipeline.OutputDashboards].([]any)
	for _, name := range names {
		stack.Dashboards = append(stack.Dashboards, fmt.Sprint(name))
	}
	return stack
}
