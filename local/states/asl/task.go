package asl

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/pixline/pixline/local/states/query"
)

// parameters are the arguments of each task. The unsupported ones are AWS's too,
// but nothing here acts on them: left out, they would change what a task does.
var parameters = map[string]struct{ required, optional, unsupported []string }{
	LambdaInvoke: {
		required:    []string{"FunctionName"},
		optional:    []string{"Payload"},
		unsupported: []string{"InvocationType", "Qualifier", "LogType", "ClientContext"},
	},
	SNSPublish: {
		required:    []string{"TopicArn", "Message"},
		optional:    []string{"Subject", "MessageAttributes", "MessageStructure"},
		unsupported: []string{"TargetArn", "PhoneNumber", "MessageGroupId", "MessageDeduplicationId"},
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
		switch {
		case slices.Contains(p.required, m.Name), slices.Contains(p.optional, m.Name):
		case slices.Contains(p.unsupported, m.Name):
			c.add(at.field(m.Name), "this argument of %s is not supported by the local runner", resource)
		default:
			c.add(at.field(m.Name), "is not an argument of %s", resource)
		}
	}
}
