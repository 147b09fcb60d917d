// Package focus chooses which part of an image to keep where a crop must lose some:
// the part with the most information ([Entropy]), or the one that draws the eye
// ([Attention]).
//
// Both guarantee a window within the image; the same one on every machine, since
// arithmetic is in integers; the one nearest to the centre among equals, so that an image
// in which nothing stands out is cropped as without them; and time in proportion to the
// pixels. They are meant for the small image, after scaling and before the crop. They
// do not recognise anything: no faces, no objects.
package focus

import "image"

// search looks for the best window: the one with the highest score, and of those the nearest to
// the centre, and of those the first that is offered.
type search struct {
	slackX, slackY int // the largest offsets
	found          bool
	best           int64
	distance       int // twice the distance from the centre, along the axes
	at             image.Point
}

// newSearch limits the window to the image, and returns both their sizes.
func newSearch(img *image.RGBA, w, h int) (s search, size, window image.Point) {
	size = img.Rect.Size()
	window = image.Pt(min(max(w, 1), size.X), min(max(h, 1), size.Y))
	s.slackX, s.slackY = size.X-window.X, size.Y-window.Y
	return s, size, window
}

// settled says that there is nothing to choose.
func (s *search) settled() bool { return s.slackX == 0 && s.slackY == 0 }

func (s *search) offer(x, y int, score int64) {
	d := abs(2*x-s.slackX) + abs(2*y-s.slackY)
	if !s.found || score > s.best || score == s.best && d < s.distance {
		s.found, s.best, s.distance, s.at = true, score, d, image.Pt(x, y)
	}
}

func abs(v int) int {
	if v < 0 {
		return -v
	}
	return v
}

// luma is Rec. 601's, 0 to 255, with the weights that image/color uses.
func luma(r, g, b byte) int {
	return (19595*int(r) + 38470*int(g) + 7471*int(b) + 1<<15) >> 16
}
