package diagram

import (
	"cmp"
	"slices"
)

// How often the layers are gone through, down and up, for their order and for the
// places. A state machine has tens of states: it takes no time.
const (
	sweeps   = 12
	settling = 48
)

// order chooses the order within each layer: the best that the barycentre method
// finds, from the order in which a walk along the edges meets the points.
func (l *layout) order() {
	deepest := 0
	for _, p := range l.points {
		deepest = max(deepest, p.layer)
	}
	l.layers = make([][]int, deepest+1)
	seen := make([]bool, len(l.points))
	var visit func(int)
	visit = func(at int) {
		if seen[at] {
			return
		}
		seen[at] = true
		layer := l.points[at].layer
		l.layers[layer] = append(l.layers[layer], at)
		for _, to := range l.points[at].down {
			visit(to)
		}
	}
	for at := range l.points {
		visit(at)
	}
	best, fewest := l.copyLayers(), l.crossings()
	for sweep := range sweeps {
		if sweep%2 == 0 {
			for i := 1; i < len(l.layers); i++ {
				l.sort(l.layers[i], l.layers[i-1], func(p *point) []int { return p.up })
			}
		} else {
			for i := len(l.layers) - 2; i >= 0; i-- {
				l.sort(l.layers[i], l.layers[i+1], func(p *point) []int { return p.down })
			}
		}
		if n := l.crossings(); n < fewest {
			best, fewest = l.copyLayers(), n
		}
	}
	l.layers = best
}

// sort puts each point of a layer at the middle of its neighbours in another.
func (l *layout) sort(layer, beside []int, neighbours func(*point) []int) {
	rank := ranks(beside)
	middle := map[int]float64{}
	for i, at := range layer {
		of := neighbours(l.points[at])
		if len(of) == 0 {
			middle[at] = float64(i)
			continue
		}
		for _, n := range of {
			middle[at] += float64(rank[n]) / float64(len(of))
		}
	}
	slices.SortStableFunc(layer, func(a, b int) int { return cmp.Compare(middle[a], middle[b]) })
}

func ranks(layer []int) map[int]int {
	rank := make(map[int]int, len(layer))
	for i, at := range layer {
		rank[at] = i
	}
	return rank
}

// crossings counts the pairs of edges that cross.
func (l *layout) crossings() int {
	n := 0
	for i := 1; i < len(l.layers); i++ {
		rank := ranks(l.layers[i])
		var ends []int // of the edges, from left to right by where they begin
		for _, at := range l.layers[i-1] {
			of := make([]int, 0, len(l.points[at].down))
			for _, to := range l.points[at].down {
				of = append(of, rank[to])
			}
			slices.Sort(of)
			ends = append(ends, of...)
		}
		for a := range ends {
			for b := a + 1; b < len(ends); b++ {
				if ends[a] > ends[b] {
					n++
				}
			}
		}
	}
	return n
}

func (l *layout) copyLayers() [][]int {
	layers := make([][]int, len(l.layers))
	for i, layer := range l.layers {
		layers[i] = slices.Clone(layer)
	}
	return layers
}

// place gives every point its x. A layer wants to be where its neighbours are; of
// all places that keep order and distances, it takes the nearest.
func (l *layout) place() {
	for _, layer := range l.layers {
		x := 0.0
		for i, at := range layer {
			if i > 0 {
				x += l.distance(layer[i-1], at)
			}
			l.points[at].x = x
		}
	}
	for sweep := range settling {
		for i := range l.layers {
			if sweep%2 == 1 {
				i = len(l.layers) - 1 - i
			}
			l.settle(l.layers[i], func(at int) (x, weight float64) { return l.wish(l.points[at]), l.points[at].weight })
		}
	}
	l.straighten()
	left := l.points[0].x
	for _, p := range l.points {
		left = min(left, p.x-p.width()/2)
	}
	for _, p := range l.points {
		p.x += margin - left
	}
}

// distance is how far the centres of two neighbours in a layer are apart.
func (l *layout) distance(a, b int) float64 {
	return (l.points[a].width()+l.points[b].width())/2 + gapX
}

// straighten puts nodes that go straight on below each other, where nothing is in
// the way.
func (l *layout) straighten() {
	const stiff = 100
	chain := make([]int, len(l.points)) // the first node of the chain that each is in
	for at := range l.points {
		chain[at] = at
	}
	for _, layer := range l.layers { // from the top
		for _, at := range layer {
			p := l.points[at]
			if p.node < 0 || len(p.down) == 0 {
				continue
			}
			next := l.points[p.down[0]]
			parents := slices.DeleteFunc(slices.Clone(next.up), func(up int) bool { return l.points[up].node < 0 })
			if next.node >= 0 && parents[0] == at {
				chain[p.down[0]] = chain[at]
			}
		}
	}
	for range sweeps {
		sum, count := make([]float64, len(l.points)), make([]float64, len(l.points))
		for at, first := range chain {
			sum[first], count[first] = sum[first]+l.points[at].x, count[first]+1
		}
		for _, layer := range l.layers {
			l.settle(layer, func(at int) (x, weight float64) {
				first := chain[at]
				if count[first] == 1 {
					return l.points[at].x, 1
				}
				return sum[first] / count[first], stiff
			})
		}
	}
}

// settle moves the points of a layer to where they want to be, in the sense of
// weighted least squares, by pooling those that are in each other's way.
func (l *layout) settle(layer []int, wish func(at int) (x, weight float64)) {
	type block struct{ sum, weight float64 }
	var blocks []block
	var sizes []int
	offset := make([]float64, len(layer))
	for i, at := range layer {
		if i > 0 {
			offset[i] = offset[i-1] + l.distance(layer[i-1], at)
		}
		x, weight := wish(at)
		b := block{sum: (x - offset[i]) * weight, weight: weight}
		size := 1
		for len(blocks) > 0 && blocks[len(blocks)-1].sum/blocks[len(blocks)-1].weight > b.sum/b.weight {
			last := len(blocks) - 1
			b.sum, b.weight, size = b.sum+blocks[last].sum, b.weight+blocks[last].weight, size+sizes[last]
			blocks, sizes = blocks[:last], sizes[:last]
		}
		blocks, sizes = append(blocks, b), append(sizes, size)
	}
	i := 0
	for n, b := range blocks {
		for range sizes[n] {
			l.points[layer[i]].x = b.sum/b.weight + offset[i]
			i++
		}
	}
}

// wish is where a point would be if it were alone: in the middle of those that it
// is joined to. An edge that passes straight on counts more.
func (l *layout) wish(p *point) float64 {
	sum, weight := 0.0, 0.0
	for _, of := range [][]int{p.up, p.down} {
		for i, at := range of {
			w := 1.0
			if i == 0 && p.node >= 0 && l.points[at].node >= 0 {
				w = 30 // the document's first way is the one that is hoped for: it goes straight down
			}
			if p.node < 0 && l.points[at].node < 0 {
				w = 8
			}
			sum, weight = sum+w*l.points[at].x, weight+w
		}
	}
	if weight == 0 {
		return p.x
	}
	return sum / weight
}
