package events

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/pixline/pixline/local/access"
	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/topics"
	"github.com/pixline/pixline/local/topics/attribute"
	"github.com/pixline/pixline/local/topics/queue"
)

const servicePrincipal = "events.amazonaws.com"

// The retries: AWS goes on for 24 hours and 185 attempts, which no one waits for
// here. The waits double, from the first.
const (
	maxRetries = 5
	firstWait  = 100 * time.Millisecond
)

type target struct {
	Target
	send func(s *Service, ctx context.Context, ruleARN, targetARN, body string) error
}

func newTarget(t Target) (target, error) {
	read := target{Target: t}
	switch {
	case strings.HasPrefix(t.ARN, "arn:aws:sqs:"):
		read.send = (*Service).sendToQueue
	case strings.HasPrefix(t.ARN, "arn:aws:sns:"):
		read.send = (*Service).sendToTopic
	default:
		return read, errors.New("the local runner knows queues and topics alone")
	}
	if t.Transformer != nil {
		return read, t.Transformer.check()
	}
	return read, nil
}

func (s *Service) sendToQueue(ctx context.Context, ruleARN, targetARN, body string) error {
	ctx = access.WithPrincipal(ctx, access.Principal{Service: servicePrincipal, SourceARN: ruleARN})
	_, err := s.options.Queues.Send(ctx, targetARN, queue.Message{Body: body})
	return err
}

// sendToTopic says of no rule. Source: EventBridge User Guide, "Using
// resource-based policies": no conditions in a topic's policy; SNS Developer
// Guide, "Key management": nor in that of its key.
func (s *Service) sendToTopic(ctx context.Context, _, targetARN, body string) error {
	ctx = access.WithPrincipal(ctx, access.Principal{Service: servicePrincipal})
	_, err := s.options.Topics.Publish(ctx, topics.Publication{TopicARN: targetARN, Message: body})
	return err
}

func (s *Service) deliver(r Rule, t target, event map[string]any, text string) {
	body := text
	if t.Transformer != nil {
		body = t.Transformer.apply(event)
	}
	// Close ends the waits, not an attempt under way.
	ctx := context.WithoutCancel(s.running)
	err := t.send(s, ctx, r.ARN, t.ARN, body)
	retries, wait := 0, firstWait
	for err != nil && isTemporary(err) && retries < maxRetries && s.pause(wait) {
		retries, wait = retries+1, 2*wait
		err = t.send(s, ctx, r.ARN, t.ARN, body)
	}
	if err != nil {
		s.giveUp(ctx, r, t, text, retries, err)
	}
}

// isTemporary: EventBridge does not retry what the target refuses.
func isTemporary(err error) bool { return awsapi.As(err).Status >= http.StatusInternalServerError }

func (s *Service) pause(wait time.Duration) bool {
	select {
	case <-time.After(wait):
		return true
	case <-s.running.Done():
		return false
	}
}

// giveUp sends the event, as it was before its transformer, to the target's
// dead-letter queue. Source: EventBridge User Guide, "Using dead-letter queues to
// process undelivered events".
func (s *Service) giveUp(ctx context.Context, r Rule, t target, text string, retries int, err error) {
	refused := awsapi.As(err)
	failure := Failure{RuleARN: r.ARN, TargetARN: t.ARN, Reason: refused.Code + ": " + refused.Message}
	if t.DeadLetterARN != "" {
		why := map[string]attribute.Value{
			"RULE_ARN": attribute.String(r.ARN), "TARGET_ARN": attribute.String(t.ARN),
			"ERROR_CODE": attribute.String(refused.Code), "ERROR_MESSAGE": attribute.String(refused.Message),
		}
		if retries > 0 {
			why["EXHAUSTED_RETRY_CONDITION"] = attribute.String("MaximumRetryAttempts")
			why["RETRY_ATTEMPTS"] = attribute.String(strconv.Itoa(retries))
		}
		as := access.WithPrincipal(ctx, access.Principal{Service: servicePrincipal, SourceARN: r.ARN})
		if _, err := s.options.Queues.Send(as, t.DeadLetterARN, queue.Message{Body: text, Attributes: why}); err != nil {
			failure.Reason += fmt.Sprintf("; and the dead-letter queue refused it: %v", err)
		} else {
			failure.DeadLettered = true
		}
	}
	s.options.OnFailed(failure)
}
