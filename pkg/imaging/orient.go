package imaging

import "image"

// swapsSides says whether an orientation shows width as height.
func swapsSides(orientation int) bool { return orientation >= 5 }

// orient returns the image as displayed. It moves pixels exactly, by the EXIF
// definition of each value (CIPA DC-008, tag 0x0112: what the stored row 0 and
// column 0 are in the display). The result may share pixels with src.
//
// bild's transform.Rotate is not used: v0.17.0 loses a row or a column where the
// difference of the sides is odd (half of all sizes).
func orient(src *image.RGBA, orientation int) *image.RGBA {
	w, h := src.Rect.Dx(), src.Rect.Dy()
	// The stored position of the displayed pixel (x, y) is origin + x*right + y*down,
	// in bytes of src.Pix.
	const pixel = 4
	row := src.Stride
	lastX, lastY := (w-1)*pixel, (h-1)*row
	var origin, right, down int
	switch orientation {
	case 2: // mirrored
		origin, right, down = lastX, -pixel, row
	case 3: // turned by 180 degrees
		origin, right, down = lastX+lastY, -pixel, -row
	case 4: // upside down, mirrored
		origin, right, down = lastY, pixel, -row
	case 5: // transposed
		origin, right, down = 0, row, pixel
	case 6: // to be turned by 90 degrees clockwise
		origin, right, down = lastY, -row, pixel
	case 7: // transposed along the other diagonal
		origin, right, down = lastX+lastY, -row, -pixel
	case 8: // to be turned by 90 degrees anticlockwise
		origin, right, down = lastX, row, -pixel
	default:
		return src
	}
	if swapsSides(orientation) {
		w, h = h, w
	}
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		from := origin + y*down
		line := dst.Pix[y*dst.Stride : y*dst.Stride+w*pixel]
		for x := 0; x < len(line); x += pixel {
			copy(line[x:x+pixel], src.Pix[from:from+pixel])
			from += right
		}
	}
	return dst
}
