package imaging

import "image"

// swapsSides says whether an orientation shows width as height.
func swapsSides(orientation int) bool { return orientation >= 5 }

// mirrors says which axes of the stored image an orientation (CIPA DC-008, tag
// 0x0112: what the stored row 0 and column 0 are in the display) runs through backwards.
func mirrors(orientation int) (x, y bool) {
	switch orientation {
	case 2, 8:
		return true, false
	case 3, 7:
		return true, true
	case 4, 6:
		return false, true
	}
	return false, false
}

// storedRect returns where a part of the display is stored in an image of w x h, as stored.
func storedRect(r image.Rectangle, orientation, w, h int) image.Rectangle {
	if swapsSides(orientation) {
		r = image.Rect(r.Min.Y, r.Min.X, r.Max.Y, r.Max.X)
	}
	x, y := mirrors(orientation)
	if x {
		r.Min.X, r.Max.X = w-r.Max.X, w-r.Min.X
	}
	if y {
		r.Min.Y, r.Max.Y = h-r.Max.Y, h-r.Min.Y
	}
	return r
}

// orient turns the raster as it is displayed.
//
// bild's transform.Rotate is not used: v0.17.0 loses a row or a column where the
// difference of the sides is odd (half of all sizes).
func (r *raster) orient(orientation int) {
	if orientation <= 1 {
		return
	}
	for i, p := range r.planes {
		r.planes[i] = p.orient(orientation)
	}
	if swapsSides(orientation) {
		r.width, r.height = r.height, r.width
	}
}

// orient moves samples exactly.
func (p plane) orient(orientation int) plane {
	w, h := p.width, p.height
	// The stored position of the displayed sample (x, y) is origin + x*right + y*down.
	channels := p.layout.Channels()
	origin, right, down := 0, channels, p.stride
	mirrorX, mirrorY := mirrors(orientation)
	if mirrorX {
		origin, right = origin+(p.width-1)*channels, -right
	}
	if mirrorY {
		origin, down = origin+(p.height-1)*p.stride, -down
	}
	if swapsSides(orientation) {
		w, h, right, down = h, w, down, right
	}
	dst := newPlane(w, h, p.layout)
	for y := range h {
		from := origin + y*down
		line := dst.pix[y*dst.stride : (y+1)*dst.stride]
		for x := 0; x < len(line); x += channels {
			copy(line[x:x+channels], p.pix[from:from+channels])
			from += right
		}
	}
	return dst
}
