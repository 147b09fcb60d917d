package topics

import (
	"encoding/json"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// subscription is a subscription as it is stored.
type subscription struct {
	ARN, TopicARN, Protocol, Endpoint string
	Declared                          bool
	Pending                           bool   // waits for its confirmation
	Token                             string // which confirms it
	Attributes                        map[string]string

	// What the attributes say.
	raw           bool
	filter        *filter
	deadLetterARN string
	retries       retryPolicy
	held          bool // its endpoint is not on this machine
}

var subscriptionAttributes = []string{"RawMessageDelivery", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy", "DeliveryPolicy"}

func (declared Subscription) attributes() map[string]string {
	attributes := map[string]string{
		"FilterPolicy": declared.FilterPolicy, "FilterPolicyScope": declared.FilterPolicyScope,
		"RedrivePolicy": declared.RedrivePolicy, "DeliveryPolicy": declared.DeliveryPolicy,
	}
	if declared.RawMessageDelivery {
		attributes["RawMessageDelivery"] = "true"
	}
	maps.DeleteFunc(attributes, func(_, value string) bool { return value == "" })
	return attributes
}

// newSubscription checks a subscription. Queues of the account need no
// confirmation, as at AWS.
func (s *Service) newSubscription(topicARN, protocol, endpoint string, attributes map[string]string) (*subscription, error) {
	if endpoint == "" {
		return nil, invalid("Endpoint")
	}
	sub := &subscription{
		ARN: topicARN + ":" + uuid.NewString(), TopicARN: topicARN, Protocol: protocol, Endpoint: endpoint,
		Pending: protocol != "sqs", Token: strings.ReplaceAll(uuid.NewString()+uuid.NewString(), "-", ""), Attributes: attributes,
	}
	if protocol == "sqs" && !strings.HasPrefix(endpoint, "arn:aws:sqs:") {
		return nil, invalid("SQS endpoint ARN")
	}
	if (protocol == "http" || protocol == "https") && !strings.HasPrefix(endpoint, protocol+"://") {
		return nil, invalid("Endpoint must match the specified protocol")
	}
	return sub, sub.read()
}

// read takes the attributes into what they mean.
func (sub *subscription) read() (err error) {
	for _, name := range slices.Sorted(maps.Keys(sub.Attributes)) {
		if !slices.Contains(subscriptionAttributes, name) {
			return invalid("AttributeName: %s is not known to the local runner (it knows %s)", name, strings.Join(subscriptionAttributes, ", "))
		}
	}
	web := sub.Protocol == "http" || sub.Protocol == "https"
	sub.held = sub.Protocol != "sqs" && (!web || !onLoopback(sub.Endpoint))
	switch raw := sub.Attributes["RawMessageDelivery"]; {
	case raw != "" && raw != "true" && raw != "false":
		return invalid("Attributes Reason: RawMessageDelivery: Invalid value [%s]. Must be true or false.", raw)
	case raw == "true" && !web && sub.Protocol != "sqs":
		return invalid("Attributes Reason: RawMessageDelivery: Delivery protocol [%s] does not support raw message delivery.", sub.Protocol)
	default:
		sub.raw = raw == "true"
	}
	if sub.filter, err = parseFilter(sub.Attributes["FilterPolicy"], sub.Attributes["FilterPolicyScope"]); err != nil {
		return invalid("FilterPolicy: %v", err)
	}
	if sub.Attributes["DeliveryPolicy"] != "" && !web {
		return invalid("Attributes Reason: DeliveryPolicy: it is for http and https only")
	}
	if sub.retries, err = parseDeliveryPolicy(sub.Attributes["DeliveryPolicy"]); err != nil {
		return invalid("DeliveryPolicy: %v", err)
	}
	sub.deadLetterARN = ""
	if text := sub.Attributes["RedrivePolicy"]; text != "" {
		var redrive struct {
			Target string `json:"deadLetterTargetArn"`
		}
		if err := json.Unmarshal([]byte(text), &redrive); err != nil || !strings.HasPrefix(redrive.Target, "arn:aws:sqs:") {
			return invalid("RedrivePolicy: deadLetterTargetArn must be the ARN of an SQS queue")
		}
		sub.deadLetterARN = redrive.Target
	}
	return nil
}

func onLoopback(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	if u.Hostname() == "localhost" {
		return true // the client holds that it resolves to loopback
	}
	address, err := netip.ParseAddr(u.Hostname())
	return err == nil && address.IsLoopback()
}

func loopbackAddress(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
