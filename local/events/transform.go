package events

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// Transformer is an input transformer: Template is sent, with each <name> in it
// replaced by what Paths[name] finds in the event.
type Transformer struct {
	Paths    map[string]string // $.detail.name and the like
	Template string
}

var (
	dottedPath  = regexp.MustCompile(`^\$(\.[A-Za-z0-9_-]+)+$`)
	placeholder = regexp.MustCompile(`<([A-Za-z0-9_.-]+)>`)
)

// check refuses paths and placeholders that the package does not know. The
// template must be JSON once it is filled in: here, with texts.
func (t *Transformer) check() error {
	for name, path := range t.Paths {
		if !dottedPath.MatchString(path) {
			return fmt.Errorf("the local runner knows paths of names, such as $.detail.name, not %s of %s", path, name)
		}
	}
	for _, found := range placeholder.FindAllStringSubmatch(t.Template, -1) {
		if _, known := t.Paths[found[1]]; !known {
			return fmt.Errorf("the template has the placeholder %s, for which there is no path", found[0])
		}
	}
	if filled := t.apply(map[string]any{}); !json.Valid([]byte(filled)) {
		return fmt.Errorf("the template is not JSON once it is filled in: %s", filled)
	}
	return nil
}

// apply fills the template in. Within quotes a value becomes a part of the text,
// and elsewhere a JSON value; one that the event does not have is empty, or null.
// Source: EventBridge User Guide, "Amazon EventBridge input transformation".
func (t *Transformer) apply(event map[string]any) string {
	var out strings.Builder
	last := 0
	for _, at := range placeholder.FindAllStringSubmatchIndex(t.Template, -1) {
		before := t.Template[:at[0]]
		out.WriteString(t.Template[last:at[0]])
		found := find(event, t.Paths[t.Template[at[2]:at[3]]])
		out.WriteString(render(found, strings.Count(before, `"`)%2 == 1))
		last = at[1]
	}
	out.WriteString(t.Template[last:])
	return out.String()
}

func render(found any, quoted bool) string {
	if text, isText := found.(string); isText && quoted {
		encoded, _ := json.Marshal(text) // a text always can be
		return string(encoded[1 : len(encoded)-1])
	}
	if found == nil && quoted {
		return ""
	}
	encoded, _ := json.Marshal(found) // it was decoded from JSON
	return string(encoded)
}

func find(event map[string]any, path string) any {
	var found any = event
	for name := range strings.SplitSeq(strings.TrimPrefix(path, "$."), ".") {
		object, ok := found.(map[string]any)
		if !ok {
			return nil
		}
		found = object[name]
	}
	return found
}
