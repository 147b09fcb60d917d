package cli

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/pixline/pixline/cmd/pixline/client"
)

type statusCommand struct {
	stackFlags
	ExecutionID string `arg:"" name:"execution-id" help:"As POST /process answered it."`
	JSON        bool   `help:"Print one JSON object."`
}

// Help implements kong.HelpProvider.
func (statusCommand) Help() string {
	return `Examples:

  pixline status holiday-1
  pixline status holiday-1 --json
  pulumi stack output --json | pixline status --outputs - holiday-1`
}

// Run shows the execution as it stands.
func (c *statusCommand) Run(e *env) error {
	cl, err := c.client(e)
	if err != nil {
		return err
	}
	execution, err := cl.Execution(e.ctx, c.ExecutionID)
	if runnerGone(cl, err) {
		return withHint(err, goneHint)
	}
	if api, ok := errors.AsType[*client.APIError](err); ok && api.Status == 404 {
		return withHint(fmt.Errorf("there is no execution %s", c.ExecutionID), "pixline process prints the ids of the executions that it starts")
	}
	if err != nil {
		return err
	}
	stages, err := cl.Stages(e.ctx, c.ExecutionID)
	if err != nil {
		return err
	}
	r := report{Execution: execution, Stages: stages}
	if execution.Outcome != nil {
		r.Input = "s3://" + execution.Outcome.Source.Bucket + "/" + execution.Outcome.Source.Key
	}
	if c.JSON {
		return writeJSON(e.stdout, r)
	}
	return c.print(e, r)
}

func (c *statusCommand) print(e *env, r report) error {
	facts := [][]string{{"execution", r.ExecutionID}, {"status", r.Status}, {"result", r.result()}}
	if r.Input != "" {
		facts = append(facts, []string{"input", r.Input})
	}
	if r.Outcome != nil && r.Outcome.Reason != nil {
		facts = append(facts, []string{"reason", r.Outcome.Reason.Message})
	}
	if r.Cause != "" {
		facts = append(facts, []string{"cause", r.Cause})
	}
	stages := [][]string{{"STAGE", "ms", "ATTEMPTS", "ERROR"}}
	for _, s := range r.Stages {
		millis := fmt.Sprintf("%.1f", s.Millis)
		if s.Running {
			millis = "running"
		}
		stages = append(stages, []string{s.Name, millis, strconv.Itoa(s.Attempts), s.Error})
	}
	renditions := [][]string{{"RENDITION", "PIXELS", "SIZE", "OBJECT"}}
	if r.Outcome != nil {
		for _, x := range r.Outcome.Renditions {
			renditions = append(renditions, []string{x.Name, fmt.Sprintf("%dx%d", x.Width, x.Height), size(x.Bytes), "s3://" + x.Bucket + "/" + x.Key})
		}
	}
	if err := printTable(e.stdout, facts); err != nil {
		return err
	}
	for _, table := range [][][]string{stages, renditions} {
		if len(table) == 1 { // titles alone
			continue
		}
		fmt.Fprintln(e.stdout)
		if err := printTable(e.stdout, table); err != nil {
			return err
		}
	}
	return nil
}
