// Command stuck is a Lambda function that does not look at its deadline, for
// the runner's tests.
package main

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	lambda.Start(func(context.Context, json.RawMessage) (any, error) {
		select {}
	})
}
