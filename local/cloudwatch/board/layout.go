package board

import (
	"cmp"
	"slices"

	"github.com/pixline/pixline/local/cloudwatch/scene"
)

// Sizes of the grid, in CSS pixels.
const (
	columnWidth = 60
	rowHeight   = 50
	gap         = 10 // between widgets
)

// layout knows how far down each column is taken.
type layout [gridColumns]int

// place finds a place for a widget: where it says, or the highest and leftmost
// one below all that came before it in its columns.
func (l *layout) place(b box, x, y *int) box {
	if x != nil {
		b.x = *x
	}
	if x == nil {
		for at := range gridColumns - b.width + 1 {
			if at == 0 || l.below(at, b.width) < l.below(b.x, b.width) {
				b.x = at
			}
		}
	}
	b.y = l.below(b.x, b.width)
	if y != nil {
		b.y = *y
	}
	for i := b.x; i < b.x+b.width; i++ {
		l[i] = max(l[i], b.y+b.height)
	}
	return b
}

func (l *layout) below(x, width int) int { return slices.Max(l[x : x+width]) }

func inReadingOrder(widgets []filled) []filled {
	return slices.SortedStableFunc(slices.Values(widgets), func(a, b filled) int {
		return cmp.Or(cmp.Compare(a.y, b.y), cmp.Compare(a.x, b.x))
	})
}

// size is that of a widget's drawing.
func (b box) size() (width, height float64) {
	return float64(b.width*columnWidth - gap), float64(b.height*rowHeight - gap)
}

// corner is where the drawing is in that of the whole board.
func (b box) corner() scene.Point {
	return scene.Point{X: float64(b.x*columnWidth + gap), Y: float64(b.y*rowHeight + gap)}
}
