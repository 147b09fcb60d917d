// Package cli is pixline's command line: flags in, tables or JSON out, an exit
// code: 0, 1 for a failure, 2 for wrong usage.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Exit codes.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// commands are what pixline can do.
type commands struct {
	Demo       demoCommand        `cmd:"" help:"Start everything, process sample pictures, show what became of them, and stay up."`
	Local      localCommand       `cmd:"" help:"Run the whole pipeline on this machine."`
	Process    processCommand     `cmd:"" help:"Upload images where needed, and process them."`
	Batch      batchCommand       `cmd:"" help:"Process every object below a prefix of the input bucket."`
	Dashboards dashboardsCommands `cmd:"" help:"Draw the dashboards."`
	Status     statusCommand      `cmd:"" help:"Show one execution, stage by stage."`
	Resize     resizeCommand      `cmd:"" help:"Resize one file with the pipeline's own imaging code."`
}

// env is what a command runs in.
type env struct {
	ctx    context.Context
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

// hinted is an error with advice.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// withHint adds what the user can do about err.
func withHint(err error, hint string) error { return hinted{error: err, hint: hint} }

// errReported ends a command whose output has already told what failed.
var errReported = errors.New("not everything succeeded")

// Run runs one command line and returns its exit code.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	exited := -1
	parser, err := kong.New(&commands{},
		kong.Name("pixline"),
		kong.Description("A serverless image pipeline for AWS, which also runs, whole, on this machine."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exited = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		fmt.Fprintln(stderr, "pixline:", err)
		return exitFailure
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 { // --help has been printed
		return exited
	}
	if err != nil {
		hint := "pixline --help lists the commands"
		if wrong, ok := errors.AsType[*kong.ParseError](err); ok && wrong.Context.Selected() != nil {
			hint = wrong.Context.Selected().FullPath() + " --help shows its flags, with examples"
		}
		return finish(stderr, withHint(usageError{err}, hint))
	}
	return finish(stderr, parsed.Run(&env{ctx: ctx, stdin: stdin, stdout: stdout, stderr: stderr}))
}

// finish tells what went wrong, and returns the exit code.
func finish(stderr io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	switch {
	case errors.Is(err, errReported):
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "pixline: interrupted")
		return exitFailure
	default:
		fmt.Fprintln(stderr, "pixline:", err)
	}
	if h, ok := errors.AsType[hinted](err); ok {
		fmt.Fprintln(stderr, "  hint:", h.hint)
	}
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	return exitFailure
}

// usageError is a wrong use of a command that its flags' types do not catch.
type usageError struct{ error }

func (u usageError) Unwrap() error { return u.error }

// writeJSON prints a document for programs and for people.
func writeJSON(w io.Writer, document any) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(document)
}

// progress draws a bar for n steps, on a terminal: it is for people. The
// function that it returns takes a step; done removes the bar.
func progress(w io.Writer, n int, what string) (step, done func()) {
	f, ok := w.(*os.File)
	if !ok || n < 2 || !term.IsTerminal(int(f.Fd())) {
		return func() {}, func() {}
	}
	bar := progressbar.NewOptions(n,
		progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what), progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(30), progressbar.OptionSetPredictTime(false), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetRenderBlankState(true))
	// A bar that cannot be drawn must not end the work.
	return func() { _ = bar.Add(1) }, func() { _ = bar.Clear() }
}
