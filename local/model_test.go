package local

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/pixline/pixline/local/graph"
)

// acceptedKeywords are those of JSON Schema draft 4 that the model may use.
// API Gateway takes draft 4, without exclusiveMinimum, discriminator, example,
// readOnly, and the numeric formats int32 and int64; a $ref must be the address
// of another model. oneOf and anyOf are left out because its clients' generator
// does not know them.
// Source: API Gateway Developer Guide, "Amazon API Gateway important notes".
var acceptedKeywords = []string{
	"$schema", "title", "description", "type", "enum", "properties", "required", "additionalProperties", "items",
	"minItems", "maxItems", "uniqueItems", "minLength", "maxLength", "pattern", "minimum", "maximum",
}

// TestModels: every model of every environment is a JSON Schema of draft 4, and
// uses nothing of it that API Gateway does not take.
func TestModels(t *testing.T) {
	t.Parallel()
	meta, err := jsonschema.NewCompiler().Compile(metaschemaURL) // built in
	if err != nil {
		t.Fatal(err)
	}
	for _, stack := range []string{"dev", "staging", "prod"} {
		g, err := graph.Evaluate(graph.Options{Root: root, Stack: stack, APIURL: "http://127.0.0.1:1", AWSURL: "http://127.0.0.1:2"})
		if err != nil {
			t.Fatal(err)
		}
		models := g.Of(apiPackage + "model:Model")
		if len(models) == 0 {
			t.Fatalf("%s: there is no model", stack)
		}
		for _, m := range models {
			schema, err := jsonschema.UnmarshalJSON(strings.NewReader(m.String("schema")))
			if err != nil {
				t.Fatalf("%s: %s: %v", stack, m.Name, err)
			}
			if named := schema.(map[string]any)["$schema"]; named != metaschemaURL {
				t.Errorf("%s: %s names the metaschema %v, want %s", stack, m.Name, named, metaschemaURL)
			}
			if err := meta.Validate(schema); err != nil {
				t.Errorf("%s: %s is no schema of draft 4: %v", stack, m.Name, err)
			}
			for _, keyword := range keywords(schema) {
				if !slices.Contains(acceptedKeywords, keyword) {
					t.Errorf("%s: %s uses %s, which API Gateway does not take", stack, m.Name, keyword)
				}
			}
			if strings.Contains(m.String("schema"), "*/") {
				t.Errorf("%s: %s holds */, which ends a comment in the SDKs that API Gateway generates", stack, m.Name)
			}
		}
	}
	// The check can fail.
	for _, bad := range []string{`{"required": []}`, `{"required": true}`, `{"minimum": 1, "exclusiveMinimum": 1}`, `{"type": "objekt"}`} {
		var schema any
		if err := json.Unmarshal([]byte(bad), &schema); err != nil {
			t.Fatal(err)
		}
		if meta.Validate(schema) == nil {
			t.Errorf("%s passes for draft 4", bad)
		}
	}
}

const metaschemaURL = "http://json-schema.org/draft-04/schema#"

// keywords are the keywords of a schema and of those within it.
func keywords(schema any) []string {
	var found []string
	object, _ := schema.(map[string]any)
	for keyword, value := range object {
		found = append(found, keyword)
		switch keyword {
		case "properties":
			for _, property := range value.(map[string]any) {
				found = append(found, keywords(property)...)
			}
		case "items", "additionalProperties":
			found = append(found, keywords(value)...)
		}
	}
	return found
}
