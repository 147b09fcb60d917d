package dashboards

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pixline/pixline/pkg/contract"
)

const runbooks = "../docs/runbooks"

// TestRunbooks holds the pages against the alarm table, both ways: each alarm has
// one, each is of an alarm, says what it has to, and is in the index.
func TestRunbooks(t *testing.T) {
	t.Parallel()
	wanted := map[string][]string{} // alarms by file
	for key, a := range everyAlarm(t) {
		wanted[a.Runbook] = append(wanted[a.Runbook], key)
	}
	composites, err := Composites(sample())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range composites {
		wanted[c.Runbook] = append(wanted[c.Runbook], c.Key())
	}
	index, err := os.ReadFile(filepath.Join(runbooks, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(filepath.Join(runbooks, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	var present []string
	for _, path := range pages {
		name := filepath.Base(path)
		if name == "README.md" {
			continue
		}
		present = append(present, name)
		if len(wanted[name]) == 0 {
			t.Errorf("%s is of no alarm", name)
		}
		if !strings.Contains(string(index), "]("+name+")") {
			t.Errorf("%s is not in the index", name)
		}
		page, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range wanted[name] {
			if !strings.Contains(string(page), "`"+key+"`") {
				t.Errorf("%s does not name its alarm %s", name, key)
			}
		}
		at := 0
		for _, section := range []string{"# ", "\n## What it means\n", "\n## What the user sees\n", "\n## What to look at first\n", "\n## How to mend it\n"} {
			i := strings.Index(string(page)[at:], section)
			if i < 0 {
				t.Errorf("%s has no section %q in its place", name, strings.TrimSpace(section))
				break
			}
			at += i + len(section)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if !slices.Contains(present, name) {
			t.Errorf("%v have no runbook %s", wanted[name], name)
		}
	}
}

// TestRejectionCodes holds the list against the constants: a code that it lacks
// would be on no graph.
func TestRejectionCodes(t *testing.T) {
	t.Parallel()
	codes := constants(t, "../pkg/imaging/rejection.go", "Code")
	codes = append(codes, contract.CodeBucketNotAllowed, contract.CodeKeyInOutputPrefix, contract.CodeUnsupportedSuffix, contract.CodeNotFound,
		contract.CodeKeyTooLong, contract.CodeUnknownRendition)
	listed := contract.RejectionCodes()
	slices.Sort(codes)
	slices.Sort(listed)
	if !slices.Equal(codes, listed) {
		t.Errorf("the codes are %v, the list has %v", codes, listed)
	}
}

// constants are the values of the constants of a type in a file.
func constants(t *testing.T, path, typeName string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if of, ok := spec.Type.(*ast.Ident); ok && of.Name == typeName {
			for _, v := range spec.Values {
				text, err := strconv.Unquote(v.(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				values = append(values, text)
			}
		}
		return true
	})
	return values
}
