package structure

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// The most lines of a file, tests aside, and of a function's main.go, which
// only puts the handler and its clients together.
const (
	MaxLines     = 350
	MaxMainLines = 40
)

// Lengths tells which Go files below root are longer than they may be.
func Lengths(root fs.FS) ([]string, error) {
	var problems []string
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		if entry.IsDir() {
			// As the go command does, and npm's.
			if name != "." && (strings.HasPrefix(base, ".") || base == "testdata" || base == "node_modules") {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		most := MaxLines
		if isMain, _ := path.Match("functions/*/main.go", name); isMain {
			most = MaxMainLines
		}
		if lines := bytes.Count(text, []byte("\n")); lines > most {
			problems = append(problems, fmt.Sprintf("%s has %d lines, at most %d: one job to a file", name, lines, most))
		}
		return nil
	})
	return problems, err
}
