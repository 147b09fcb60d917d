// Command pixline runs the image pipeline on this machine, and talks to it
// there and on AWS.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/pixline/pixline/cmd/pixline/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
