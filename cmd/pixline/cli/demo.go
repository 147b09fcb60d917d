package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/schollz/progressbar/v3"

	"github.com/pixline/pixline/cmd/pixline/client"
	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/imaging/sample"
)

var errAddressInUse error = syscall.EADDRINUSE

type demoCommand struct {
	Files   []string `arg:"" optional:"" name:"file" type:"existingfile" help:"Your own images in place of the samples."`
	Once    bool     `help:"Leave when all is processed; the exit code is 0 if every outcome is as expected."`
	Stack   string   `default:"dev" help:"The stack to run."`
	Addr    string   `default:"127.0.0.1:8080" help:"Address of the API and the pages."`
	AWSAddr string   `name:"aws-addr" default:"127.0.0.1:4566" help:"Address of the AWS endpoint."`
	Data    string   `type:"path" help:"Where objects and executions are kept. Default: .pixline/STACK."`
}

// Help implements kong.HelpProvider.
func (demoCommand) Help() string {
	return `Examples:

  pixline demo
  pixline demo --once
  pixline demo ~/Pictures/cat.jpg`
}

// Run runs the main job for everyone to see.
func (c *demoCommand) Run(e *env) error {
	samples, err := c.samples()
	if err != nil {
		return err
	}
	runner := &localCommand{Stack: c.Stack, Addr: c.Addr, AWSAddr: c.AWSAddr, Data: c.Data}
	r, err := runner.start(e)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "ready %s aws %s\n\n", r.URL, r.AWSURL)
	err = c.process(e, stackOf(r), samples)
	if !c.Once && !errors.Is(err, errInterrupted) {
		fmt.Fprintf(e.stdout, "\nSee them at %s\nCtrl-C ends.\n", r.URL)
		<-e.ctx.Done()
	}
	return errors.Join(err, runner.stop(e, r))
}

var errInterrupted = errors.New("interrupted")

// samples are the user's images, or those of the demo.
func (c *demoCommand) samples() ([]sample.Sample, error) {
	if len(c.Files) == 0 {
		return sample.Samples(), nil
	}
	var own []sample.Sample
	for _, file := range c.Files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		// What is expected of a user's image is that it works.
		own = append(own, sample.Sample{Name: file, Key: "demo/" + filepath.Base(file), Data: data, WantStatus: contract.StatusSucceeded})
	}
	return own, nil
}

// process sends each picture through the API and prints what became of it.
func (c *demoCommand) process(e *env, stack client.Stack, samples []sample.Sample) error {
	cl, err := client.New(e.ctx, stack)
	if err != nil {
		return err
	}
	var bar *progressbar.ProgressBar
	if isTerminal(e.stderr) {
		bar = progressbar.NewOptions(len(samples), progressbar.OptionSetWriter(e.stderr), progressbar.OptionSetDescription("process"), progressbar.OptionClearOnFinish())
	}
	var reports []report
	unexpected := 0
	for _, s := range samples {
		r, err := c.one(e, cl, s)
		if e.ctx.Err() != nil {
			return errInterrupted
		}
		if err != nil {
			r.Problem = err.Error()
		}
		r.Input = s.Key
		reports = append(reports, r)
		if !asExpected(r, s) {
			unexpected++
		}
		if bar != nil {
			_ = bar.Add(1)
		}
	}
	if err := printReports(e.stdout, reports); err != nil {
		return err
	}
	if unexpected > 0 {
		return fmt.Errorf("%d of %d outcomes are not as expected", unexpected, len(samples))
	}
	fmt.Fprintf(e.stdout, "\n%d of %d outcomes are as expected.\n", len(samples), len(samples))
	return nil
}

func (c *demoCommand) one(e *env, cl *client.Client, s sample.Sample) (report, error) {
	if err := cl.Upload(e.ctx, s.Key, s.Data); err != nil {
		return report{}, err
	}
	accepted, err := cl.Process(e.ctx, contract.Request{Bucket: cl.Stack.InputBucket, Key: s.Key}, "")
	if err != nil {
		return report{}, err
	}
	return follow(e.ctx, cl, accepted.ExecutionID)
}

func asExpected(r report, s sample.Sample) bool {
	if r.Outcome == nil || r.Outcome.Status != s.WantStatus {
		return false
	}
	return s.WantCode == "" || r.Outcome.Reason != nil && r.Outcome.Reason.Code == s.WantCode
}
