package component

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
)

//go:embed templates/request.schema.json
var requestDocument string

// renditionsPlace stands in the document, which so stays valid JSON, for the
// stack's names.
const renditionsPlace = `"${RenditionNames}"`

// requestSchema is the JSON schema (draft 4, which API Gateway takes) of the body
// of POST /process. A name that the stack does not have is refused at the door.
func requestSchema(renditions []string) (string, error) {
	encoded, err := json.Marshal(renditions)
	if err != nil {
		return "", fmt.Errorf("encode the names of the renditions: %w", err)
	}
	if n := strings.Count(requestDocument, renditionsPlace); n != 1 {
		return "", fmt.Errorf("request.schema.json has %d places %s, want 1", n, renditionsPlace)
	}
	return strings.Replace(requestDocument, renditionsPlace, string(encoded), 1), nil
}
