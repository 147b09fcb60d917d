package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"

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
		out := json.NewEncoder(e.stdout)
		out.SetIndent("", "  ")
		return out.Encode(r)
	}
	return c.print(e, r)
}

func (c *statusCommand) print(e *env, r report) error {
	t := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "execution\t%s\nstatus\t%s\nresult\t%s\n", r.ExecutionID, r.Status, r.result())
	if r.Input != "" {
		fmt.Fprintf(t, "input\t%s\n", r.Input)
	}
	if r.Outcome != nil && r.Outcome.Reason != nil {
		fmt.Fprintf(t, "reason\t%s\n", r.Outcome.Reason.Message)
	}
	if r.Cause != "" {
		fmt.Fprintf(t, "cause\t%s\n", r.Cause)
	}
	fmt.Fprintln(t, "\nSTAGE\tms\tATTEMPTS\tERROR")
	for _, s := range r.Stages {
		fmt.Fprintf(t, "%s\t%.1f\t%d\t%s\n", s.Name, s.Millis, s.Attempts, s.Error)
	}
	if r.Outcome != nil && len(r.Outcome.Renditions) > 0 {
		fmt.Fprintln(t, "\nRENDITION\tSIZE\tBYTES\tOBJECT")
		for _, x := range r.Outcome.Renditions {
			fmt.Fprintf(t, "%s\t%dx%d\t%s\ts3://%s/%s\n", x.Name, x.Width, x.Height, size(x.Bytes), x.Bucket, x.Key)
		}
	}
	return t.Flush()
}
