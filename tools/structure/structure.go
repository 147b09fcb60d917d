// Package structure holds the repository to the shape that its design gives
// it: which module may import which, what stays free of dependencies, and how
// long a file may be. Its test is the gate.
//
// It is a module of its own, without dependencies, so that the versions which
// tools need never decide those of the code.
package structure

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Path is the prefix of every import path of the repository.
const Path = "github.com/pixline/pixline/"

const (
	pulumi    = "github.com/pulumi/"
	pulumiAWS = "github.com/pulumi/pulumi-aws/"
)

// layers say what the packages of a module may import of the others: what is
// listed, and what is below it. Imports run downwards only. The functions are
// deployed: they see pkg alone, and never each other.
var layers = map[string][]string{
	"pkg":                {},
	"dashboards":         {"pkg"},
	"functions/validate": {"pkg"},
	"functions/resize":   {"pkg"},
	"functions/notify":   {"pkg"},
	"infra":              {"dashboards", "pkg"},
	"local":              {"infra", "dashboards", "pkg"},
	"cmd/pixline":        {"local", "infra", "dashboards", "pkg"},
	// The benchmarks run what a user runs, through the command line's own client.
	"bench": {"cmd/pixline/client", "local", "infra", "dashboards", "pkg"},
	// The browser's test looks at what the runner shows, which is built from all.
	"browsertest": {"local", "pkg"},
	// The deployment's test compares what AWS has with what the graph says.
	"deploytest":      {"infra", "local/graph", "pkg"},
	"tools/structure": {},
}

// standalone packages import the standard library alone: everything else
// builds on them.
var standalone = []string{"pkg/contract", "pkg/fault"}

// Who imports Pulumi. infra is the program, local/graph evaluates it, deploytest
// drives the CLI; whoever runs one of the three has it among its dependencies.
var (
	importsPulumiAWS = []string{"infra"}
	importsPulumi    = []string{"infra", "local/graph", "deploytest"}
	runsProgram      = []string{"infra", "local", "cmd/pixline", "bench", "browsertest", "deploytest"}
)

// Package is what `go list` says of a package.
type Package struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
	Deps         []string // imported by Imports, and so on
}

// List asks the go command for every package of the workspace whose go.work is
// in root.
func List(root string) ([]Package, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	modules, err := run(root, "list", "-m", "-f", "{{.Dir}}/...")
	if err != nil {
		return nil, err
	}
	out, err := run(root, append([]string{"list", "-json=ImportPath,Imports,TestImports,XTestImports,Deps"}, strings.Fields(string(modules))...)...)
	if err != nil {
		return nil, err
	}
	var packages []Package
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p Package
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, fmt.Errorf("read the answer of go list: %w", err)
		}
		packages = append(packages, p)
	}
}

func run(root string, args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	// The rules are about all modules together, however the test itself is built.
	cmd.Env = append(os.Environ(), "GOWORK="+filepath.Join(root, "go.work"), "GOFLAGS=")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w: %s", args[0], err, stderr.String())
	}
	return out, nil
}

// Imports tells which imports the design does not allow.
func Imports(packages []Package) []string {
	var problems []string
	for _, p := range packages {
		name := strings.TrimPrefix(p.ImportPath, Path)
		module := moduleOf(name)
		allowed, known := layers[module]
		if !known {
			problems = append(problems, fmt.Sprintf("%s: the module %s has no place among the layers of tools/structure", name, module))
			continue
		}
		for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			own, ours := strings.CutPrefix(imported, Path)
			switch {
			case ours && moduleOf(own) != module && !under(own, allowed):
				problems = append(problems, fmt.Sprintf("%s imports %s: %s may import %s", name, own, module, cmp.Or(strings.Join(allowed, ", "), "nothing of ours")))
			case strings.HasPrefix(imported, pulumiAWS) && !under(name, importsPulumiAWS):
				problems = append(problems, fmt.Sprintf("%s imports %s: only infra says what AWS has", name, imported))
			case strings.HasPrefix(imported, pulumi) && !under(name, importsPulumi):
				problems = append(problems, fmt.Sprintf("%s imports %s: only %s do", name, imported, strings.Join(importsPulumi, ", ")))
			}
		}
		for _, dependency := range p.Deps {
			switch {
			case slices.Contains(standalone, name) && !standard(dependency):
				problems = append(problems, fmt.Sprintf("%s depends on %s: it may import the standard library alone", name, dependency))
			case strings.HasPrefix(dependency, pulumi) && !under(name, runsProgram):
				problems = append(problems, fmt.Sprintf("%s depends on %s, which only what runs the program may", name, dependency))
			}
		}
	}
	slices.Sort(problems)
	return slices.Compact(problems)
}

// moduleOf is the folder of the module that a package is in: the first
// element, or two where the first only groups modules.
func moduleOf(name string) string {
	parts := strings.Split(name, "/")
	if len(parts) > 1 && slices.Contains([]string{"functions", "cmd", "tools"}, parts[0]) {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

// under tells whether a package is one of these folders or below one.
func under(name string, folders []string) bool {
	return slices.ContainsFunc(folders, func(folder string) bool { return name == folder || strings.HasPrefix(name, folder+"/") })
}

// standard tells a package of the standard library: no domain begins its path.
func standard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}
