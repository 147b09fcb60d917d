// Package cli is pixline's command line: flags in, tables or JSON out, an exit
// code: 0, 1 for a failure, 2 for wrong usage.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"
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
	Demo    demoCommand    `cmd:"" help:"Start everything, process sample pictures, show what became of them, and stay up."`
	Local   localCommand   `cmd:"" help:"Run the whole pipeline on this machine."`
	Process processCommand `cmd:"" help:"Upload images where needed, and process them."`
	Status  statusCommand  `cmd:"" help:"Show one execution, stage by stage."`
	Resize  resizeCommand  `cmd:"" help:"Resize one file with the pipeline's own imaging code."`
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
func withHint(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return hinted{error: err, hint: fmt.Sprintf(format, args...)}
}

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
		kong.UsageOnError(),
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
		fmt.Fprintf(stderr, "pixline: %v\n  hint: pixline --help lists the commands, pixline COMMAND --help its flags with examples\n", err)
		return exitUsage
	}
	err = parsed.Run(&env{ctx: ctx, stdin: stdin, stdout: stdout, stderr: stderr})
	if usage, ok := errors.AsType[usageError](err); ok {
		fmt.Fprintln(stderr, "pixline:", usage)
		return exitUsage
	}
	if err == nil {
		return exitOK
	}
	if !errors.Is(err, errReported) {
		fmt.Fprintln(stderr, "pixline:", err)
	}
	if h, ok := errors.AsType[hinted](err); ok {
		fmt.Fprintln(stderr, "  hint:", h.hint)
	}
	return exitFailure
}

// usageError is a wrong use of a command that its flags' types do not catch.
type usageError struct{ error }

// isTerminal reports whether w is one: progress bars are for people.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
