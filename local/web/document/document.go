// Package document turns the project's documents, written in Markdown, into parts
// of a page.
package document

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/url"

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

// Read reads a document; its error holds fs.ErrNotExist where there is none. On a
// page of its own it has addresses for its headings, which begin at the second
// level. Within another page, base is where its relative links lead from, and the
// headings begin at the third level.
func Read(from fs.FS, file, base string) (Document, error) {
	source, err := fs.ReadFile(from, file)
	if err != nil {
		return Document{}, fmt.Errorf("read the document: %w", err)
	}
	// What renders leaves raw HTML out, and empties addresses that run scripts.
	options := []goldmark.Option{goldmark.WithExtensions(extension.Table)}
	if base == "" {
		options = append(options, goldmark.WithParserOptions(parser.WithAutoHeadingID()))
	}
	markdown := goldmark.New(options...)
	root := markdown.Parser().Parse(text.NewReader(source))
	d := Document{Title: title(root, source)}
	if base != "" {
		if err := within(root, base); err != nil {
			return Document{}, fmt.Errorf("the document %s: %w", file, err)
		}
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

// within fits a document into a page.
func within(root ast.Node, base string) error {
	from, err := url.Parse(base)
	if err != nil {
		return err
	}
	return ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			n.Level = min(n.Level+1, 6)
		case *ast.Link:
			to, err := url.Parse(string(n.Destination))
			if err != nil {
				return ast.WalkStop, fmt.Errorf("the link to %s: %w", n.Destination, err)
			}
			n.Destination = []byte(from.ResolveReference(to).String())
		}
		return ast.WalkContinue, nil
	})
}
