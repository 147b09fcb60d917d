// Package jpeg decodes JPEG files to planes of 8-bit samples, band by band, at
// the full size or at 1/2, 1/4 or 1/8 of it.
//
// It reads what people upload: baseline, extended sequential and progressive
// Huffman files of 8 bits per sample; grey, YCbCr, RGB, CMYK and YCCK; sampling
// factors 1, 2 and 4 in any combination; restart intervals; scans interleaved
// or not.
//
// It guarantees:
//   - Strictness. A file that is cut off, a code that does not exist, a restart
//     marker that is missing or out of order, a component without data, a file
//     without its end: each is an error. A picture is whole or it is refused.
//     What says nothing about the picture is tolerated as libjpeg tolerates
//     it: bytes between segments, bytes between a complete scan and the next
//     marker, anything after the end of the image.
//   - Bounded work. No input panics or is decoded in more than 100 scans, and
//     nothing is allocated by a declared length. The declared size decides
//     what [Decoder.NewBand] allocates (one row of MCUs, 16 rows as a rule) and,
//     for files of several scans, the coefficients; the caller limits it.
//   - Bounded memory. A sequential file of one scan is streamed: a decoder has
//     about 150 KB, and the caller the bands. Of a file of several scans
//     (progressive files above all) it holds the coefficients that the scale
//     needs: per sample of the original plane 2.125 bytes at the full size,
//     0.625 at 1/2, 0.25 at 1/4 and 0.16 at 1/8. A 4:2:0 picture has 1.5 samples
//     per pixel, rounded up to whole MCUs.
//   - Accuracy. At full size samples are within 1 of image/jpeg's. At 1/8 they are the
//     means of 8x8 samples; at 1/2 and 1/4 they keep more detail than means do.
//
// It does not: convert or upsample colours, interpret metadata, repair damage,
// or decode arithmetic coding, 12 bits, lossless and hierarchical files.
//
// T.81 in comments is ITU-T Recommendation T.81, the standard.
package jpeg

import "errors"

// A SyntaxError reports a file that is damaged, incomplete, or no JPEG.
type SyntaxError string

func (e SyntaxError) Error() string { return "jpeg: " + string(e) }

// An UnsupportedError reports a valid file that uses what this package does
// not decode.
type UnsupportedError string

func (e UnsupportedError) Error() string { return "jpeg: not supported: " + string(e) }

// Model is what the components mean.
type Model uint8

// The models, with the meaning of components 0, 1, 2 and 3.
const (
	Gray  Model = iota // luminance
	YCbCr              // luma, blue difference, red difference: full range, BT.601 (JFIF)
	RGB                // red, green, blue
	CMYK               // cyan, magenta, yellow, black
	YCCK               // YCbCr of (255-C, 255-M, 255-Y) taken for RGB, and black; see Header.Adobe
)

// Component is one component as the frame header declares it.
type Component struct {
	ID   uint8
	H, V int // sampling factors: 1, 2 or 4. A single component has 1 and 1, as its factors mean nothing.
}

// Header is what the segments before the first scan say.
type Header struct {
	Width, Height int // in pixels, 1 to 65535
	Components    []Component
	Model         Model
	Progressive   bool
	// Adobe tells that there is an Adobe marker, and so, by a custom that all
	// readers follow, that CMYK samples are inverted: 255 minus the ink. Planes hold
	// samples as stored. For CMYK the ink is 255 - sample with Adobe, else the
	// sample. For YCCK, converting components 0 to 2 to RGB gives 255 minus the CMY samples, so with Adobe
	// the ink is that R, G or B itself, and 255 - sample for the black of
	// component 3; without Adobe it is 255 - R, G or B, and the sample.
	Adobe bool
}

// Plane is the geometry of one component at the decoder's scale.
type Plane struct {
	// Width and Height are in samples, rounded up.
	Width, Height int
	// SpanX and SpanY are the samples that the picture really covers:
	// its size times H/Hmax, divided by the denominator. Where they are less
	// than Width and Height, the last sample lies partly outside of the
	// picture. A resampler maps the output onto 0 to SpanX, with the centre
	// of sample i at i + 0.5: mapping it onto Width would shift the planes
	// against each other.
	SpanX, SpanY float64
}

