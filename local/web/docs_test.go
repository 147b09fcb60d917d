package web

import (
	"html"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pixline/pixline/dashboards"
)

// TestDocs follows the links of the project's documents, of their pages and of the
// runbooks on the pages of alarms: none leads nowhere, here or in the repository.
func TestDocs(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	docs := os.DirFS(filepath.Join(root, "docs"))
	l := links{t: t, root: root, pages: map[string]string{}, server: serve(t, nil, func(o *Options) {
		o.Docs, o.Queries = docs, []Query{{Name: "slowest"}}
	})}
	parts := &server{options: Options{Docs: docs}}
	err := fs.WalkDir(docs, ".", func(file string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(file) != ".md" {
			return err
		}
		_, body, _ := strings.Cut(l.page(docsPath+file), "<article")
		body, _, _ = strings.Cut(body, "</article>")
		l.follow(file, body)
		if name, ok := strings.CutPrefix(file, runbooks); ok {
			part, err := parts.runbook(name)
			if err != nil {
				return err
			}
			l.follow(file+" on an alarm's page", string(part.Body))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if l.here < 100 || l.out < 3 {
		t.Errorf("%d links to pages, %d to the repository", l.here, l.out)
	}
}

// links follows links.
type links struct {
	t         *testing.T
	root      string // of the repository
	server    *httptest.Server
	pages     map[string]string // those that were read
	here, out int               // links to pages, and to the repository
}

// page is a page's text; "" is that of none.
func (l *links) page(path string) string {
	l.t.Helper()
	if body, ok := l.pages[path]; ok {
		return body
	}
	resp, err := http.Get(l.server.URL + path)
	if err != nil {
		l.t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		_, l.pages[path] = get(l.t, l.server, path, http.StatusOK)
	}
	return l.pages[path]
}

func (l *links) follow(from, body string) {
	l.t.Helper()
	repository := strings.TrimSuffix(dashboards.DefaultRunbookURL, "docs/"+runbooks)
	for _, href := range between(body, `href="`, `"`) {
		href = html.UnescapeString(href)
		address, fragment, anchored := strings.Cut(href, "#")
		switch file, ours := strings.CutPrefix(address, repository); {
		case ours:
			l.out++
			if _, err := os.Stat(filepath.Join(l.root, filepath.FromSlash(file))); err != nil {
				l.t.Errorf("%s links to %s, which the repository does not have: %v", from, href, err)
			}
		case strings.HasPrefix(address, "https://"): // somebody else's
		case !strings.HasPrefix(address, "/"):
			l.t.Errorf("%s links to %s, which depends on where it is", from, href)
		default:
			l.here++
			page := l.page(address)
			if page == "" {
				l.t.Errorf("%s links to %s, where there is no page", from, href)
			} else if anchored && !strings.Contains(page, ` id="`+fragment+`"`) {
				l.t.Errorf("%s links to %s, a page without this heading", from, href)
			}
		}
	}
}
