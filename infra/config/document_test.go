package config

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/pixline/pixline/pkg/imaging"
)

const (
	documentFile = "../../docs/config.md"
	projectFile  = "../../Pulumi.yaml"
)

// declaration is what Pulumi.yaml says of a key.
type declaration struct {
	Type        string `yaml:"type"`
	Description string `yaml:"description"`
	Default     any    `yaml:"default"`
}

// value reads the default as if a stack's file said it: every field counts.
func (d declaration) value(t *testing.T, key string) any {
	t.Helper()
	text, ok := d.Default.(string)
	if !ok {
		encoded, err := json.Marshal(d.Default)
		if err != nil {
			t.Fatal(err)
		}
		text = string(encoded)
	}
	var c Config
	target := c.keys()[key]
	if err := decode(text, target); err != nil {
		t.Errorf("%s: the default of Pulumi.yaml: %v", key, err)
	}
	return target
}

func declarations(t *testing.T) map[string]declaration {
	t.Helper()
	var project struct {
		Config map[string]declaration `yaml:"config"`
	}
	if err := yaml.Unmarshal([]byte(read(t, projectFile)), &project); err != nil {
		t.Fatal(err)
	}
	delete(project.Config, "pulumi:autonaming") // Pulumi's own
	return project.Config
}

// TestDocument holds docs/config.md and Pulumi.yaml to the code: every key,
// with its type and default, and examples that work.
func TestDocument(t *testing.T) {
	t.Parallel()
	c := defaults()
	keys := c.keys()
	declared := declarations(t)
	rows := table(t, "Key", "Type", "Default", "Meaning", "Example")
	for key, target := range keys {
		row, documented := rows[key]
		d, isDeclared := declared[key]
		if !documented || !isDeclared {
			t.Errorf("%s: in docs/config.md %t, in Pulumi.yaml %t", key, documented, isDeclared)
			continue
		}
		if kind := kindOf(target); row[1] != kind || d.Type != kind {
			t.Errorf("%s is of type %s: docs/config.md says %s, Pulumi.yaml %s", key, kind, row[1], d.Type)
		}
		if want := value(t, target); key != "renditions" && code(row[2]) != want {
			t.Errorf("%s: the default is %s, docs/config.md says %s", key, want, row[2])
		}
		if got := d.value(t, key); !reflect.DeepEqual(got, target) {
			t.Errorf("%s: the default is %s, Pulumi.yaml says %v", key, value(t, target), d.Default)
		}
		if row[3] == "" || d.Description == "" {
			t.Errorf("%s: docs/config.md and Pulumi.yaml have to say what it means", key)
		}
		got, err := load("dev", map[string]string{"aws:region": "eu-west-1", Project + ":" + key: code(row[4])})
		if err != nil {
			t.Errorf("the example of docs/config.md does not work: %v", err)
		} else if reflect.DeepEqual(got.keys()[key], target) {
			t.Errorf("%s: the example is the default", key)
		}
	}
	for _, other := range []map[string]bool{set(rows), set(declared)} {
		for key := range other {
			if _, known := keys[key]; !known {
				t.Errorf("%s is no key", key)
			}
		}
	}
	_, text, _ := strings.Cut(read(t, documentFile), "```json\n")
	text, _, _ = strings.Cut(text, "```")
	renditions, err := imaging.ParseRenditions(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c.Renditions, renditions); diff != "" {
		t.Errorf("the renditions of docs/config.md are not the default (-default +document):\n%s", diff)
	}
}

// TestFields holds the tables of fields to the types.
func TestFields(t *testing.T) {
	t.Parallel()
	want := map[string]bool{}
	for _, kind := range []reflect.Type{reflect.TypeFor[Function](), reflect.TypeFor[API](), reflect.TypeFor[Alarms](), reflect.TypeFor[imaging.Rendition](), reflect.TypeFor[Retention]()} {
		for i := range kind.NumField() {
			name, _, _ := strings.Cut(kind.Field(i).Tag.Get("json"), ",")
			want[name] = true
		}
	}
	if diff := cmp.Diff(want, set(table(t, "Field", "Meaning"))); diff != "" {
		t.Errorf("the fields of docs/config.md (-code +document):\n%s", diff)
	}
	if !strings.Contains(read(t, documentFile), "Left out: "+strconv.Itoa(imaging.DefaultQuality)+".") {
		t.Errorf("docs/config.md does not say that quality is %d where it is left out", imaging.DefaultQuality)
	}
	if limit := "at most " + strconv.Itoa(maxStackName) + " of"; !strings.Contains(read(t, documentFile), limit) {
		t.Errorf("docs/config.md does not say that a stack's name has %s …", limit)
	}
}

// table reads the rows of every table with these columns, by the first cell.
func table(t *testing.T, columns ...string) map[string][]string {
	t.Helper()
	rows := map[string][]string{}
	inside := false
	for line := range strings.Lines(read(t, documentFile)) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			inside = false
			continue
		}
		var cells []string
		for cell := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		switch {
		case slices.Equal(cells, columns):
			inside = true
		case inside && !strings.HasPrefix(cells[0], "-"):
			if len(cells) != len(columns) {
				t.Fatalf("a row has %d cells, want %d: %s", len(cells), len(columns), line)
			}
			if _, twice := rows[code(cells[0])]; twice {
				t.Errorf("%s stands in two rows", cells[0])
			}
			rows[code(cells[0])] = cells
		}
	}
	if len(rows) == 0 {
		t.Fatalf("%s has no table with the columns %v", documentFile, columns)
	}
	return rows
}

// kindOf is Pulumi's name for the type that target points to.
func kindOf(target any) string {
	switch reflect.TypeOf(target).Elem().Kind() {
	case reflect.Slice:
		return "array"
	case reflect.Struct:
		return "object"
	case reflect.Bool:
		return "boolean"
	case reflect.String:
		return "string"
	default:
		return "integer"
	}
}

// value is a default as it stands in a stack's file.
func value(t *testing.T, target any) string {
	t.Helper()
	if s, ok := target.(*string); ok {
		return *s
	}
	text, err := json.Marshal(target)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// code takes the text out of `code`.
func code(cell string) string { return strings.Trim(cell, "`") }

func set[V any](m map[string]V) map[string]bool {
	keys := map[string]bool{}
	for key := range maps.Keys(m) {
		keys[key] = true
	}
	return keys
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
