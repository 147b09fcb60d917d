// Command notify is the Lambda function of the last stage.
package main

import (
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/pixline/pixline/functions/notify/handler"
	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/function"
)

func main() {
	if err := function.Run(contract.StageNotify, os.Getenv, os.Stdout,
		func(e *function.Environment, services aws.Config) function.Handle[contract.Notice, contract.Outcome] {
			h := &handler.Handler{TopicARN: e.Text(contract.EnvTopicARN), Topic: sns.NewFromConfig(services), Now: time.Now}
			return h.Handle
		}); err != nil {
		os.Exit(1)
	}
}
