package imaging

import "image"

// geometry is where a rendition's pixels come from and how many there are.
type geometry struct {
	crop          image.Rectangle // of the displayed source
	width, height int             // of the output
}

// plan applies the size rules documented at [Rendition] to a source of w x h, as
// displayed. All in integers, so that every machine agrees.
func (r Rendition) plan(w, h int) geometry {
	g := geometry{crop: image.Rect(0, 0, w, h), width: r.Width, height: r.Height}
	switch r.Fit {
	case Cover:
		g.crop = centred(w, h, r.Width, r.Height)
		if dx, dy := g.crop.Dx(), g.crop.Dy(); !r.Enlarge && (dx < r.Width || dy < r.Height) {
			g.width, g.height = dx, dy
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

// centred returns the largest rectangle of aspect boxW:boxH in the middle of w x h.
func centred(w, h, boxW, boxH int) image.Rectangle {
	cropW, cropH := w, h
	if int64(w)*int64(boxH) > int64(h)*int64(boxW) { // wider than the box
		cropW = scaled(h, boxW, boxH)
	} else {
		cropH = scaled(w, boxH, boxW)
	}
	x, y := (w-cropW)/2, (h-cropH)/2
	return image.Rect(x, y, x+cropW, y+cropH)
}

// scaled returns n*num/den, rounded half up, at least 1.
func scaled(n, num, den int) int {
	return int(max(1, (2*int64(n)*int64(num)+int64(den))/(2*int64(den))))
}
