package topics

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/google/uuid"

	"github.com/pixline/pixline/local/topics/attribute"
	"github.com/pixline/pixline/local/topics/queue"
)

// attemptTimeout is how long SNS waits for an endpoint's answer.
const attemptTimeout = 15 * time.Second

// delivery is an HTTP delivery as it is stored until it has succeeded or
// failed for good.
type delivery struct {
	ID              string
	SubscriptionARN string
	MessageID       string
	Type            string // Notification or SubscriptionConfirmation
	Body            string
	Raw             bool
	Attempts        int // that were made
	Attributes      map[string]attribute.Value
}

// loopbackClient reaches loopback only, whatever a name resolves to, and
// follows no redirects.
func loopbackClient() *http.Client {
	dialer := &net.Dialer{Control: func(_, address string, _ syscall.RawConn) error {
		if !loopbackAddress(address) {
			return fmt.Errorf("%s is not on loopback: the local runner delivers to this machine only", address)
		}
		return nil
	}}
	return &http.Client{
		Timeout:       attemptTimeout,
		Transport:     &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// start delivers in a goroutine that ends with Close at the latest.
func (s *Service) start(d *delivery) {
	s.work.Go(func() {
		for s.attempt(d) {
		}
	})
}

// attempt makes the next attempt, and tells whether there is another one.
func (s *Service) attempt(d *delivery) (again bool) {
	s.mu.Lock()
	found := s.subscriptions[d.SubscriptionARN]
	var sub subscription
	if found != nil {
		sub = *found
	}
	s.mu.Unlock()
	if found == nil {
		return s.end(d) // unsubscribed meanwhile
	}
	if d.Attempts > 0 {
		select {
		case <-time.After(time.Duration(float64(sub.retries.delay(d.Attempts-1)) * s.options.RetryScale)):
		case <-s.running.Done():
			return false
		}
	}
	permanent, err := s.post(sub, d)
	if s.running.Err() != nil && err != nil {
		return false // Close broke the attempt off: it does not count
	}
	d.Attempts++
	switch {
	case err == nil:
		if d.Type == "Notification" {
			s.observe(sub.TopicARN, MetricDelivered, 1)
		}
		return s.end(d)
	case permanent || d.Attempts > sub.retries.NumRetries:
		s.giveUp(sub, d, fmt.Sprintf("after %d attempts: %v", d.Attempts, err))
		return s.end(d)
	}
	if d.Type != "Notification" {
		return true // every start asks anew for confirmation
	}
	if err := s.store.put(deliveriesBucket, d.ID, d); err != nil {
		s.giveUp(sub, d, err.Error())
		return false
	}
	return true
}

// end forgets a delivery. When even that fails, the next start repeats it,
// which SNS's at-least-once delivery allows.
func (s *Service) end(d *delivery) (again bool) {
	if err := s.store.remove(deliveriesBucket, d.ID); err != nil {
		s.options.OnFailed(Failure{Time: time.Now(), MessageID: d.MessageID, Reason: err.Error()})
	}
	return false
}

// post makes one attempt. An answer of 4xx other than 429 is a client-side
// error, which SNS does not retry.
func (s *Service) post(sub subscription, d *delivery) (permanent bool, err error) {
	if d.Type == "Notification" && s.options.FailDelivery(sub.TopicARN) {
		return true, errInjected
	}
	ctx, cancel := context.WithTimeout(s.running, attemptTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, sub.Endpoint, strings.NewReader(d.Body))
	if err != nil {
		return true, fmt.Errorf("the endpoint is not a URL: %w", err)
	}
	r.Header.Set("Content-Type", "text/plain; charset=UTF-8")
	r.Header.Set("User-Agent", "Amazon Simple Notification Service Agent")
	r.Header.Set("x-amz-sns-message-type", d.Type)
	r.Header.Set("x-amz-sns-message-id", d.MessageID)
	r.Header.Set("x-amz-sns-topic-arn", sub.TopicARN)
	if d.Type == "Notification" {
		r.Header.Set("x-amz-sns-subscription-arn", sub.ARN)
	}
	if d.Raw {
		r.Header.Set("x-amz-sns-rawdelivery", "true")
	}
	response, err := s.client.Do(r)
	if err != nil {
		return false, err
	}
	defer response.Body.Close()
	// Reading the answer lets the connection be used again; what it says does
	// not matter, nor whether it ends early.
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10))
	switch status := response.StatusCode; {
	case status >= 200 && status < 300:
		return false, nil
	case status >= 400 && status < 500 && status != http.StatusTooManyRequests:
		return true, fmt.Errorf("the endpoint answered %s", response.Status)
	default:
		return false, fmt.Errorf("the endpoint answered %s", response.Status)
	}
}

// giveUp hands a failed notification to the dead-letter queue and reports it.
func (s *Service) giveUp(sub subscription, d *delivery, reason string) {
	failure := Failure{
		Time: time.Now(), TopicARN: sub.TopicARN, Protocol: sub.Protocol, Endpoint: sub.Endpoint, MessageID: d.MessageID, Reason: reason,
	}
	if d.Type == "Notification" {
		s.observe(sub.TopicARN, MetricFailed, 1)
		if sub.deadLetterARN != "" {
			_, err := s.options.Queues.Send(s.asService(context.Background(), sub.TopicARN), sub.deadLetterARN, queue.Message{Body: d.Body, Attributes: d.Attributes})
			if err == nil {
				s.observe(sub.TopicARN, MetricRedriven, 1)
				failure.DeadLettered = true
			} else {
				failure.Reason += "; and the dead-letter queue refused it: " + err.Error()
			}
		}
	}
	s.options.OnFailed(failure)
}

// askConfirmation sends an HTTP endpoint the token that confirms it. The
// service's lock is held.
func (s *Service) askConfirmation(sub *subscription) {
	if !sub.Pending || sub.held {
		return
	}
	asked := *sub
	s.work.Go(func() {
		id := uuid.NewString()
		body, err := s.signer.sign(envelope{
			Type: "SubscriptionConfirmation", MessageID: id, Token: asked.Token, TopicARN: asked.TopicARN, Timestamp: timestamp(time.Now()),
			Message:      "You have chosen to subscribe to the topic " + asked.TopicARN + ".\nTo confirm the subscription, visit the SubscribeURL included in this message.",
			SubscribeURL: s.link("ConfirmSubscription", "TopicArn", asked.TopicARN, "Token", asked.Token),
		})
		if err != nil {
			s.options.OnFailed(Failure{Time: time.Now(), TopicARN: asked.TopicARN, Protocol: asked.Protocol, Endpoint: asked.Endpoint, Reason: err.Error()})
			return
		}
		d := &delivery{ID: id, SubscriptionARN: asked.ARN, MessageID: id, Type: "SubscriptionConfirmation", Body: body}
		for s.attempt(d) {
		}
	})
}

// link is a URL that performs an action without a signature.
func (s *Service) link(action string, parameters ...string) string {
	q := url.Values{"Action": {action}}
	for i := 0; i < len(parameters); i += 2 {
		q.Set(parameters[i], parameters[i+1])
	}
	return strings.TrimSuffix(s.options.Endpoint, "/") + "/?" + q.Encode()
}
