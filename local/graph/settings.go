package graph

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/pixline/pixline/infra/config"
)

// settings are what the Pulumi CLI would hand to the program.
type settings struct {
	config     map[string]string // values as the CLI passes them: strings bare, the rest JSON
	autonaming string            // pattern
}

func (s settings) region() string { return s.config["aws:region"] }

// readSettings reads Pulumi.yaml and Pulumi.<stack>.yaml.
func readSettings(root, stack string) (settings, error) {
	var project struct {
		Config map[string]any `yaml:"config"`
	}
	if err := readYAML(filepath.Join(root, "Pulumi.yaml"), &project); err != nil {
		return settings{}, err
	}
	var environment struct {
		Config map[string]any `yaml:"config"`
	}
	if err := readYAML(filepath.Join(root, "Pulumi."+stack+".yaml"), &environment); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return settings{}, fmt.Errorf("there is no stack %q: %w (the stacks are the files Pulumi.<stack>.yaml)", stack, err)
		}
		return settings{}, err
	}
	s := settings{config: map[string]string{}}
	for key, value := range environment.Config {
		text, err := configValue(value)
		if err != nil {
			return settings{}, fmt.Errorf("Pulumi.%s.yaml: %s: %w", stack, key, err)
		}
		s.config[key] = text
	}
	if err := config.CheckKeys(slices.Collect(maps.Keys(s.config))); err != nil {
		return settings{}, fmt.Errorf("Pulumi.%s.yaml: %w", stack, err)
	}
	var err error
	s.autonaming, err = autonamingPattern(project.Config["pulumi:autonaming"])
	return s, err
}

func readYAML(path string, v any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := yaml.Unmarshal(text, v); err != nil {
		return fmt.Errorf("read %s: %w", filepath.Base(path), err)
	}
	return nil
}

func configValue(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case map[string]any:
		if _, secret := v["secure"]; secret && len(v) == 1 {
			return "", errors.New("is a secret, which only the Pulumi CLI can decrypt; set it in plain text in a stack for local use")
		}
	}
	text, err := json.Marshal(value)
	return string(text), err
}

func autonamingPattern(setting any) (string, error) {
	outer, _ := setting.(map[string]any)
	inner, _ := outer["value"].(map[string]any)
	pattern, _ := inner["pattern"].(string)
	if pattern == "" {
		return "", errors.New("Pulumi.yaml: config.pulumi:autonaming.value.pattern is missing, such as ${project}-${stack}-${name}-${hex(6)}")
	}
	return pattern, nil
}

var hexPlace = regexp.MustCompile(`\$\{hex\((\d+)\)\}`)

// physicalName fills the autonaming pattern. The digits come from the URN, so
// that a resource keeps its name, and its data, from run to run.
func physicalName(pattern, project, stack, name, digits string) (string, error) {
	filled := strings.NewReplacer("${project}", project, "${stack}", stack, "${name}", name).Replace(pattern)
	filled = hexPlace.ReplaceAllStringFunc(filled, func(place string) string {
		var n int
		// The expression has matched a number.
		_, _ = fmt.Sscanf(place, "${hex(%d)}", &n)
		return digits[:min(n, len(digits))]
	})
	if strings.Contains(filled, "${") {
		return "", fmt.Errorf("Pulumi.yaml: the autonaming pattern %q has a place that the local runner does not know", pattern)
	}
	return filled, nil
}
