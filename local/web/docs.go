package web

import (
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/pixline/pixline/dashboards"
	"github.com/pixline/pixline/local/web/document"
)

// docsPath is where the project's documents are shown, and runbooks the folder
// among them that has one for each kind of alarm.
const (
	docsPath = "/ui/docs/"
	runbooks = "runbooks/"
)

// documents are the project's.
func (s *server) documents() document.Folder {
	return document.Folder{Files: s.options.Docs, Path: docsPath, Source: strings.TrimSuffix(dashboards.DefaultRunbookURL, runbooks)}
}

// docs is the page of a document.
func (s *server) docs(w http.ResponseWriter, r *http.Request) {
	file := r.PathValue("file")
	if !fs.ValidPath(file) || path.Ext(file) != ".md" {
		s.lost(w, r, "There is no document "+file+".", "The documents are the Markdown files in the project's folder docs.")
		return
	}
	d, err := s.documents().Read(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.lost(w, r, "There is no document "+file+".", "It may have been renamed. The runbooks are listed in "+runbooks+"README.md.")
	case err != nil:
		s.fail(w, r, err)
	default:
		if d.Title == "" {
			d.Title = file
		}
		s.render(w, r, http.StatusOK, page{Name: "docs", Title: d.Title, Body: d})
	}
}

// runbook is what an alarm's page has of its runbook, which may be none.
func (s *server) runbook(file string) (document.Document, error) {
	if s.options.Docs == nil || file == "" {
		return document.Document{}, nil
	}
	d, err := s.documents().Part(runbooks + file)
	if errors.Is(err, fs.ErrNotExist) {
		return document.Document{}, nil
	}
	return d, err
}
