package deployment

import (
	"os"
	"path/filepath"
	"testing"

	"gopkg.in/yaml.v3"
)

// TestConfigure: a stack's own keys stay, and every service has the endpoint.
func TestConfigure(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	path := filepath.Join(root, "Pulumi.dev.yaml")
	if err := os.WriteFile(path, []byte("config:\n  aws:region: eu-west-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := configure(root, "dev", forEmulator("http://127.0.0.1:1", true)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var settings struct {
		Config struct {
			Region    string              `yaml:"aws:region"`
			PathStyle bool                `yaml:"aws:s3UsePathStyle"`
			Endpoints []map[string]string `yaml:"aws:endpoints"`
		}
	}
	if err := yaml.Unmarshal(text, &settings); err != nil {
		t.Fatal(err)
	}
	c := settings.Config
	if c.Region != "eu-west-1" || !c.PathStyle || len(c.Endpoints) != 1 || len(c.Endpoints[0]) != len(services) || c.Endpoints[0]["s3"] != "http://127.0.0.1:1" {
		t.Errorf("the stack is configured as\n%s", text)
	}
}
