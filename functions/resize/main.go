// Command resize is the Lambda function of the second stage.
package main

import (
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pixline/pixline/functions/resize/handler"
	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/function"
	"github.com/pixline/pixline/pkg/objectstore"
)

func main() {
	if err := function.Run(contract.StageResize, os.Getenv, os.Stdout,
		func(e *function.Environment, services aws.Config) function.Handle[contract.Result, contract.Result] {
			h := &handler.Handler{Config: handler.LoadConfig(e), Store: objectstore.New(services)}
			return h.Handle
		}); err != nil {
		os.Exit(1)
	}
}
