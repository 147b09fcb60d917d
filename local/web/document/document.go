// Package document turns the project's documents, written in Markdown, into parts
// of a page.
package document

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// Document is a document for a page. The zero value is none.
type Document struct {
	Title string // plain text
	Body  template.HTML
}

// Folder is a folder of documents.
type Folder struct {
	Files  fs.FS
	Path   string // below which its documents are pages, such as /ui/docs/
	Source string // where the folder is in the repository, such as https://github.com/…/docs/
}

// Read reads a document for a page of its own: its headings have addresses, and
// begin at the second level. The error holds fs.ErrNotExist where there is none.
func (f Folder) Read(file string) (Document, error) {
	return f.read(file, 0, parser.WithAutoHeadingID())
}

// Part reads a document for a part of another page, as Read does: its headings
// have no addresses, and begin at the third level.
func (f Folder) Part(file string) (Document, error) { return f.read(file, 1) }

func (f Folder) read(file string, lower int, options ...parser.Option) (Document, error) {
	source, err := fs.ReadFile(f.Files, file)
	if err != nil {
		return Document{}, fmt.Errorf("read the document: %w", err)
	}
	// What renders leaves raw HTML out, and empties addresses that run scripts.
	markdown := goldmark.New(goldmark.WithExtensions(extension.Table), goldmark.WithParserOptions(options...))
	root := markdown.Parser().Parse(text.NewReader(source))
	d := Document{Title: title(root, source)}
	if err := f.fit(root, file, lower); err != nil {
		return Document{}, fmt.Errorf("the document %s: %w", file, err)
	}
	var out bytes.Buffer
	if err := markdown.Renderer().Render(&out, source, root); err != nil {
		return Document{}, fmt.Errorf("write the document %s: %w", file, err)
	}
	d.Body = template.HTML(out.String()) //nolint:gosec // as said above
	return d, nil
}

// title takes the title out of a document.
func title(root ast.Node, source []byte) string {
	first, ok := root.FirstChild().(*ast.Heading)
	if !ok || first.Level != 1 {
		return ""
	}
	root.RemoveChild(root, first)
	return plain(first, source)
}

func plain(n ast.Node, source []byte) string {
	if t, ok := n.(*ast.Text); ok {
		return string(t.Segment.Value(source))
	}
	var b bytes.Buffer
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		b.WriteString(plain(child, source))
	}
	return b.String()
}

// fit fits a document into a page.
func (f Folder) fit(root ast.Node, file string, lower int) error {
	return ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			n.Level = min(n.Level+lower, 6)
		case *ast.Link:
			address, err := f.address(file, string(n.Destination))
			if err != nil {
				return ast.WalkStop, fmt.Errorf("the link to %s: %w", n.Destination, err)
			}
			n.Destination = []byte(address)
		}
		return ast.WalkContinue, nil
	})
}
