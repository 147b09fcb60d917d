package document

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// TestRead reads a document for a page of its own and for a part of another.
func TestRead(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"runbooks/a.md": {Data: []byte("# An `error`\n\n## First\n\n[b](b.md#mend) [up](../config.md) [out](https://example.com/x) [bad](javascript:alert(1))\n\n<script>alert(1)</script> <b>x</b>\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")}}
	for base, wants := range map[string][]string{
		"":                   {`<h2 id="first">First</h2>`, `href="b.md#mend"`, `href="../config.md"`, `href="https://example.com/x"`, "<table>"},
		"/ui/docs/runbooks/": {"<h3>First</h3>", `href="/ui/docs/runbooks/b.md#mend"`, `href="/ui/docs/config.md"`, `href="https://example.com/x"`, "<table>"},
	} {
		d, err := Read(files, "runbooks/a.md", base)
		if err != nil || d.Title != "An error" {
			t.Fatalf("%q: %v", d.Title, err)
		}
		for _, want := range wants {
			if !strings.Contains(string(d.Body), want) {
				t.Errorf("from %q there is no %s in %s", base, want, d.Body)
			}
		}
		for _, never := range []string{"<script", "<b>", "javascript:"} {
			if strings.Contains(string(d.Body), never) {
				t.Errorf("from %q there is %s in %s", base, never, d.Body)
			}
		}
	}
	for _, file := range []string{"none.md", "../go.mod"} {
		if _, err := Read(files, file, ""); !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%s: %v", file, err)
		}
	}
}
