package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pixline/pixline/cmd/pixline/client"
	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/imaging/sample"
)

type demoCommand struct {
	runnerFlags
	Files []string `arg:"" optional:"" name:"file" type:"path" help:"Your own images in place of the samples."`
	Once  bool     `help:"Leave when all is processed; the exit code is 0 if every outcome is as expected."`
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
	r, err := c.start(e)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "ready %s aws %s\n\n", r.URL, r.AWSURL)
	err = c.process(e, r.stack(), samples)
	if e.ctx.Err() == nil && !c.Once {
		fmt.Fprintf(e.stdout, "\nSee them at %s\nCtrl-C ends.\n", r.URL)
		<-e.ctx.Done()
	}
	return errors.Join(err, r.stop(e))
}

// samples are the user's images, or those of the demo.
func (c *demoCommand) samples() ([]sample.Sample, error) {
	if len(c.Files) == 0 {
		return sample.Samples(), nil
	}
	var own []sample.Sample
	for i, file := range c.Files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		// Numbered: two files may have the same name. What is expected of a
		// user's image is that it works.
		key := fmt.Sprintf("demo/%d/%s", i+1, filepath.Base(file))
		own = append(own, sample.Sample{Name: file, Key: key, Data: data, WantStatus: contract.StatusSucceeded})
	}
	return own, nil
}

// process sends each picture through the API and prints what became of it.
func (c *demoCommand) process(e *env, stack client.Stack, samples []sample.Sample) error {
	cl, err := client.New(e.ctx, stack)
	if err != nil {
		return err
	}
	step, done := progress(e.stderr, len(samples), "process")
	var reports []report
	expected := 0
	for _, s := range samples {
		r := c.one(e, cl, s)
		if e.ctx.Err() != nil {
			done()
			return e.ctx.Err()
		}
		reports = append(reports, r)
		if asExpected(r, s) {
			expected++
		}
		step()
	}
	done()
	if err := printReports(e, reports, outcomeColumns()); err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "\n%d of %d outcomes are as expected.\n", expected, len(samples))
	if expected < len(samples) {
		return errReported
	}
	return nil
}

func (c *demoCommand) one(e *env, cl *client.Client, s sample.Sample) report {
	input := s.Key
	if len(c.Files) > 0 {
		input = s.Name
	}
	if err := cl.Upload(e.ctx, s.Key, s.Data); err != nil {
		return failed(input, err)
	}
	return submit(e.ctx, cl, input, contract.Request{Bucket: cl.Stack.InputBucket, Key: s.Key}, true)
}

func asExpected(r report, s sample.Sample) bool {
	if r.Outcome == nil || r.Outcome.Status != s.WantStatus {
		return false
	}
	return s.WantCode == "" || r.Outcome.Reason != nil && r.Outcome.Reason.Code == s.WantCode
}
