package focus

import "image"

// What a pixel's score is made of, each part 0 to 255. The parts are those of libvips'
// smartcrop and of smartcrop.js: edges, saturated colours, skin. Brightness thresholds
// and the direction of skin are smartcrop.js's; the other numbers are ours.
const (
	// edgeWeight makes up for edges being lines, and colours areas.
	edgeWeight = 5
	// edgeFloor is what noise and soft texture reach.
	edgeFloor = 16
	// Darker than 5 %, a colour is not seen; darker than 20 %, skin is not recognised.
	darkest     = 13
	darkestSkin = 51
	// The direction of skin in RGB, whatever its brightness: 0.78, 0.57, 0.44, times 256.
	skinR, skinG, skinB = 200, 146, 113
	skinSquare          = skinR*skinR + skinG*skinG + skinB*skinB
	// A colour is skin where the squared cosine of the angle to it is above
	// 1 - 1/skinSharpness, 11.5 degrees. White and greys are at 13.1.
	skinSharpness = 25
)

// Attention returns the offset from img's top left of the w x h window that draws the
// eye most: the one with the largest sum of its pixels' edges (the Laplacian of luma),
// saturation and likeness to skin. Fully transparent pixels count nothing. img
// is premultiplied; w and h are limited to its size.
//
// Every offset along both axes is tried. A pixel is scored twice at most, and some
// lines of sums and luma are all the memory it needs: 32 bytes a column.
func Attention(img *image.RGBA, w, h int) image.Point {
	s, size, window := newSearch(img, w, h)
	if s.settled() {
		return image.Point{}
	}
	// Each column's sum over the rows of the window, as it moves down.
	columns := make([]int64, size.X)
	leading, trailing := newScorer(img), newScorer(img)
	for range window.Y {
		leading.next(columns, 1)
	}
	for y := 0; ; y++ {
		var sum int64
		for _, c := range columns[:window.X] {
			sum += c
		}
		s.offer(0, y, sum)
		for x := 1; x <= s.slackX; x++ {
			sum += columns[x+window.X-1] - columns[x-1]
			s.offer(x, y, sum)
		}
		if y == s.slackY {
			return s.at
		}
		trailing.next(columns, -1)
		leading.next(columns, 1)
	}
}

// scorer goes down an image and scores its pixels.
type scorer struct {
	img                *image.RGBA
	y                  int     // the row that comes next
	above, here, below []int32 // luma around it
}

func newScorer(img *image.RGBA) *scorer {
	lines := make([]int32, 3*img.Rect.Dx())
	w := img.Rect.Dx()
	s := &scorer{img: img, above: lines[:w], here: lines[w : 2*w], below: lines[2*w:]}
	s.light(s.above, 0) // the edge repeats
	s.light(s.here, 0)
	return s
}

func (s *scorer) row(y int) []byte { return s.img.Pix[y*s.img.Stride:][:4*s.img.Rect.Dx()] }

// light sets line to the luma of row y, which is 0 where it is transparent.
func (s *scorer) light(line []int32, y int) {
	row := s.row(y)
	for x := range line {
		p := row[4*x : 4*x+4 : 4*x+4]
		line[x] = 0
		if p[3] != 0 {
			line[x] = int32(luma(p[0], p[1], p[2]))
		}
	}
}

// next adds the scores of the next row, times sign, to sums.
func (s *scorer) next(sums []int64, sign int64) {
	s.light(s.below, min(s.y+1, s.img.Rect.Dy()-1))
	row, last := s.row(s.y), len(s.here)-1
	for x := range s.here {
		light := int(s.here[x])
		around := s.above[x] + s.below[x] + s.here[max(x-1, 0)] + s.here[min(x+1, last)]
		sums[x] += sign * int64(score(row[4*x:4*x+4:4*x+4], light, abs(4*light-int(around))))
	}
	s.y++
	s.above, s.here, s.below = s.here, s.below, s.above
}

// score returns how much a pixel draws the eye, from its colour, its luma and the
// Laplacian there.
func score(p []byte, light, edge int) int {
	if p[3] == 0 {
		return 0
	}
	r, g, b := int(p[0]), int(p[1]), int(p[2])
	total := edgeWeight * max(0, min(edge, 255)-edgeFloor)
	// Premultiplied colour has alpha's weight already.
	if light >= darkest {
		total += max(r, g, b) - min(r, g, b)
	}
	if light >= darkestSkin {
		total += skin(r, g, b) * int(p[3]) / 255
	}
	return total
}

// skin returns how near to skin the direction of a colour is: 255 is the same.
func skin(r, g, b int) int {
	dot := int64(r*skinR + g*skinG + b*skinB)
	square := int64(r*r+g*g+b*b) * skinSquare
	return int(max(0, 255*(skinSharpness*dot*dot-(skinSharpness-1)*square)/square))
}