// Decoder decodes one file. It is not safe for concurrent use, but the bands
// that it has filled are the caller's.
type Decoder struct {
	header   Header
	segments segments
	bits     reader
	channels []channel
	hMax     int
	vMax     int
	mcusX    int // MCUs of the frame, across and down
	mcusY    int

	first  scan    // the scan that New has found
	slots  []slot  // the blocks of an MCU of the frame, two MCUs at a time
	stored []store // the coefficients, per channel; nil when streaming
	row    int     // the next row of MCUs
	err    error   // what Next returns from now on
	check  func() error

	// The state of the scan.
	interval     int // MCUs between restart markers
	untilRestart int
	restarts     int
	endRun       int // blocks that a run of ended blocks still covers (T.81, G.1.2.2)
}

// New reads the segments up to the first scan. Luma and chroma are denominators:
// 1, 2, 4 or 8. Chroma applies to the components 1 and 2 of YCbCr and YCCK, luma
// to all others. Errors of the file are a [SyntaxError] or an [UnsupportedError].
//
// The decoder keeps data and does not modify it.
func New(data []byte, luma, chroma int) (*Decoder, error) {
	if !isDenominator(luma) || !isDenominator(chroma) {
		return nil, errors.New("jpeg: a denominator is 1, 2, 4 or 8")
	}
	d := &Decoder{segments: segments{data: data}}
	s, err := d.segments.open()
	if err != nil {
		return nil, err
	}
	d.first = s
	frame := &d.segments.frame
	d.header = frame.header(d.segments.jfif, d.segments.adobe)
	d.layOut(luma, chroma)
	d.bits.data = data
	return d, nil
}

func isDenominator(n int) bool { return n == 1 || n == 2 || n == 4 || n == 8 }

// Header returns what the file declares. The caller must not modify its slice.
func (d *Decoder) Header() Header { return d.header }

// Planes returns the geometry of each component, in the order of the header.
func (d *Decoder) Planes() []Plane {
	planes := make([]Plane, len(d.channels))
	for i := range d.channels {
		planes[i] = d.channels[i].plane
	}
	return planes
}

// channel is a component and all that its decoding needs.
type channel struct {
	h, v  int
	size  int // samples per side of a block at the channel's scale: 8, 4, 2 or 1
	plane Plane

	stride           int  // of the plane in a band
	blocksX, blocksY int  // blocks that hold samples of the picture; MCUs may add more
	needed           uint // coefficients of a block, in zigzag order, that the scale needs

	quantID   uint8
	places    places // of the coefficients, with the quantisation in force
	quantised bool   // the places are known: there was a scan

	dc, ac     *table
	prediction int32 // of the next DC coefficient
}

// layOut derives the geometry of the channels from the frame.
func (d *Decoder) layOut(luma, chroma int) {
	d.hMax, d.vMax = 1, 1
	for _, c := range d.header.Components {
		d.hMax, d.vMax = max(d.hMax, c.H), max(d.vMax, c.V)
	}
	width, height := d.header.Width, d.header.Height
	d.mcusX, d.mcusY = ceilDiv(width, 8*d.hMax), ceilDiv(height, 8*d.vMax)
	d.channels = make([]channel, len(d.header.Components))
	for i, c := range d.header.Components {
		denominator := luma
		if (d.header.Model == YCbCr || d.header.Model == YCCK) && (i == 1 || i == 2) {
			denominator = chroma
		}
		x, y := d.hMax*denominator, d.vMax*denominator
		d.channels[i] = channel{
			h: c.H, v: c.V,
			size: 8 / denominator, needed: needed(8 / denominator),
			// MCUs are decoded in pairs, so the second of the last pair may not exist.
			stride: (d.mcusX + 1) &^ 1 * c.H * 8 / denominator,
			plane: Plane{
				Width: ceilDiv(width*c.H, x), Height: ceilDiv(height*c.V, y),
				SpanX: float64(width*c.H) / float64(x), SpanY: float64(height*c.V) / float64(y),
			},
			blocksX: ceilDiv(width*c.H, 8*d.hMax), blocksY: ceilDiv(height*c.V, 8*d.vMax),
			quantID: d.segments.frame.quantIDs[i],
		}
	}
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
