package imaging

import "image"

// geometry is where a rendition's pixels come from and how many there are.
type geometry struct {
	crop          image.Rectangle // of the displayed source
	width, height int             // to which crop is scaled
	// window is the size that is cut out of that, where its place is searched
	// for; otherwise zero: all of it is the output.
	window image.Point
}

// searches says whether the position depends on the picture.
func (g geometry) searches() bool { return g.window != image.Point{} }

// size is the output's.
func (g geometry) size() image.Point {
	if g.searches() {
		return g.window
	}
	return image.Pt(g.width, g.height)
}

// plan applies the size rules documented at [Rendition] to a source of w x h, as
// displayed. All in integers, so that every machine agrees.
func (r Rendition) plan(w, h int) geometry {
	g := geometry{crop: image.Rect(0, 0, w, h), width: r.Width, height: r.Height}
	switch r.Fit {
	case Cover:
		g.crop = r.Position.place(w, h, r.Width, r.Height)
		if dx, dy := g.crop.Dx(), g.crop.Dy(); !r.Enlarge && (dx < r.Width || dy < r.Height) {
			g.width, g.height = dx, dy
		}
		if r.Position == Entropy || r.Position == Attention {
			g = g.search(w, h)
		}
	case Fill:
		if !r.Enlarge {
			g.width, g.height = min(w, r.Width), min(h, r.Height)
		}
	default:
		g.width, g.height = r.contain(w, h)
	}
	return g
}

func (r Rendition) contain(w, h int) (width, height int) {
	boxW, boxH := r.Width, r.Height
	if boxW == 0 {
		boxW = min(MaxOutputSide, MaxOutputPixels/boxH)
	}
	if boxH == 0 {
		boxH = min(MaxOutputSide, MaxOutputPixels/boxW)
	}
	if !r.Enlarge && w <= boxW && h <= boxH {
		return w, h
	}
	if int64(boxW)*int64(h) <= int64(boxH)*int64(w) { // boxW/w <= boxH/h: the width decides
		return boxW, scaled(h, boxW, w)
	}
	return scaled(w, boxH, h), boxH
}

// search returns the geometry that scales the whole source as g scales its part,
// for a search of where that part should be. A source so long that the whole would
// exceed MaxOutputPixels keeps its centre.
func (g geometry) search(w, h int) geometry {
	window := image.Pt(g.width, g.height)
	wide := max(g.width, scaled(w, g.width, g.crop.Dx()))
	high := max(g.height, scaled(h, g.height, g.crop.Dy()))
	if int64(wide)*int64(high) > MaxOutputPixels || window == image.Pt(wide, high) {
		return g
	}
	return geometry{crop: image.Rect(0, 0, w, h), width: wide, height: high, window: window}
}

// place returns the largest rectangle of aspect boxW:boxH in w x h, where the
// position wants it; in the centre, if the position is one to be searched for.
func (p Position) place(w, h, boxW, boxH int) image.Rectangle {
	cropW, cropH := w, h
	if int64(w)*int64(boxH) > int64(h)*int64(boxW) { // wider than the box
		cropW = scaled(h, boxW, boxH)
	} else {
		cropH = scaled(w, boxH, boxW)
	}
	x, y := (w-cropW)/2, (h-cropH)/2
	switch p {
	case TopLeft, Left, BottomLeft:
		x = 0
	case TopRight, Right, BottomRight:
		x = w - cropW
	}
	switch p {
	case TopLeft, Top, TopRight:
		y = 0
	case BottomLeft, Bottom, BottomRight:
		y = h - cropH
	}
	return image.Rect(x, y, x+cropW, y+cropH)
}

// scaled returns n*num/den, rounded half up, at least 1.
func scaled(n, num, den int) int {
	return int(max(1, (2*int64(n)*int64(num)+int64(den))/(2*int64(den))))
}
