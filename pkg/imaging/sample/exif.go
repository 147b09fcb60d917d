package sample

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/jpeg"
)

// store returns the image as a camera would store it for the display to be img
// with orientation n: the inverse of what a reader does.
func store(img *image.RGBA, n int) *image.RGBA {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	sw, sh := w, h
	if n >= 5 {
		sw, sh = h, w
	}
	out := image.NewRGBA(image.Rect(0, 0, sw, sh))
	for y := range h {
		for x := range w {
			sx, sy := x, y
			// What stored row 0 and column 0 are in the display (CIPA DC-008).
			switch n {
			case 2: // top, right
				sx = w - 1 - x
			case 3: // bottom, right
				sx, sy = w-1-x, h-1-y
			case 4: // bottom, left
				sy = h - 1 - y
			case 5: // left, top
				sx, sy = y, x
			case 6: // right, top
				sx, sy = y, w-1-x
			case 7: // right, bottom
				sx, sy = h-1-y, w-1-x
			case 8: // left, bottom
				sx, sy = h-1-y, x
			}
			out.SetRGBA(sx, sy, img.RGBAAt(x, y))
		}
	}
	return out
}

// exif returns a TIFF structure with one tag: Orientation, 0x0112, a SHORT.
func exif(orientation int) []byte {
	return []byte{
		'M', 'M', 0, 42, 0, 0, 0, 8, // big-endian, first directory at 8
		0, 1, // one entry
		0x01, 0x12, 0, 3, 0, 0, 0, 1, byte(orientation >> 8), byte(orientation), 0, 0,
		0, 0, 0, 0, // no second directory
	}
}

// StoredAs returns a file ("jpeg" at quality 95, or "png") that displays the image
// and stores it as EXIF orientation n, 1 to 8, says.
func StoredAs(img *image.RGBA, n int, format string) []byte {
	if format == "jpeg" {
		return withOrientation(encodeJPEG(store(img, n), 95), n)
	}
	data := encodePNG(store(img, n))
	const header = 8 + 25 // signature, IHDR
	return bytes.Join([][]byte{data[:header], pngChunk("eXIf", exif(n)), data[header:]}, nil)
}

// withOrientation puts an EXIF segment after the start of a JPEG.
func withOrientation(data []byte, orientation int) []byte {
	body := append([]byte("Exif\x00\x00"), exif(orientation)...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	return bytes.Join([][]byte{data[:2], segment, body, data[2:]}, nil)
}

func pngChunk(name string, body []byte) []byte {
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	chunk = append(append(chunk, name...), body...)
	return binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
}

func encodeJPEG(img image.Image, quality int) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		return nil // unreachable below 65536 pixels a side: a buffer takes every write
	}
	return b.Bytes()
}
