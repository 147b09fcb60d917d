// Command contestant is the process in which the benchmark measures the Go
// contestants, pixline and the naive port. See package trial for what it is told.
package main

import (
	"context"
	"fmt"
	"os"
)

func main() {
	if err := serve(context.Background(), os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "contestant:", err)
		os.Exit(1)
	}
}
