package imaging

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"math"

	"golang.org/x/image/bmp"
)

// bmpHeader reads the two headers (Windows' BITMAPFILEHEADER and BITMAPINFOHEADER, version 3,
// 4 or 5). The pixels are not compressed: that they are all there is checked here.
func bmpHeader(f file) (header, error) {
	const fileHeader, infoHeader = 14, 40
	var h header
	if err := f.need(fileHeader + 4); err != nil {
		return h, err
	}
	number := func(at int64) int64 { return int64(binary.LittleEndian.Uint32(f.head[at:])) }
	size := number(fileHeader)
	if size != infoHeader && size != 108 && size != 124 {
		return h, reject(UnsupportedFormat, "the BMP's header has %d bytes, which is not supported", size)
	}
	if err := f.need(fileHeader + size); err != nil {
		return h, err
	}
	h.width = int64(int32(number(18)))
	h.height = int64(int32(number(22)))
	if h.height < 0 && h.height > math.MinInt32 {
		h.height = -h.height // the first row is the top one
	}
	if r := checkSize(h.width, h.height, f.limits); r != nil {
		return h, r
	}
	bits, compression := int64(binary.LittleEndian.Uint16(f.head[28:])), number(30)
	const bitFields = 3
	if compression == bitFields && bits == 32 && size > infoHeader &&
		number(54) == 0xff0000 && number(58) == 0xff00 && number(62) == 0xff && number(66) == 0xff000000 {
		compression = 0 // the masks say what holds without them
	}
	palette := int64(0)
	switch bits {
	case 1, 2, 4, 8:
		if palette = number(46); palette == 0 {
			palette = 1 << bits
		}
	case 24, 32:
	default:
		return h, reject(UnsupportedFormat, "the BMP has %d bits per pixel, which is not supported", bits)
	}
	offset := number(10)
	if compression != 0 || palette > 1<<min(bits, 8) || offset != fileHeader+size+4*palette {
		return h, reject(UnsupportedFormat, "the BMP uses compression %d or a layout that is not supported", compression)
	}
	// Rows are padded to 4 bytes. Sides are below 2^31, bits at most 32: it fits.
	row := (h.width*bits + 31) / 32 * 4
	if row > f.size || offset+row*h.height > f.size {
		return h, reject(Corrupt, "the BMP's pixels need %d rows of %d bytes, and the file has %d bytes", h.height, row, f.size)
	}
	// Only the newer headers define the fourth byte as alpha.
	h.alpha = bits == 32 && size > infoHeader
	return h, nil
}

// decodeBMP decodes what bmpHeader accepted.
func decodeBMP(data []byte) (image.Image, error) {
	img, err := bmp.Decode(bytes.NewReader(data))
	if errors.Is(err, bmp.ErrUnsupported) {
		return nil, errUnsupported{err.Error()}
	}
	return img, err
}
