package diagram

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestDraw draws the way of a flow with a loop, and keeps text text.
func TestDraw(t *testing.T) {
	t.Parallel()
	drawn, err := Draw(Graph{
		Title: "A flow",
		Nodes: []Node{
			{Title: `<script>&"`, Spoken: "the first", Class: "succeeded", Badge: "✓", Href: "#step-1"},
			{Title: "AStateWithAVeryLongName", Spoken: "the second", Class: "idle"},
			{Title: "C", Spoken: "the third", Class: "idle"},
		},
		Edges: []Edge{{From: 0, To: 1, Class: "next", Taken: true}, {From: 1, To: 2, Class: "choice", Label: "a < b"}, {From: 2, To: 0, Class: "choice"}, {From: 1, To: 1, Class: "catch"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	text := string(drawn)
	for _, want := range []string{
		`role="group" aria-label="A flow"`, `<a href="#step-1" aria-label="the first">`, `&lt;script&gt;&amp;&#34;`, "AStateWithAVeryLo…",
		`class="edge next taken"`, `marker-end="url(#arrow-taken)"`, `a &lt; b`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %s in %s", want, text)
		}
	}
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("it is no XML: %v in %s", err, text)
		}
	}
	if none, err := Draw(Graph{}); none != "" || err != nil {
		t.Errorf("nothing is drawn as %q, %v", none, err)
	}
}

// TestArrange lays out graphs of any shape: every edge that does not lead back
// leads down, nodes do not touch, and nothing is left of the margin.
func TestArrange(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "nodes")
		g := Graph{Nodes: make([]Node, n)}
		for to := 1; to < n; to++ { // all can be reached
			g.Edges = append(g.Edges, Edge{From: rapid.IntRange(0, to-1).Draw(t, "from"), To: to, Class: "next"})
		}
		for range rapid.IntRange(0, 8).Draw(t, "more") {
			g.Edges = append(g.Edges, Edge{From: rapid.IntRange(0, n-1).Draw(t, "a"), To: rapid.IntRange(0, n-1).Draw(t, "b"), Class: "catch"})
		}
		l := arrange(g)
		for i, route := range l.routes {
			layers := make([]int, len(route))
			for j, at := range route {
				layers[j] = l.points[at].layer
			}
			if last := len(layers) - 1; layers[last] > layers[0] && layers[last]-layers[0] != last || !slices.IsSorted(layers) && len(layers) != 2 {
				t.Fatalf("edge %d of %v goes by the layers %v", i, g.Edges, layers)
			}
		}
		for _, layer := range l.layers {
			for i, at := range layer {
				p := l.points[at]
				if p.x-p.width()/2 < margin-.01 {
					t.Fatalf("%v: a point at %f", g.Edges, p.x)
				}
				if i > 0 && p.x-l.points[layer[i-1]].x < l.distance(layer[i-1], at)-.01 {
					t.Fatalf("%v: two points at %f and %f", g.Edges, l.points[layer[i-1]].x, p.x)
				}
			}
		}
	})
}
