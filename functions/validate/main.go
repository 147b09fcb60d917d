// Command validate is the Lambda function of the first stage.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/pixline/pixline/functions/validate/handler"
	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/objectstore"
	"github.com/pixline/pixline/pkg/telemetry"
)

func main() {
	c, err := handler.LoadConfig(os.Getenv)
	if err != nil {
		fail(err)
	}
	aws, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		fail(err)
	}
	h := &handler.Handler{Config: c, Store: objectstore.New(aws)}
	t := telemetry.New(contract.StageValidate, os.Getenv(contract.EnvMetricsNamespace), os.Stdout)
	lambda.Start(telemetry.Wrap(t, h.Handle))
}

func fail(err error) {
	slog.New(slog.NewJSONHandler(os.Stdout, nil)).Error("the function cannot start", "error", err)
	os.Exit(1)
}
