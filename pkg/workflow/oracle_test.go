package workflow

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestASLValidator holds the document against npm's asl-validator, and the
// validator against a broken document, so that it cannot pass by accident.
func TestASLValidator(t *testing.T) {
	t.Parallel()
	const dir = "testdata/oracle"
	if _, err := os.Stat(dir + "/node_modules/asl-validator"); err != nil {
		if os.Getenv("PIXLINE_REQUIRE_ORACLES") == "1" {
			t.Fatal(err)
		}
		t.Skip("asl-validator is not installed; run `npm ci` in pkg/workflow/" + dir)
	}
	f := func(name string) Function {
		return Function{ARN: "arn:aws:lambda:eu-west-1:000000000000:function:" + name, TaskTimeout: 15 * time.Second}
	}
	rendered, err := Render(Functions{f("validate"), f("resize"), f("notify")}, 10*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if valid, problems := aslValidate(t, dir, rendered); !valid {
		t.Errorf("asl-validator: %s", problems)
	}
	for what, broken := range map[string]string{
		"a state that does not exist":         strings.Replace(rendered, `"Next": "IsAccepted"`, `"Next": "Nowhere"`, 1),
		"a field of the other query language": strings.Replace(rendered, `"Type": "Succeed"`, `"Type": "Succeed", "InputPath": "$.x"`, 1),
	} {
		if valid, _ := aslValidate(t, dir, broken); valid {
			t.Errorf("asl-validator accepts %s", what)
		}
	}
}

func aslValidate(t *testing.T, dir, document string) (bool, string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", "validate.mjs")
	cmd.Dir = dir
	cmd.Stdin = strings.NewReader(document)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	var answer struct {
		IsValid bool            `json:"isValid"`
		Errors  json.RawMessage `json:"errors"`
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return answer.IsValid, string(answer.Errors)
}
