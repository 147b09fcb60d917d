package topics

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"
)

// maxRetryTime is the hard limit on a policy's total waiting.
const maxRetryTime = time.Hour

// retryPolicy is the healthyRetryPolicy of a delivery policy. Delays are in
// seconds. Source: SNS Developer Guide, "Creating an HTTP/S delivery policy".
type retryPolicy struct {
	MinDelayTarget     int    `json:"minDelayTarget"`
	MaxDelayTarget     int    `json:"maxDelayTarget"`
	NumRetries         int    `json:"numRetries"`
	NumNoDelayRetries  int    `json:"numNoDelayRetries"`
	NumMinDelayRetries int    `json:"numMinDelayRetries"`
	NumMaxDelayRetries int    `json:"numMaxDelayRetries"`
	BackoffFunction    string `json:"backoffFunction"`
}

// parseDeliveryPolicy reads a subscription's DeliveryPolicy; an empty one is
// SNS's default: three retries, 20 seconds apart.
func parseDeliveryPolicy(text string) (retryPolicy, error) {
	p := retryPolicy{MinDelayTarget: 20, MaxDelayTarget: 20, NumRetries: 3, BackoffFunction: "linear"}
	if text == "" {
		return p, nil
	}
	document := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		return p, fmt.Errorf("not a JSON object: %w", err)
	}
	for name, value := range document {
		if name != "healthyRetryPolicy" && string(value) != "null" {
			return p, fmt.Errorf("%s is not emulated by the local runner", name)
		}
	}
	if healthy := document["healthyRetryPolicy"]; healthy != nil {
		if err := json.Unmarshal(healthy, &p); err != nil {
			return p, fmt.Errorf("healthyRetryPolicy: %w", err)
		}
	}
	return p, p.check()
}

func (p retryPolicy) check() error {
	switch p.BackoffFunction {
	case "linear", "arithmetic", "geometric", "exponential":
	default:
		return fmt.Errorf("backoffFunction %q is none of linear, arithmetic, geometric, exponential", p.BackoffFunction)
	}
	switch {
	case p.NumRetries < 0 || p.NumRetries > 100:
		return errors.New("numRetries must be between 0 and 100")
	case p.MinDelayTarget < 1 || p.MaxDelayTarget < p.MinDelayTarget || p.MaxDelayTarget > 3600:
		return errors.New("delays must be 1 <= minDelayTarget <= maxDelayTarget <= 3600")
	case p.NumNoDelayRetries < 0 || p.NumMinDelayRetries < 0 || p.NumMaxDelayRetries < 0 ||
		p.NumNoDelayRetries+p.NumMinDelayRetries+p.NumMaxDelayRetries > p.NumRetries:
		return errors.New("the phases' retries must not be negative, nor more than numRetries together")
	}
	total := time.Duration(0)
	for i := range p.NumRetries {
		total += p.delay(i)
	}
	if total > maxRetryTime {
		return fmt.Errorf("the retries take %v in total, more than %v", total, maxRetryTime)
	}
	return nil
}

// delay is the wait before retry i, from 0: first without delay, then the
// least delay, then growing, then the greatest. AWS shows the backoff
// functions as curves without formulas: these have their shape and ends.
func (p retryPolicy) delay(i int) time.Duration {
	growing := p.NumRetries - p.NumNoDelayRetries - p.NumMinDelayRetries - p.NumMaxDelayRetries
	least, most := float64(p.MinDelayTarget), float64(p.MaxDelayTarget)
	step := i - p.NumNoDelayRetries - p.NumMinDelayRetries
	switch {
	case i < p.NumNoDelayRetries:
		return 0
	case step < 0:
		return inSeconds(least)
	case step >= growing:
		return inSeconds(most)
	case growing == 1:
		return inSeconds(least)
	}
	part := float64(step) / float64(growing-1)
	switch p.BackoffFunction {
	case "linear":
		return inSeconds(least + (most-least)*part)
	case "arithmetic":
		return inSeconds(least + (most-least)*part*part)
	case "geometric":
		return inSeconds(least + (most-least)*part*part*part)
	}
	return inSeconds(least * math.Pow(most/least, part))
}

func inSeconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
