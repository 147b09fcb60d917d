package structure

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const root = "../.."

func TestImports(t *testing.T) {
	t.Parallel()
	packages, err := List(root)
	if err != nil {
		t.Fatal(err)
	}
	for module := range layers {
		if !slices.ContainsFunc(packages, func(p Package) bool { return moduleOf(strings.TrimPrefix(p.ImportPath, Path)) == module }) {
			t.Errorf("the module %s of the layers has no package", module)
		}
	}
	for _, problem := range Imports(packages) {
		t.Error(problem)
	}
}

// TestImportsRefused breaks each rule.
func TestImportsRefused(t *testing.T) {
	t.Parallel()
	const pulumiSDK = "github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	for name, c := range map[string]struct {
		from  string
		p     Package
		wants string // "": allowed
	}{
		"downwards":                  {"local/graph", Package{Imports: []string{Path + "infra/pipeline", "fmt"}}, ""},
		"own module":                 {"functions/resize", Package{Imports: []string{Path + "functions/resize/handler"}}, ""},
		"upwards":                    {"pkg/imaging", Package{Imports: []string{Path + "dashboards"}}, "pkg/imaging imports dashboards: pkg may import nothing of ours"},
		"upwards in a test":          {"infra/pipeline", Package{TestImports: []string{Path + "local/graph"}}, "infra/pipeline imports local/graph"},
		"upwards in an outer test":   {"infra/pipeline", Package{XTestImports: []string{Path + "local"}}, "infra/pipeline imports local"},
		"function to function":       {"functions/resize", Package{Imports: []string{Path + "functions/notify/handler"}}, "functions/resize imports functions/notify/handler"},
		"function to infrastructure": {"functions/resize/handler", Package{Imports: []string{Path + "infra/config"}}, "functions/resize may import pkg"},
		"command":                    {"local", Package{Imports: []string{Path + "cmd/pixline/cli"}}, "local imports cmd/pixline/cli"},
		"command from benchmarks":    {"bench", Package{Imports: []string{Path + "cmd/pixline/cli"}}, "bench imports cmd/pixline/cli"},
		"client from benchmarks":     {"bench", Package{Imports: []string{Path + "cmd/pixline/client"}}, ""},
		"similar name":               {"bench", Package{Imports: []string{Path + "cmd/pixline/clients"}}, "bench imports cmd/pixline/clients"},
		"AWS outside infra":          {"local/graph", Package{Imports: []string{pulumiAWS + "sdk/v6/go/aws/s3"}}, "only infra says what AWS has"},
		"Pulumi in the graph":        {"local/graph", Package{Imports: []string{pulumiSDK}, Deps: []string{pulumiSDK}}, ""},
		"Pulumi elsewhere":           {"local/states", Package{Imports: []string{pulumiSDK}}, "only infra, local/graph, deploytest do"},
		"Pulumi in its test":         {"deploytest/deployment", Package{Imports: []string{pulumiSDK, Path + "local/graph"}}, ""},
		"runner in its test":         {"deploytest", Package{TestImports: []string{Path + "local"}}, "deploytest imports local"},
		"AWS in its test":            {"deploytest", Package{TestImports: []string{pulumiAWS + "sdk/v6/go/aws/s3"}}, "only infra says what AWS has"},
		"Pulumi in a function":       {"functions/resize", Package{Deps: []string{"fmt", pulumiSDK}}, "functions/resize depends on " + pulumiSDK},
		"standalone":                 {"pkg/fault", Package{Imports: []string{"fmt"}, Deps: []string{"fmt", "internal/abi"}, TestImports: []string{"github.com/google/go-cmp/cmp"}}, ""},
		"standalone with a module":   {"pkg/contract", Package{Deps: []string{"github.com/aws/smithy-go"}}, "pkg/contract depends on github.com/aws/smithy-go"},
		"standalone with a sibling":  {"pkg/fault", Package{Imports: []string{Path + "pkg/contract"}, Deps: []string{Path + "pkg/contract"}}, "pkg/fault depends on"},
		"new module":                 {"extra/thing", Package{}, "the module extra has no place"},
	} {
		c.p.ImportPath = Path + c.from
		problems := Imports([]Package{c.p})
		switch {
		case c.wants == "" && len(problems) > 0:
			t.Errorf("%s is refused: %v", name, problems)
		case c.wants != "" && (len(problems) != 1 || !strings.Contains(problems[0], c.wants)):
			t.Errorf("%s: %q, want %q", name, problems, c.wants)
		}
	}
}

func TestLengths(t *testing.T) {
	t.Parallel()
	problems, err := Lengths(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		t.Error(problem)
	}
}

// TestLengthsRefused has files of the most lines, and of one more.
func TestLengthsRefused(t *testing.T) {
	t.Parallel()
	lines := func(n int) *fstest.MapFile { return &fstest.MapFile{Data: []byte(strings.Repeat("\n", n))} }
	problems, err := Lengths(fstest.MapFS{
		"pkg/a/most.go":                 lines(MaxLines),
		"pkg/a/long.go":                 lines(MaxLines + 1),
		"pkg/a/long_test.go":            lines(1000),
		"pkg/a/testdata/generated.go":   lines(1000),
		"x/node_modules/y/long.go":      lines(1000),
		".cache/long.go":                lines(1000),
		"functions/resize/main.go":      lines(MaxMainLines),
		"functions/notify/main.go":      lines(MaxMainLines + 1),
		"functions/resize/handler/h.go": lines(MaxMainLines + 1),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"functions/notify/main.go has 41 lines, at most 40: one job to a file", "pkg/a/long.go has 351 lines, at most 350: one job to a file"}
	if !slices.Equal(problems, want) {
		t.Errorf("%q, want %q", problems, want)
	}
}
