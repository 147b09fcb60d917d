package topics

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http"

	"github.com/google/uuid"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/topics/query"
)

const namespace = "http://sns.amazonaws.com/doc/2010-03-31/"

// maxRequest is more than a batch of 256 KiB needs once it is encoded.
const maxRequest = 4 << 20

type operation struct {
	permission string
	// resource is the parameter that names what is acted upon: a topic's ARN,
	// or empty for actions that IAM knows on "*" only.
	resource string
	run      func(*Service, context.Context, query.Form) (any, error)
}

var operations = map[string]operation{
	"CreateTopic":               {"sns:CreateTopic", "Name", (*Service).createTopic},
	"DeleteTopic":               {"sns:DeleteTopic", "TopicArn", (*Service).deleteTopic},
	"ListTopics":                {"sns:ListTopics", "", (*Service).listTopics},
	"GetTopicAttributes":        {"sns:GetTopicAttributes", "TopicArn", (*Service).getTopicAttributes},
	"SetTopicAttributes":        {"sns:SetTopicAttributes", "TopicArn", (*Service).setTopicAttributes},
	"Subscribe":                 {"sns:Subscribe", "TopicArn", (*Service).subscribe},
	"ConfirmSubscription":       {"sns:ConfirmSubscription", "TopicArn", (*Service).confirmSubscription},
	"Unsubscribe":               {"sns:Unsubscribe", "", (*Service).unsubscribe},
	"ListSubscriptions":         {"sns:ListSubscriptions", "", (*Service).listSubscriptions},
	"ListSubscriptionsByTopic":  {"sns:ListSubscriptionsByTopic", "TopicArn", (*Service).listSubscriptionsByTopic},
	"GetSubscriptionAttributes": {"sns:GetSubscriptionAttributes", "", (*Service).getSubscriptionAttributes},
	"SetSubscriptionAttributes": {"sns:SetSubscriptionAttributes", "", (*Service).setSubscriptionAttributes},
	"Publish":                   {"sns:Publish", "TopicArn", (*Service).publishForm},
	"PublishBatch":              {"sns:Publish", "TopicArn", (*Service).publishBatch},
}

// Unsigned tells that ServeHTTP answers a request without a principal: SNS's
// certificate, and the links in notifications, which confirm a subscription by
// its token or end one.
func (s *Service) Unsigned(r *http.Request) bool {
	action := r.URL.Query().Get("Action")
	return r.Method == http.MethodGet && (r.URL.Path == s.signer.path || action == "ConfirmSubscription" || action == "Unsubscribe")
}

type response struct {
	XMLName   xml.Name
	Result    *responseResult
	RequestID string `xml:"ResponseMetadata>RequestId"`
}

// responseResult is an operation's answer, within the element named after it.
type responseResult struct {
	name  string
	value any // nil for an empty element
}

// MarshalXML implements xml.Marshaler.
func (r *responseResult) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	start.Name.Local = r.name
	if r.value == nil {
		return e.EncodeElement("", start)
	}
	return e.EncodeElement(r.value, start)
}

// ServeHTTP answers SNS requests in the query protocol, for the principal in
// the request's context, and the requests that Unsigned names.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == s.signer.path {
		s.serveCertificate(w)
		return
	}
	form, err := query.Parse(w, r, maxRequest)
	if err != nil {
		awsapi.WriteQueryError(w, err)
		return
	}
	action := form.Get("Action")
	op, known := operations[action]
	if !known {
		awsapi.WriteQueryError(w, awsapi.Errorf(http.StatusBadRequest, "InvalidAction", "The local runner's SNS does not know the action %q.", action))
		return
	}
	if !s.Unsigned(r) {
		err = s.authorize(r.Context(), op, form)
	}
	var value any
	if err == nil {
		value, err = op.run(s, r.Context(), form)
	}
	if err != nil {
		awsapi.WriteQueryError(w, err)
		return
	}
	awsapi.WriteXML(w, http.StatusOK, response{
		XMLName:   xml.Name{Space: namespace, Local: action + "Response"},
		Result:    &responseResult{action + "Result", value},
		RequestID: uuid.NewString(),
	})
}

func (s *Service) authorize(ctx context.Context, op operation, form query.Form) error {
	resource := "*"
	switch op.resource {
	case "Name":
		resource = s.arn(form.Get("Name"))
	case "TopicArn":
		if resource = topicOf(form); resource == "" {
			return invalid("TopicArn Reason: no value for required parameter")
		}
	}
	return authorizationError(s.options.Authorize(withConditions(ctx, form), op.permission, resource))
}

// authorizationError gives a refusal the code that SNS gives it.
func authorizationError(err error) error {
	var refused *awsapi.Error
	if errors.As(err, &refused) && refused.Code == "AccessDenied" {
		return &awsapi.Error{Code: "AuthorizationError", Status: refused.Status, Message: refused.Message}
	}
	return err
}

func (s *Service) serveCertificate(w http.ResponseWriter) {
	key, err := s.signer.key()
	if err != nil {
		awsapi.WriteQueryError(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/x-pem-file")
	_, _ = w.Write(key.pem) // a client that went away is not an error of ours
}
