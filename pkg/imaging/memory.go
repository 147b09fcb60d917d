package imaging

import (
	"math"

	"github.com/pixline/pixline/pkg/imaging/internal/resample"
)

// Bytes per source pixel that are alive at once, at worst, from the first byte
// decoded until the source is reduced.
const (
	// A progressive JPEG of four components without subsampling: coefficients of
	// 2.125 bytes. (4:2:0: 3.2. A baseline JPEG in one scan is streamed and needs none.)
	jpegPeak = 9
	// An interlaced PNG: RGBA, and 1 for rows and bands, which grow with the width alone. (Others
	// are streamed and need no more than those.)
	pngPeak = 5
	// Seen with alpha: 17. The decoder's planes, its filtered alpha, its image, and ours.
	webpPeak = 20
	// One byte of palette index, and the picture on its screen.
	gifPeak = 5
	// RGBA.
	bmpPeak = 8
	// 16 bits of four channels (8), their copy (4), and a strip or tile that is as large
	// as the image, compressed and not (8 + 4).
	tiffPeak = 24
)

// Bytes per output pixel that are alive at once, at worst, for each rendition.
const (
	rasterPeak  = 4 // reduced, in the source's model
	convertPeak = 8 // as RGBA, and turned or cropped or flattened
	sharpenPeak = 24
	encodePeak  = 24 // the encoder's own, and a buffer that grows
)

// maxWorkers bounds the goroutines of one step, and so what they hold: a Lambda has
// at most six cores.
const maxWorkers = 6

// PeakBytes bounds the heap that is alive while a source of width x height pixels, as
// displayed, of the format is made into renditions:
//
//	source * width * height + for each rendition: rows + output * width * height
//
// with source as documented for each format in this file; rows what a resampler keeps
// (resample.Bytes: mostly 16 bytes for each output column and each row under the kernel), on
// each of maxWorkers; output 36 bytes, 60 if it is sharpened.
//
// Not included: the encoded source, the runtime, and garbage that is not yet
// collected. Set GOMEMLIMIT (a Lambda: 80 % of its memory) so that the
// collector holds the heap to it.
func PeakBytes(format Format, width, height int64, renditions ...Rendition) int64 {
	total := codecs[format].peak * width * height
	for _, r := range renditions {
		g := r.plan(int(width), int(height))
		output := int64(rasterPeak + convertPeak + encodePeak)
		if r.Sharpen > 0 {
			output += sharpenPeak
		}
		total += rowBytes(g) + output*int64(g.width)*int64(g.height)
	}
	return total
}

// rowBytes bounds what the resamplers of a whole image keep. An orientation may
// exchange the axes.
func rowBytes(g geometry) int64 {
	w, h := g.crop.Dx(), g.crop.Dy()
	return maxWorkers * max(
		resample.Bytes(resample.Premultiplied, w, h, g.width, g.height, kernel),
		resample.Bytes(resample.Premultiplied, h, w, g.height, g.width, kernel))
}

// longestAspect is the longest shape for which MaxPixels holds.
const longestAspect = 64

// longestSide returns the longer side of that shape, rounded up.
func longestSide(pixels int64) int64 {
	return int64(math.Ceil(math.Sqrt(longestAspect * float64(pixels))))
}

// MaxPixels returns the largest area, in pixels, of which every image of any of the formats
// and of any shape that Limits with this MaxPixels accepts is processed within a heap of so many bytes; 0 if
// the renditions alone do not fit, or a format is unknown. The encoded source counts as well: subtract Limits.MaxBytes.
func MaxPixels(heap int64, formats []Format, renditions ...Rendition) int64 {
	fits := func(pixels int64) bool {
		for _, f := range formats {
			if _, known := codecs[f]; !known {
				return false
			}
			for aspect := 1.0 / longestAspect; aspect <= longestAspect; aspect *= 2 {
				width := math.Ceil(math.Sqrt(float64(pixels) * aspect))
				if PeakBytes(f, int64(width), int64(math.Ceil(float64(pixels)/width)), renditions...) > heap {
					return false
				}
			}
		}
		return true
	}
	low, high := int64(0), int64(math.MaxInt32) // low fits or is 0, high does not
	for high-low > 1 {
		if middle := (low + high) / 2; fits(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}
