package queue

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/pixline/pixline/local/awsapi"
)

// settings are a queue's attributes, read.
type settings struct {
	visibility, retention, delay, wait time.Duration
	maximumSize                        int
	deadLetterARN                      string // empty for none
	maxReceives                        int
}

type number struct {
	name                 string
	initial, least, most int
}

// numeric lists the attributes that are numbers: default and range. Source:
// SQS API Reference, SetQueueAttributes.
var numeric = []number{
	{"VisibilityTimeout", 30, 0, 43_200},
	{"MessageRetentionPeriod", 345_600, 60, 1_209_600},
	{"MaximumMessageSize", 1_048_576, 1_024, 1_048_576},
	{"DelaySeconds", 0, 0, 900},
	{"ReceiveMessageWaitTimeSeconds", 0, 0, 20},
}

// otherSettable are the attributes that are not numbers. Encryption at rest
// changes nothing that a client could see: its settings are kept and returned.
var otherSettable = []string{
	"Policy", "RedrivePolicy", "SqsManagedSseEnabled", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds",
}

func invalidValue(name, value, reason string) error {
	return awsapi.Errorf(http.StatusBadRequest, "InvalidAttributeValue", "Invalid value for the parameter %s: %s. Reason: %s", name, value, reason)
}

func (spec Spec) attributes() map[string]string {
	attributes := map[string]string{
		"DelaySeconds":                  seconds(spec.Delay),
		"ReceiveMessageWaitTimeSeconds": seconds(spec.ReceiveWait),
	}
	for name, value := range map[string]string{
		"VisibilityTimeout": seconds(spec.VisibilityTimeout), "MessageRetentionPeriod": seconds(spec.MessageRetention),
		"MaximumMessageSize": strconv.Itoa(spec.MaximumSize), "RedrivePolicy": spec.RedrivePolicy, "Policy": spec.Policy,
	} {
		if value != "0" && value != "" {
			attributes[name] = value
		}
	}
	return attributes
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d.Seconds())) }

// settings reads and checks a queue's attributes; dead-letter queues must exist.
func (s *Service) settings(attributes map[string]string) (settings, error) {
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		isNumber := slices.ContainsFunc(numeric, func(n number) bool { return n.name == name })
		switch {
		case name == "FifoQueue" || name == "ContentBasedDeduplication":
			return settings{}, invalidValue(name, attributes[name], "FIFO queues are not emulated by the local runner.")
		case !isNumber && !slices.Contains(otherSettable, name):
			return settings{}, awsapi.Errorf(http.StatusBadRequest, "InvalidAttributeName", "Unknown Attribute %s.", name)
		}
	}
	values := map[string]int{}
	for _, n := range numeric {
		values[n.name] = n.initial
		text, ok := attributes[n.name]
		if !ok {
			continue
		}
		value, err := strconv.Atoi(text)
		if err != nil || value < n.least || value > n.most {
			return settings{}, invalidValue(n.name, text, fmt.Sprintf("Must be between %d and %d.", n.least, n.most))
		}
		values[n.name] = value
	}
	read := settings{
		visibility:  time.Duration(values["VisibilityTimeout"]) * time.Second,
		retention:   time.Duration(values["MessageRetentionPeriod"]) * time.Second,
		delay:       time.Duration(values["DelaySeconds"]) * time.Second,
		wait:        time.Duration(values["ReceiveMessageWaitTimeSeconds"]) * time.Second,
		maximumSize: values["MaximumMessageSize"],
	}
	return read, s.redrive(&read, attributes["RedrivePolicy"])
}

func (s *Service) redrive(into *settings, text string) error {
	if text == "" {
		return nil
	}
	// The count is a number or a numeric string: clients write both.
	var policy struct {
		Target string      `json:"deadLetterTargetArn"`
		Count  json.Number `json:"maxReceiveCount"`
	}
	if err := json.Unmarshal([]byte(text), &policy); err != nil {
		return invalidValue("RedrivePolicy", text, "Redrive policy is not a valid JSON map.")
	}
	count, err := strconv.Atoi(policy.Count.String())
	if err != nil || count < 1 || count > 1000 {
		return invalidValue("RedrivePolicy", text, "maxReceiveCount must be between 1 and 1000.")
	}
	target := nameOfARN(policy.Target)
	if s.queues[target] == nil || s.arn(target) != policy.Target {
		return invalidValue("RedrivePolicy", text, "Dead letter target does not exist.")
	}
	into.deadLetterARN, into.maxReceives = policy.Target, count
	return nil
}
