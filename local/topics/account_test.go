package topics_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"go.uber.org/goleak"

	"github.com/pixline/pixline/local/access"
	"github.com/pixline/pixline/local/topics"
	"github.com/pixline/pixline/local/topics/queue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	doneARN = "arn:aws:sns:us-east-1:000000000000:done"
	sqsARN  = "arn:aws:sqs:us-east-1:000000000000:"
)

// account is a whole one: identities, queues and topics, over HTTP.
type account struct {
	access  *access.Service
	queues  *queue.Service
	topics  *topics.Service
	client  *sns.Client
	url     string
	options topics.Options

	mu       sync.Mutex
	failures []topics.Failure
	held     []topics.Held
	metrics  map[string]float64
	changed  chan struct{}
}

func policyFor(name, source string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"%s%s","Condition":{"ArnEquals":{"aws:SourceArn":"%s"}}}}`, sqsARN, name, source)
}

func newAccount(t *testing.T, subscriptions ...topics.Subscription) *account {
	t.Helper()
	a := &account{metrics: map[string]float64{}, changed: make(chan struct{}, 1000)}
	var err error
	if a.access, err = access.New(access.Options{Account: "000000000000", Region: "us-east-1", AdminKey: "test", AdminSecret: "test"}); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { mux.ServeHTTP(w, r) }))
	a.url = server.URL
	a.queues, err = queue.Open(queue.Options{
		Dir: t.TempDir(), Endpoint: server.URL, Account: "000000000000", Region: "us-east-1", Authorize: a.access.Authorize, SetPolicy: a.access.SetResourcePolicy,
		Queues: []queue.Spec{{Name: "inbox", Policy: policyFor("inbox", doneARN)}, {Name: "dead", Policy: policyFor("dead", doneARN)}, {Name: "closed"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	a.options = topics.Options{
		Dir: t.TempDir(), Endpoint: server.URL, Account: "000000000000", Region: "us-east-1", Authorize: a.access.Authorize, SetPolicy: a.access.SetResourcePolicy,
		Queues: a.queues, Topics: []topics.Topic{{Name: "done"}}, Subscriptions: subscriptions, RetryScale: 0.0001,
		OnFailed: func(f topics.Failure) { a.record(func() { a.failures = append(a.failures, f) }) },
		OnHeld:   func(h topics.Held) { a.record(func() { a.held = append(a.held, h) }) },
		Observe:  func(topic, metric string, value float64) { a.record(func() { a.metrics[topic+" "+metric] += value }) },
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		service := a.service()
		if !service.Unsigned(r) {
			body, _ := io.ReadAll(r.Body)
			p, err := a.access.Verify(r, body)
			if err != nil {
				http.Error(w, err.Error(), http.StatusForbidden)
				return
			}
			r = r.WithContext(access.WithPrincipal(r.Context(), p))
			r.Body = io.NopCloser(strings.NewReader(string(body)))
		}
		service.ServeHTTP(w, r)
	})
	a.open(t)
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := errors.Join(a.topics.Close(), a.queues.Close()); err != nil {
			t.Error(err)
		}
		server.Close()
	})
	a.client = sns.New(sns.Options{
		Region: "us-east-1", BaseEndpoint: &server.URL, HTTPClient: &http.Client{Transport: transport},
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	return a
}

// open starts the topics, anew after a Close; requests then reach the new ones.
func (a *account) open(t *testing.T) {
	t.Helper()
	service, err := topics.Open(a.options)
	if err != nil {
		t.Fatal(err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.topics = service
}

func (a *account) service() *topics.Service {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.topics
}

func (a *account) record(change func()) {
	a.mu.Lock()
	change()
	a.mu.Unlock()
	a.changed <- struct{}{}
}

// wait looks at what was recorded until it holds.
func (a *account) wait(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for {
		a.mu.Lock()
		ok := holds()
		a.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-a.changed:
		case <-t.Context().Done():
			t.Fatalf("never: %s", what)
		case <-time.After(20 * time.Second):
			t.Fatalf("not within 20 s: %s; metrics %v, failures %+v", what, a.metrics, a.failures)
		}
	}
}

func (a *account) admin(t *testing.T) context.Context {
	return access.WithPrincipal(t.Context(), a.access.Administrator())
}

// take receives one message from a queue, as the administrator.
func (a *account) take(t *testing.T, name string) map[string]any {
	t.Helper()
	r := httptest.NewRequest("POST", "/", strings.NewReader(`{"QueueUrl":"`+a.queues.URL(name)+`","MessageAttributeNames":["All"]}`)).WithContext(a.admin(t))
	r.Header.Set("X-Amz-Target", "AmazonSQS.ReceiveMessage")
	w := httptest.NewRecorder()
	a.queues.ServeHTTP(w, r)
	var out struct{ Messages []map[string]any }
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if len(out.Messages) == 0 {
		return nil
	}
	return out.Messages[0]
}
