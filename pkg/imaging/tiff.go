package imaging

import (
	"bytes"
	"errors"
	"image"
	"slices"

	"golang.org/x/image/tiff"
)

// TIFF's kinds of pixels and of compression that the decoder knows (TIFF 6.0).
const (
	tiffWhiteIsZero = iota
	tiffBlackIsZero
	tiffRGB
	tiffPalette
)

// None, none, LZW, Deflate, PackBits, Deflate. The decoder also has fax compression, and shows
// black as white.
var tiffCompression = []int64{0, 1, 5, 8, 32773, 32946}

// tiffHeader reads the first directory, which may lie at the end of the file: that
// is then needed whole. Pages are counted as far as the head reaches.
func tiffHeader(f file) (header, error) {
	var h header
	d, err := readDirectory(f)
	if err != nil {
		return h, err
	}
	if h.width, err = d.number(tagWidth, 0); err != nil {
		return h, err
	}
	if h.height, err = d.number(tagHeight, 0); err != nil {
		return h, err
	}
	if h.width > 1<<31-1 || h.height > 1<<31-1 {
		return h, reject(Corrupt, "the header declares %dx%d pixels", h.width, h.height)
	}
	if r := checkSize(h.width, h.height, f.limits); r != nil {
		return h, r
	}
	if h.alpha, err = tiffVariant(d); err != nil {
		return h, err
	}
	if err := tiffTiles(d, h); err != nil {
		return h, err
	}
	if h.icc, err = d.bytes(tagProfile); err != nil {
		return h, err
	}
	h.exif = f.head // a TIFF file is such a structure
	h.frames = 1
	const most = 1 << 16 // also ends a circle
	for next := d.next; next != 0 && h.frames < most; h.frames++ {
		if next, err = d.after(next); err != nil {
			break
		}
	}
	return h, nil
}

// tiffVariant refuses what the decoder does not know, or does not look at: it would
// show planes side by side, or differences as colours. It says whether there is alpha.
func tiffVariant(d directory) (alpha bool, err error) {
	number := func(tag uint16, missing int64) int64 {
		v, e := d.number(tag, missing)
		err = errors.Join(err, e)
		return v
	}
	compression, colours := number(tagCompression, 1), number(tagPhotometric, -1)
	samples, planar := number(tagSamples, 1), number(tagPlanar, 1)
	predictor, order, extra := number(tagPredictor, 1), number(tagFillOrder, 1), number(tagExtraSamples, 0)
	bits, bitsErr := d.numbers(tagBits)
	formats, formatsErr := d.numbers(tagSampleFormat)
	if err != nil || bitsErr != nil || formatsErr != nil {
		for _, e := range []error{bitsErr, formatsErr, err} {
			var r *Rejection
			var more *NeedMoreError
			switch {
			case errors.As(e, &more):
				return false, more
			case errors.As(e, &r):
				return false, r
			}
		}
	}
	if len(bits) == 0 {
		bits = []int64{1}
	}
	alpha = colours == tiffRGB && samples == 4
	switch {
	case !slices.Contains(tiffCompression, compression):
		return false, reject(UnsupportedFormat, "the TIFF is compressed by method %d, which is not supported", compression)
	case colours < tiffWhiteIsZero || colours > tiffPalette:
		return false, reject(UnsupportedFormat, "the TIFF's colours are of kind %d; supported are grey, palette and RGB", colours)
	case slices.ContainsFunc(formats, func(v int64) bool { return v != 1 }):
		return false, reject(UnsupportedFormat, "the TIFF's samples are not unsigned integers")
	case slices.ContainsFunc(bits, func(v int64) bool { return v != bits[0] }),
		bits[0] != 1 && bits[0] != 8 && bits[0] != 16,
		bits[0] == 16 && colours == tiffPalette,
		bits[0] == 1 && colours == tiffRGB:
		return false, reject(UnsupportedFormat, "the TIFF has samples of %d bits, which is not supported", bits)
	case int64(len(bits)) != samples,
		colours == tiffRGB && samples != 3 && !(samples == 4 && (extra == 1 || extra == 2)),
		colours != tiffRGB && samples != 1:
		return false, reject(UnsupportedFormat, "the TIFF has %d samples per pixel, which is not supported", samples)
	case planar != 1 && samples > 1:
		return false, reject(UnsupportedFormat, "the TIFF stores its channels apart, which is not supported")
	case predictor != 1 && predictor != 2, predictor == 2 && bits[0] == 1:
		return false, reject(UnsupportedFormat, "the TIFF uses predictor %d, which is not supported", predictor)
	case order != 1:
		return false, reject(UnsupportedFormat, "the TIFF stores bits in order %d, which is not supported", order)
	}
	return alpha, nil
}

// tiffTiles refuses tiles that are much larger than what of them is in the picture: a column
// of one pixel in tiles of 1024 would be a thousand times the work that was accepted.
func tiffTiles(d directory, h header) error {
	width, err := d.number(tagTileWidth, 0)
	if err != nil || width == 0 {
		return err
	}
	height, err := d.number(tagTileHeight, 0)
	if err != nil {
		return err
	}
	const largest, spare = 1 << 16, 1 << 20
	if height == 0 || max(width, height) > largest {
		return reject(Corrupt, "the TIFF has tiles of %dx%d pixels", width, height)
	}
	across, down := (h.width+width-1)/width, (h.height+height-1)/height
	if across*width*down*height > 4*h.width*h.height+spare { // all below 2^63, as sides are below 2^31
		return reject(Corrupt, "the TIFF's tiles of %dx%d pixels are much larger than its picture", width, height)
	}
	return nil
}

// decodeTIFF decodes the first page.
func decodeTIFF(data []byte) (image.Image, error) {
	d, err := readDirectory(file{head: data, size: int64(len(data))})
	if err != nil {
		return nil, err
	}
	// A file may name the same bytes for each of many strips, and be read many times over.
	for _, tags := range [][2]uint16{{tagStripOffsets, tagStripByteCounts}, {tagTileOffsets, tagTileByteCounts}} {
		counts, err := d.numbers(tags[1])
		if err != nil {
			return nil, err
		}
		offsets, err := d.numbers(tags[0])
		if err != nil {
			return nil, err
		}
		var sum int64
		for i, n := range counts {
			sum += n
			if sum > int64(len(data)) || i < len(offsets) && offsets[i]+n > int64(len(data)) {
				return nil, reject(Corrupt, "the TIFF declares more data than the file has")
			}
		}
	}
	img, err := tiff.Decode(bytes.NewReader(data))
	var unsupported tiff.UnsupportedError
	if errors.As(err, &unsupported) {
		return nil, errUnsupported{string(unsupported)}
	}
	return img, err
}
