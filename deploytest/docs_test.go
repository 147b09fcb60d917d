package deploytest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pixline/pixline/local/graph"
)

// TestOutputsAreDocumented: docs/deploy.md says what each output of a stack is.
func TestOutputsAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(repository, "docs", "deploy.md"))
	if err != nil {
		t.Fatal(err)
	}
	for name, e := range environments {
		g, err := graph.Evaluate(graph.Options{Root: repository, Stack: e.stack, APIURL: "http://127.0.0.1:1", AWSURL: "http://127.0.0.1:2"})
		if err != nil {
			t.Fatal(err)
		}
		for output := range g.Outputs {
			if !strings.Contains(string(text), "`"+output+"`") {
				t.Errorf("%s: docs/deploy.md does not say what the output %s is", name, output)
			}
		}
	}
}
