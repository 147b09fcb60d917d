package local

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	infra "github.com/pixline/pixline/infra/pipeline"
	"github.com/pixline/pixline/pkg/contract"
)

// root is the folder of Pulumi.yaml. It is read before any runner starts: the
// object store changes the working directory of the process.
var root = func() string {
	dir, err := filepath.Abs("..")
	if err != nil {
		panic(err)
	}
	return dir
}()

// pipeline is a running Runner and its clients. Only one runs at a time in a
// process: tests that start one are not parallel, their subtests may be.
type pipeline struct {
	*Runner
	s3  *s3.Client
	log *logBuffer
}

// logBuffer keeps what the runner logs.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// tryStart starts the dev stack on free ports; change may be nil.
func tryStart(t *testing.T, data string, change func(*Options)) (*pipeline, error) {
	t.Helper()
	log := &logBuffer{}
	o := Options{
		Root: root, Stack: "dev", Data: data, Addr: "127.0.0.1:0", AWSAddr: "127.0.0.1:0",
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if change != nil {
		change(&o)
	}
	r, err := Start(context.Background(), o)
	if err != nil {
		return nil, err
	}
	return &pipeline{Runner: r, log: log, s3: s3.New(s3.Options{
		BaseEndpoint: aws.String(r.AWSURL), Region: r.Graph.Region, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(AdminKey, AdminSecret, ""),
	})}, nil
}

// start starts the dev stack and stops it when the test ends.
func start(t *testing.T, change func(*Options)) *pipeline {
	t.Helper()
	p, err := tryStart(t, t.TempDir(), change)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.stop(t) })
	return p
}

func (p *pipeline) stop(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := p.Close(ctx); err != nil {
		t.Errorf("close: %v", err)
	}
	if t.Failed() {
		t.Logf("the runner's log:\n%s", p.log)
	}
}

func (p *pipeline) output(name string) string { return p.Graph.Output(name) }

// upload stores an image in the input bucket.
func (p *pipeline) upload(t *testing.T, key string, data []byte) {
	t.Helper()
	if _, err := p.s3.PutObject(context.Background(), &s3.PutObjectInput{
		Bucket: aws.String(p.output("inputBucket")), Key: &key, Body: bytes.NewReader(data),
	}); err != nil {
		t.Fatalf("upload %q: %v", key, err)
	}
}

// answer is what the API answers.
type answer struct {
	Status       int
	ExecutionID  string            `json:"executionId"`
	ExecutionARN string            `json:"executionArn"`
	StatusURL    string            `json:"statusUrl"`
	State        string            `json:"status"`
	Outcome      *contract.Outcome `json:"outcome"`
	ErrorField   json.RawMessage   `json:"error"` // a document of the API, or the name of an execution's error
	Cause        string            `json:"cause"`
	Body         string
}

// code is the code in the error document.
func (a answer) code() string {
	var document struct{ Code, Message string }
	if err := json.Unmarshal(a.ErrorField, &document); err != nil || document.Message == "" {
		return ""
	}
	return document.Code
}

// call sends a request to the API; headers are pairs.
func (p *pipeline) call(t *testing.T, method, path, body string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequest(method, p.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{Status: resp.StatusCode, Body: string(text)}
	if err := json.Unmarshal(text, &a); err != nil {
		t.Fatalf("%s %s answers %d with no JSON: %q", method, path, resp.StatusCode, text)
	}
	return a
}

// process posts a request for a key of the input bucket.
func (p *pipeline) process(t *testing.T, key string, headers ...string) answer {
	t.Helper()
	body, err := json.Marshal(contract.Request{Bucket: p.output("inputBucket"), Key: key})
	if err != nil {
		t.Fatal(err)
	}
	return p.call(t, http.MethodPost, "/process", string(body), headers...)
}

// wait follows an execution that was accepted to its end.
func (p *pipeline) wait(t *testing.T, accepted answer) answer {
	t.Helper()
	if accepted.Status != http.StatusAccepted {
		t.Fatalf("POST /process answers %d: %s", accepted.Status, accepted.Body)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	if _, err := p.states.Wait(ctx, accepted.ExecutionARN); err != nil {
		t.Fatalf("wait for %s: %v", accepted.ExecutionID, err)
	}
	return p.call(t, http.MethodGet, accepted.StatusURL, "")
}

// notifications subscribes a queue to the topic. The function that it returns
// receives what was published about an execution.
func (p *pipeline) notifications(t *testing.T) func(executionID string) contract.Outcome {
	t.Helper()
	var mu sync.Mutex
	received := map[string]contract.Outcome{}
	p.onNotification(t, p.output(infra.OutputTopicARN), func(message notification) {
		var outcome contract.Outcome
		if err := json.Unmarshal([]byte(message.Message), &outcome); err != nil {
			t.Errorf("read the outcome in a notification: %v", err)
			return
		}
		// By these a subscription filters: they say what the body says.
		for name, want := range map[string]string{contract.AttributeStatus: outcome.Status, contract.AttributeExecutionID: outcome.ExecutionID} {
			if got := message.MessageAttributes[name]; got.Type != "String" || got.Value != want {
				t.Errorf("the attribute %s of a notification is %+v, want %q", name, got, want)
			}
		}
		mu.Lock()
		defer mu.Unlock()
		received[outcome.ExecutionID] = outcome
	})
	return func(id string) contract.Outcome {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			mu.Lock()
			outcome, ok := received[id]
			mu.Unlock()
			if ok {
				return outcome
			}
		}
		t.Fatalf("no notification about %s", id)
		return contract.Outcome{}
	}
}

// notification is what SNS sends to a subscriber.
type notification struct {
	Type, SubscribeURL, Subject, Message string
	MessageAttributes                    map[string]struct{ Type, Value string }
}

// onNotification subscribes handle to a topic until the test ends.
func (p *pipeline) onNotification(t *testing.T, topicARN string, handle func(notification)) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var message notification
		if err := json.NewDecoder(r.Body).Decode(&message); err != nil {
			t.Errorf("read a notification: %v", err)
			return
		}
		if message.Type != "SubscriptionConfirmation" {
			handle(message)
			return
		}
		go func() {
			resp, err := http.Get(message.SubscribeURL)
			if err != nil {
				t.Errorf("confirm the subscription: %v", err)
				return
			}
			resp.Body.Close()
		}()
	}))
	t.Cleanup(server.Close)
	p.subscribe(t, topicARN, server.URL)
}

// subscribe subscribes an HTTP endpoint to a topic and waits until the
// subscription is confirmed.
func (p *pipeline) subscribe(t *testing.T, topicARN, url string) {
	t.Helper()
	ctx := context.Background()
	client := sns.New(sns.Options{
		BaseEndpoint: aws.String(p.AWSURL), Region: p.Graph.Region,
		Credentials: credentials.NewStaticCredentialsProvider(AdminKey, AdminSecret, ""),
	})
	topic := &topicARN
	if _, err := client.Subscribe(ctx, &sns.SubscribeInput{TopicArn: topic, Protocol: aws.String("http"), Endpoint: &url}); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		list, err := client.ListSubscriptionsByTopic(ctx, &sns.ListSubscriptionsByTopicInput{TopicArn: topic})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range list.Subscriptions {
			if aws.ToString(s.Endpoint) == url && strings.HasPrefix(aws.ToString(s.SubscriptionArn), "arn:") {
				return
			}
		}
	}
	t.Fatal("the subscription was not confirmed")
}
