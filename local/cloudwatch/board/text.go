package board

import (
	"bytes"
	"context"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	gmtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/pixline/pixline/local/cloudwatch/scene"
)

// markdown is a text widget.
type markdown struct {
	source string
	bare   bool
}

func parseText(o object) markdown {
	var m markdown
	if !o.take("markdown", &m.source) {
		o.problem("markdown", "is missing")
	}
	m.bare = o.choose("background", "solid", "transparent") == "transparent"
	return m
}

func (m markdown) draw(_ context.Context, r request) (picture, error) {
	source := []byte(m.source)
	language := goldmark.New(goldmark.WithExtensions(extension.Table),
		goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(links{r.Link}, 100))))
	document := language.Parser().Parse(gmtext.NewReader(source))
	var html bytes.Buffer
	// The renderer leaves HTML out and empties addresses that run scripts.
	if err := language.Renderer().Render(&html, source, document); err != nil {
		return picture{}, err
	}
	return picture{
		paint: func(l *scene.Layer, b scene.Box) { paintDocument(l, b, document, source) },
		html:  html.String(),
		bare:  m.bare,
	}, nil
}

// links is what becomes of a text's links: addresses are rewritten, CloudWatch's
// [button:text](address) and [button:primary:text](address) get a class, and an
// image, which would be a request to another host, becomes a link to it.
type links struct{ rewrite func(string) string }

// Transform is goldmark's interface.
func (t links) Transform(document *ast.Document, reader gmtext.Reader, _ parser.Context) {
	var images []*ast.Image
	source := reader.Source()
	// The walker returns no error.
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Link:
			if entering {
				t.link(n, source)
			}
		case *ast.Image:
			if entering {
				images = append(images, n)
			}
		}
		return ast.WalkContinue, nil
	})
	for _, image := range images {
		link := ast.NewLink()
		link.Destination = image.Destination
		for child := image.FirstChild(); child != nil; child = image.FirstChild() {
			link.AppendChild(link, child)
		}
		if link.ChildCount() == 0 {
			link.AppendChild(link, ast.NewString([]byte("image")))
		}
		image.Parent().ReplaceChild(image.Parent(), image, link)
	}
}

func (t links) link(n *ast.Link, source []byte) {
	if t.rewrite != nil {
		n.Destination = []byte(t.rewrite(string(n.Destination)))
	}
	first, ok := n.FirstChild().(*ast.Text)
	if !ok {
		return
	}
	words, found := strings.CutPrefix(string(first.Segment.Value(source)), "button:")
	if !found {
		return
	}
	class := "cw-button"
	if rest, primary := strings.CutPrefix(words, "primary:"); primary {
		words, class = rest, "cw-button cw-primary"
	}
	n.SetAttributeString("class", []byte(class))
	first.Segment = first.Segment.WithStart(first.Segment.Stop - len(words))
}
