// Command panic is a Lambda function with a defect, for the runner's tests.
package main

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	lambda.Start(func(context.Context, json.RawMessage) (any, error) {
		var renditions []string
		return renditions[2], nil
	})
}
