package asl

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/pixline/pixline/local/states/query"
)

// parameters are the arguments of each task; the first are required.
var parameters = map[string]struct{ required, optional []string }{
	LambdaInvoke: {
		required: []string{"FunctionName"},
		optional: []string{"Payload", "InvocationType", "Qualifier", "LogType", "ClientContext"},
	},
	SNSPublish: {
		required: []string{"Message"},
		optional: []string{
			"TopicArn", "TargetArn", "PhoneNumber", "Subject", "MessageAttributes", "MessageStructure",
			"MessageGroupId", "MessageDeduplicationId",
		},
	},
}

func (c *checker) task(o *object, s *State) {
	s.Resource, _ = o.requireText("Resource")
	at := o.at.field("Resource")
	_, known := parameters[s.Resource]
	switch {
	case s.Resource == "" || known:
	case strings.HasSuffix(s.Resource, ".sync"), strings.HasSuffix(s.Resource, ".sync:2"), strings.HasSuffix(s.Resource, ".waitForTaskToken"):
		c.add(at, "%s: the patterns .sync and .waitForTaskToken are not supported by the local runner", s.Resource)
	default:
		c.add(at, "%s is not supported by the local runner, which performs %s and %s", s.Resource, LambdaInvoke, SNSPublish)
	}
	s.Arguments = o.optionalTemplate("Arguments", inputOnly)
	if raw, ok := o.take("Arguments"); ok && known {
		c.arguments(o.at.field("Arguments"), s.Resource, raw, s.Arguments)
	}
	s.TimeoutSeconds = o.countOrExpression("TimeoutSeconds", 1)
	s.HeartbeatSeconds = o.countOrExpression("HeartbeatSeconds", 1)
	if s.TimeoutSeconds != nil && s.HeartbeatSeconds != nil {
		timeout, fixed := s.TimeoutSeconds.Fixed()
		heartbeat, both := s.HeartbeatSeconds.Fixed()
		if fixed && both && timeout <= heartbeat {
			c.add(o.at.field("TimeoutSeconds"), "must be greater than HeartbeatSeconds")
		}
	}
}

// arguments checks the names that a task's arguments have, where they are
// written out and not computed as a whole.
func (c *checker) arguments(at place, resource string, raw json.RawMessage, t *query.Template) {
	if _, computed := t.Expression(); computed {
		return
	}
	o, ok := c.object(at, raw)
	if !ok {
		return
	}
	p := parameters[resource]
	for _, name := range p.required {
		o.require(name)
	}
	for _, m := range o.members {
		if !slices.Contains(p.required, m.Name) && !slices.Contains(p.optional, m.Name) {
			c.add(at.field(m.Name), "is not an argument of %s", resource)
		}
	}
	if resource == SNSPublish {
		given := 0
		for _, name := range []string{"TopicArn", "TargetArn", "PhoneNumber"} {
			if _, ok := o.take(name); ok {
				given++
			}
		}
		if given != 1 {
			c.add(at, "must have exactly one of TopicArn, TargetArn and PhoneNumber")
		}
	}
}
