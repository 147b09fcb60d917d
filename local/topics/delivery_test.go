package topics_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/pixline/pixline/local/topics"
	"github.com/pixline/pixline/local/topics/attribute"
)

func TestQueueDelivery(t *testing.T) {
	t.Parallel()
	a := newAccount(t,
		topics.Subscription{TopicARN: doneARN, Protocol: "sqs", Endpoint: sqsARN + "inbox", FilterPolicy: `{"status":["succeeded",{"prefix":"rej"}]}`},
		topics.Subscription{TopicARN: doneARN, Protocol: "sqs", Endpoint: sqsARN + "closed", RawMessageDelivery: true, RedrivePolicy: `{"deadLetterTargetArn":"` + sqsARN + `dead"}`},
		topics.Subscription{TopicARN: doneARN, Protocol: "email", Endpoint: "ops@example.com"},
		topics.Subscription{TopicARN: doneARN, Protocol: "https", Endpoint: "https://hooks.example.com/x"},
	)
	id, err := a.topics.Publish(a.admin(t), topics.Publication{
		TopicARN: doneARN, Message: `{"default":"d & <é>","sqs":"for the queue"}`, Structure: "json", Subject: "Done",
		Attributes: map[string]attribute.Value{"status": attribute.String("succeeded")},
	})
	if err != nil {
		t.Fatal(err)
	}
	var e map[string]any
	got := a.take(t, "inbox")
	if err := json.Unmarshal([]byte(got["Body"].(string)), &e); err != nil {
		t.Fatal(err)
	}
	if e["MessageId"] != id || e["Message"] != "for the queue" || e["Subject"] != "Done" || e["Type"] != "Notification" || e["TopicArn"] != doneARN ||
		fmt.Sprint(e["MessageAttributes"]) != "map[status:map[Type:String Value:succeeded]]" {
		t.Errorf("got %v", e)
	}
	a.verify(t, e, "Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
	dead := a.take(t, "dead")
	if dead == nil || dead["Body"] != "for the queue" || !strings.Contains(fmt.Sprint(dead["MessageAttributes"]), "succeeded") {
		t.Errorf("dead letters: %v", dead)
	}
	if len(a.failures) != 1 || !a.failures[0].DeadLettered || !strings.Contains(a.failures[0].Reason, "User: sns.amazonaws.com is not authorized to perform: sqs:SendMessage") {
		t.Errorf("failures: %+v", a.failures)
	}
	if len(a.held) != 2 || a.held[0].Message != "d & <é>" {
		t.Errorf("held: %+v", a.held)
	}
	if _, err := a.topics.Publish(a.admin(t), topics.Publication{TopicARN: doneARN, Message: "x", Attributes: map[string]attribute.Value{"status": attribute.String("failed")}}); err != nil {
		t.Fatal(err)
	}
	if got := a.take(t, "inbox"); got != nil {
		t.Errorf("the filter let through %v", got)
	}
	for metric, want := range map[string]float64{topics.MetricPublished: 2, topics.MetricDelivered: 1, topics.MetricFailed: 2, topics.MetricFilteredOut: 1, topics.MetricRedriven: 2} {
		if a.metrics["done "+metric] != want {
			t.Errorf("%s: got %v, want %v", metric, a.metrics["done "+metric], want)
		}
	}
}

// verify checks a signature as a subscriber would, with the served certificate.
func (a *account) verify(t *testing.T, e map[string]any, fields ...string) {
	t.Helper()
	response, err := http.Get(e["SigningCertURL"].(string))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	block, _ := pem.Decode(text)
	if err != nil || block == nil {
		t.Fatalf("the certificate: %v, %s", err, text)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	signed := ""
	for _, field := range fields {
		signed += field + "\n" + e[field].(string) + "\n"
	}
	signature, err := base64.StdEncoding.DecodeString(e["Signature"].(string))
	sum := sha1.Sum([]byte(signed))
	if err != nil || rsa.VerifyPKCS1v15(certificate.PublicKey.(*rsa.PublicKey), crypto.SHA1, sum[:], signature) != nil {
		t.Errorf("the signature does not fit %q", signed)
	}
}

// TestHTTPDelivery: handshake, retries, dead letters, and a restart in between.
func TestHTTPDelivery(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	var mu sync.Mutex
	status, requests := 200, []map[string]any{}
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var e map[string]any
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
			t.Error(err)
		}
		e["header"] = r.Header.Get("x-amz-sns-message-type")
		mu.Lock()
		defer mu.Unlock()
		requests = append(requests, e)
		w.WriteHeader(status)
		a.changed <- struct{}{}
	}))
	defer endpoint.Close()
	count := func() int { mu.Lock(); defer mu.Unlock(); return len(requests) }
	last := func() map[string]any { mu.Lock(); defer mu.Unlock(); return requests[len(requests)-1] }
	answer := func(code int) { mu.Lock(); defer mu.Unlock(); status = code }

	_, err := a.client.Subscribe(t.Context(), &sns.SubscribeInput{
		TopicArn: aws.String(doneARN), Protocol: aws.String("http"), Endpoint: aws.String(endpoint.URL),
		Attributes: map[string]string{"RedrivePolicy": `{"deadLetterTargetArn":"` + sqsARN + `dead"}`, "DeliveryPolicy": `{"healthyRetryPolicy":{"numRetries":4,"minDelayTarget":1,"maxDelayTarget":8,"backoffFunction":"exponential"}}`},
	})
	if err != nil {
		t.Fatal(err)
	}
	a.wait(t, "the handshake", func() bool { return count() == 1 })
	handshake := last()
	if handshake["header"] != "SubscriptionConfirmation" {
		t.Fatalf("got %v", handshake)
	}
	a.verify(t, handshake, "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
	confirmation, err := http.Get(handshake["SubscribeURL"].(string))
	if err != nil || confirmation.StatusCode != 200 {
		t.Fatalf("got %v, %v", confirmation, err)
	}
	confirmation.Body.Close()

	publish := func(message string) {
		t.Helper()
		if _, err := a.topics.Publish(a.admin(t), topics.Publication{TopicARN: doneARN, Message: message}); err != nil {
			t.Fatal(err)
		}
	}
	publish("one")
	a.wait(t, "the delivery", func() bool { return a.metrics["done "+topics.MetricDelivered] == 1 })
	if last()["Message"] != "one" || last()["header"] != "Notification" {
		t.Errorf("got %v", last())
	}
	answer(503)
	publish("two")
	a.wait(t, "giving up", func() bool { return len(a.failures) == 1 })
	if count() != 2+5 || !a.failures[0].DeadLettered || !strings.Contains(a.failures[0].Reason, "after 5 attempts: the endpoint answered 503") {
		t.Errorf("%d requests, %+v", count(), a.failures)
	}
	if dead := a.take(t, "dead"); dead == nil || !strings.Contains(dead["Body"].(string), `"Message":"two"`) {
		t.Errorf("dead letters: %v", dead)
	}
	answer(404)
	publish("three")
	a.wait(t, "giving up at once", func() bool { return len(a.failures) == 2 })
	if count() != 8 {
		t.Errorf("a client-side error was tried again: %d requests", count())
	}

	// A delivery that waits when the process ends is made after the next start.
	answer(503)
	if err := a.topics.Close(); err != nil {
		t.Fatal(err)
	}
	a.options.RetryScale = 1000
	a.open(t)
	publish("four")
	a.wait(t, "the first attempt", func() bool { return count() == 9 })
	if err := a.topics.Close(); err != nil {
		t.Fatal(err)
	}
	answer(200)
	a.options.RetryScale = 0.0001
	a.open(t)
	a.wait(t, "the resumed delivery", func() bool { return a.metrics["done "+topics.MetricDelivered] == 2 })
	if last()["Message"] != "four" {
		t.Errorf("got %v", last())
	}
}
