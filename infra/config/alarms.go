package config

import (
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/pixline/pixline/dashboards"
)

// maxAlarmTopics is how many topics an alarm can tell beside the stack's own.
// Source: CloudWatch API Reference, "PutMetricAlarm": 5 actions for each state.
const maxAlarmTopics = 4

// Alarms is what the key alarms holds.
type Alarms struct {
	Actions          bool               `json:"actions"`          // whether a change of state tells the topics
	Emails           []string           `json:"emails"`           // subscribers of the stack's topic
	Topics           []string           `json:"topics"`           // ARNs of others that are told
	LowTraffic       bool               `json:"lowTraffic"`       // so few invocations that each error counts
	ExpectedRequests float64            `json:"expectedRequests"` // a minute; 0: silence is no alarm
	Thresholds       map[string]float64 `json:"thresholds"`       // as dashboards.Settings has them
	Runbooks         string             `json:"runbooks"`         // the URL of their folder, with a slash at the end
}

// defaultAlarms wake nobody.
func defaultAlarms() Alarms {
	return Alarms{
		Emails: []string{}, Topics: []string{}, LowTraffic: true,
		Thresholds: map[string]float64{}, Runbooks: dashboards.DefaultRunbookURL,
	}
}

// topicARN is the ARN of a standard topic; its first group is the region.
var topicARN = regexp.MustCompile(`^arn:aws[a-z-]*:sns:([a-z0-9-]+):\d{12}:[A-Za-z0-9_-]{1,256}$`)

// check adds every problem of the key alarms but those of the thresholds, which
// the alarm table knows.
func (a Alarms) check(region string, report func(key, format string, args ...any)) {
	problem := func(field, format string, args ...any) { report("alarms", field+" "+format, args...) }
	for i, email := range a.Emails {
		address, err := mail.ParseAddress(email)
		switch {
		case err != nil || address.Address != email:
			problem("emails", "%q is no address, such as images@example.com", email)
		case slices.Contains(a.Emails[:i], email):
			problem("emails", "%q stands there twice", email)
		}
	}
	if len(a.Topics) > maxAlarmTopics {
		problem("topics", "has %d entries: an alarm tells %d beside the stack's own topic", len(a.Topics), maxAlarmTopics)
	}
	for i, topic := range a.Topics {
		parts := topicARN.FindStringSubmatch(topic)
		switch {
		case parts == nil:
			problem("topics", "%q is no ARN of a topic, such as arn:aws:sns:eu-west-1:000000000000:pager", topic)
		case region != "" && parts[1] != region:
			// "Invalid region … specified. Only … is supported", CloudWatch would say.
			problem("topics", "%q is in %s: an alarm tells topics of its own region, %s", topic, parts[1], region)
		case slices.Contains(a.Topics[:i], topic):
			problem("topics", "%q stands there twice", topic)
		}
	}
	if a.ExpectedRequests < 0 {
		problem("expectedRequests", "%v must be positive, or 0 for no such alarm", a.ExpectedRequests)
	}
	if u, err := url.Parse(a.Runbooks); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || !strings.HasSuffix(u.Path, "/") {
		problem("runbooks", "%q is no URL of a folder, such as %s", a.Runbooks, dashboards.DefaultRunbookURL)
	}
}
