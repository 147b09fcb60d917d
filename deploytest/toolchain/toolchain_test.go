package toolchain

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNothingHere: all that is missing is named at once.
func TestNothingHere(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "infra"), 0o755); err != nil {
		t.Fatal(err)
	}
	module := "module example.com/infra\n\nrequire " + providerModule + " v6.1.2\n"
	if err := os.WriteFile(filepath.Join(root, "infra", "go.mod"), []byte(module), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", root)
	t.Setenv("PULUMI_HOME", root)
	t.Setenv(EnvTools, root)
	_, err := Find(root)
	if err == nil {
		t.Fatal("tools are found in an empty folder")
	}
	for _, want := range []string{"pulumi-language-go", "resource-aws-v6.1.2", EnvTools} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s: %v", want, err)
		}
	}
}
