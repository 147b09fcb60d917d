package document

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

var folder = Folder{
	Files: fstest.MapFS{
		"config.md":          {},
		"adr/0001.md":        {},
		"runbooks/README.md": {},
		"runbooks/b.md":      {},
		"runbooks/a.md":      {Data: []byte("# An `error`\n\n## First\n\n[out](https://example.com/x) [bad](javascript:alert(1))\n\n<script>alert(1)</script> <b>x</b>\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")},
	},
	Path: "/ui/docs/", Source: "https://example.com/blob/docs/",
}

// TestRead reads a document for a page of its own and for a part of another.
func TestRead(t *testing.T) {
	t.Parallel()
	for heading, read := range map[string]func(string) (Document, error){
		`<h2 id="first">First</h2>`: folder.Read,
		"<h3>First</h3>":            folder.Part,
	} {
		d, err := read("runbooks/a.md")
		if err != nil || d.Title != "An error" {
			t.Fatalf("%q: %v", d.Title, err)
		}
		for _, want := range []string{heading, `href="https://example.com/x"`, "<table>"} {
			if !strings.Contains(string(d.Body), want) {
				t.Errorf("there is no %s in %s", want, d.Body)
			}
		}
		for _, never := range []string{"<script", "<b>", "javascript:"} {
			if strings.Contains(string(d.Body), never) {
				t.Errorf("there is %s in %s", never, d.Body)
			}
		}
		for _, file := range []string{"none.md", "../go.mod"} {
			if _, err := read(file); !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrInvalid) {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}

// TestAddress leads links to pages, or out to the repository.
func TestAddress(t *testing.T) {
	t.Parallel()
	for link, want := range map[string]string{
		"b.md#mend":                "/ui/docs/runbooks/b.md#mend",
		"../config.md":             "/ui/docs/config.md",
		"#first":                   "/ui/docs/runbooks/a.md#first",
		"../runbooks":              "/ui/docs/runbooks/README.md",
		"./":                       "/ui/docs/runbooks/README.md",
		"none.md":                  "/ui/docs/runbooks/none.md", // a page says that there is none
		"../adr/":                  "https://example.com/blob/docs/adr/",
		"../../pkg/memory.go#L7":   "https://example.com/blob/pkg/memory.go#L7",
		"../../README.md":          "https://example.com/blob/README.md",
		"../dashboards/x.svg":      "https://example.com/blob/docs/dashboards/x.svg",
		"/ui/logs?query=x":         "/ui/logs?query=x",
		"https://example.org/a.md": "https://example.org/a.md",
		"//example.org/a.md":       "//example.org/a.md",
	} {
		if got, err := folder.address("runbooks/a.md", link); err != nil || got != want {
			t.Errorf("%s leads to %s (%v), want %s", link, got, err, want)
		}
	}
}
