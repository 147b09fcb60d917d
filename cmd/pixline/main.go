// Command pixline runs the image pipeline on this machine, and talks to it
// there and on AWS.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/pixline/pixline/cmd/pixline/cli"
	"github.com/pixline/pixline/cmd/pixline/terminal"
)

func main() {
	terminal.Restore()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal ends the command cleanly; a second one ends it at once.
	context.AfterFunc(ctx, stop)
	os.Exit(cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
