package cli

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/pixline/pixline/cmd/pixline/client"
	"github.com/pixline/pixline/pkg/contract"
)

// report is what became of one input.
type report struct {
	Input string `json:"input"`
	client.Execution
	Stages []client.Stage `json:"stages,omitempty"`
	// Problem is why there is no execution, or none that was followed.
	Problem string `json:"problem,omitempty"`
}

// succeeded reports whether the renditions are there.
func (r report) succeeded() bool {
	return r.Problem == "" && r.Outcome != nil && r.Outcome.Status == contract.StatusSucceeded
}

// result is the outcome's status, with the code of a rejection or the name of
// an error.
func (r report) result() string {
	switch {
	case r.Problem != "":
		return "not processed: " + r.Problem
	case r.Outcome != nil && r.Outcome.Reason != nil:
		return r.Outcome.Status + ": " + r.Outcome.Reason.Code
	case r.Outcome != nil:
		return r.Outcome.Status
	case r.Error != "":
		return strings.ToLower(r.Status) + ": " + r.Error
	}
	return strings.ToLower(r.Status)
}

// renditions has one line for each.
func (r report) renditions() []string {
	if r.Outcome == nil {
		return nil
	}
	var lines []string
	for _, x := range r.Outcome.Renditions {
		lines = append(lines, fmt.Sprintf("%s %dx%d %s", x.Name, x.Width, x.Height, size(x.Bytes)))
	}
	return lines
}

// millis is how long the stage's task took, and how often it was tried if that
// was more than once. All that notify have the same column.
func (r report) millis(stage string) string {
	for _, s := range r.Stages {
		if !strings.HasPrefix(strings.ToLower(s.Name), stage) {
			continue
		}
		if s.Attempts > 1 {
			return fmt.Sprintf("%.0f (%d tries)", s.Millis, s.Attempts)
		}
		return fmt.Sprintf("%.0f", s.Millis)
	}
	return "-"
}

// printReports prints a row for each input, with a line for each rendition.
func printReports(w io.Writer, reports []report) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "INPUT\tRESULT\tRENDITIONS\tVALIDATE ms\tRESIZE ms\tNOTIFY ms")
	for _, r := range reports {
		lines := r.renditions()
		first := ""
		if len(lines) > 0 {
			first, lines = lines[0], lines[1:]
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Input, r.result(), first,
			r.millis(contract.StageValidate), r.millis(contract.StageResize), r.millis(contract.StageNotify))
		for _, line := range lines {
			fmt.Fprintf(t, "\t\t%s\t\t\t\n", line)
		}
	}
	return t.Flush()
}
