// Package diagram draws a directed graph as SVG, in layers from top to bottom, as
// one draws a flow: what leads to what, and which way was taken.
//
// The steps are those of Sugiyama, Tagawa and Toda, "Methods for Visual
// Understanding of Hierarchical System Structures" (1981): cycles are broken,
// nodes get layers, the order within layers is chosen to cross few edges, and
// then come the coordinates. Edges over several layers that lead to the same node
// in the same way are bundled.
package diagram

import "slices"

// Graph is what is drawn. The first node is where it starts; all others can be
// reached from it.
type Graph struct {
	Title string
	Nodes []Node
	Edges []Edge
}

// Node is a box. The colours of classes are the page's.
type Node struct {
	Title  string
	Detail string // a second line
	Badge  string // in the corner, such as ✓
	Spoken string // what a screen reader says
	Class  string
	Href   string // empty: none
}

// Edge leads from one node to another, both by their index.
type Edge struct {
	From, To int
	Label    string
	Class    string // edges of one class to one node may be bundled
	Taken    bool
}

// Sizes, in units of the picture, which are pixels at its natural size.
const (
	nodeWidth  = 168
	nodeHeight = 46
	laneWidth  = 22 // of an edge that passes a layer
	gapX       = 26
	gapY       = 46
	margin     = 14
)

// point is a place in a layer: a node, or where an edge passes.
type point struct {
	node   int // -1: an edge passes
	layer  int
	x      float64 // of the centre
	up     []int   // points in the layer above that lead here
	down   []int
	weight float64
}

func (p *point) width() float64 {
	if p.node < 0 {
		return laneWidth
	}
	return nodeWidth
}

// layout is a graph with its points.
type layout struct {
	graph  Graph
	points []*point // the nodes first
	layers [][]int  // points by layer, from left to right
	routes [][]int  // points that each edge passes, its ends included
}

// arrange lays a graph out.
func arrange(g Graph) *layout {
	l := &layout{graph: g}
	depth := depths(g)
	for i := range g.Nodes {
		l.points = append(l.points, &point{node: i, layer: depth[i], weight: 1})
	}
	type lane struct {
		to, layer int
		class     string
	}
	lanes := map[lane]int{}
	for _, e := range g.Edges {
		route := []int{e.From}
		for layer := depth[e.From] + 1; layer < depth[e.To]; layer++ {
			key := lane{e.To, layer, e.Class}
			at, shared := lanes[key]
			if !shared {
				at = len(l.points)
				lanes[key] = at
				l.points = append(l.points, &point{node: -1, layer: layer, weight: 2})
			}
			route = append(route, at)
		}
		route = append(route, e.To)
		l.routes = append(l.routes, route)
		if depth[e.To] <= depth[e.From] {
			continue // an edge back has no say in the layout
		}
		for i := 1; i < len(route); i++ {
			a, b := l.points[route[i-1]], l.points[route[i]]
			if !slices.Contains(a.down, route[i]) {
				a.down = append(a.down, route[i])
				b.up = append(b.up, route[i-1])
			}
		}
	}
	l.order()
	l.place()
	return l
}

// depths gives every node the length of the longest way to it that does not
// follow an edge back.
func depths(g Graph) []int {
	next := make([][]int, len(g.Nodes))
	for _, e := range g.Edges {
		next[e.From] = append(next[e.From], e.To)
	}
	// Depth first: an edge to a node that is still open leads back.
	const fresh, open, done = 0, 1, 2
	state := make([]int, len(g.Nodes))
	var finished []int
	forward := make([][]int, len(g.Nodes))
	var visit func(int)
	visit = func(n int) {
		state[n] = open
		for _, to := range next[n] {
			if state[to] != open {
				forward[n] = append(forward[n], to)
			}
			if state[to] == fresh {
				visit(to)
			}
		}
		state[n] = done
		finished = append(finished, n)
	}
	for n := range g.Nodes {
		if state[n] == fresh {
			visit(n)
		}
	}
	depth := make([]int, len(g.Nodes))
	for _, n := range slices.Backward(finished) {
		for _, to := range forward[n] {
			depth[to] = max(depth[to], depth[n]+1)
		}
	}
	return depth
}
