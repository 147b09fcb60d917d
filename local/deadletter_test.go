package local

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/pixline/pixline/pkg/contract"
)

// What an asynchronous invocation cannot do ends in the function's dead-letter
// queue, with the reason.
func TestDeadLetter(t *testing.T) {
	p := start(t, func(o *Options) { o.AsyncDelayScale = 1e-4 })
	admin := credentials.NewStaticCredentialsProvider(AdminKey, AdminSecret, "")
	var name, target string
	for _, f := range p.Graph.Of("aws:lambda/function:Function") {
		if f.Name == contract.StageValidate {
			name = f.String("name")
			target, _ = f.Inputs["deadLetterConfig"].(map[string]any)["targetArn"].(string)
		}
	}
	const event = `{"bucket": 5, "key": "a.jpg"}`
	// By hand: the SDK's client of Lambda is no dependency of this module.
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.AWSURL+"/2015-03-31/functions/"+name+"/invocations", strings.NewReader(event))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Amz-Invocation-Type", "Event")
	key, err := admin.Retrieve(ctx)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(event))
	if err := v4.NewSigner().SignHTTP(ctx, key, req, hex.EncodeToString(sum[:]), "lambda", p.Graph.Region, time.Now()); err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		var text bytes.Buffer
		_, _ = text.ReadFrom(resp.Body)
		t.Fatalf("Invoke answers %s: %s", resp.Status, &text)
	}

	queues := p.sqs()
	url, err := queues.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(target[strings.LastIndex(target, ":")+1:])})
	if err != nil {
		t.Fatal(err)
	}
	for {
		got, err := queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: url.QueueUrl, WaitTimeSeconds: 20, MessageAttributeNames: []string{"All"}})
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Messages) == 0 {
			continue
		}
		m := got.Messages[0]
		attribute := func(name string) string { return aws.ToString(m.MessageAttributes[name].StringValue) }
		if *m.Body != event || attribute("ErrorCode") != "200" || attribute("RequestID") != resp.Header.Get("X-Amzn-RequestId") || !strings.Contains(attribute("ErrorMessage"), "bucket") {
			t.Errorf("the dead letter is %s, with %q %q %q", *m.Body, attribute("ErrorCode"), attribute("RequestID"), attribute("ErrorMessage"))
		}
		return
	}
}
