// Package png decodes PNG files to rows of 8-bit samples, band by band.
//
// It reads every colour type and bit depth, transparent colours and palettes, and
// interlaced files. Rows are what a resampler takes: one byte a pixel for grey without
// transparency, else RGBA, multiplied by alpha. 16 bits become 8 as image/draw makes them.
//
// It guarantees:
//   - Strictness. The checksums of all chunks and of the pixels are checked, and so are the order
//     of the chunks and that there are as many pixels as declared, neither fewer nor
//     more, and an end. It accepts no file that image/png refuses, with one exception: any
//     number of bytes may be between the end of the compressed stream and that of its chunk, as
//     libpng has it; image/png takes up to 4096. It refuses what image/png accepts only where the
//     standard forbids it: chunks before the header, and a zlib dictionary.
//     Like both, it takes an index beyond the palette for black.
//   - Bounded work. No input panics, and a file that declares more pixels than its
//     bytes can hold is refused before anything is allocated for them. The caller limits the
//     size: the bands and two rows are allocated by it.
//   - Bounded memory. A file that is not interlaced is streamed: a decoder has
//     200 KB and two rows, and the caller the bands. Of an interlaced one it holds the whole picture,
//     with 1 or 4 bytes a pixel, and three rows.
//   - Accuracy. Samples are those of image/png, drawn to an image.RGBA: equal where
//     they are opaque or have 16 bits, and within 1 else, as they are rounded to the nearest.
//
// It does not interpret colour spaces, gamma, EXIF or other metadata, nor repair damage.
//
// Sections in comments are those of the PNG specification, third edition.
package png

import (
	"io"
	"math"
)

// A SyntaxError reports a file that is damaged, incomplete, or no PNG.
type SyntaxError string

func (e SyntaxError) Error() string { return "png: " + string(e) }

// An UnsupportedError reports a file that declares what the standard does not define.
type UnsupportedError string

func (e UnsupportedError) Error() string { return "png: not supported: " + string(e) }

const (
	errShort    = SyntaxError("the file ends early")
	errDeflate  = SyntaxError("the compressed pixels are damaged")
	errFewRows  = SyntaxError("there are not enough pixels")
	errManyRows = SyntaxError("there are too many pixels")
	errOrder    = SyntaxError("the chunks are out of order")
)

// Header is what the chunks before the pixels say.
type Header struct {
	Width, Height int // in pixels, 1 to 2^31-1
	// Gray says that the picture is grey and opaque, and its rows have one byte a pixel.
	Gray       bool
	Interlaced bool
}

// Channels returns the bytes of a pixel: 1 or 4.
func (h Header) Channels() int {
	if h.Gray {
		return 1
	}
	return 4
}

// Decoder decodes one file. It is not safe for concurrent use, but the bands that
// it has filled are the caller's.
type Decoder struct {
	header Header
	layout layout
	chunks chunks

	pixels            *zlibReader // nil until the first row
	current, previous []byte      // rows as stored, with their filter
	row               int         // the next row
	whole             []byte      // an interlaced picture
	err               error       // what Next returns from now on
	check             func() error
}

// New reads the chunks up to the pixels. Errors of the file are a [SyntaxError] or an
// [UnsupportedError]. The decoder keeps data and does not modify it.
func New(data []byte) (*Decoder, error) {
	if len(data) < len(signature) || string(data[:len(signature)]) != signature {
		return nil, SyntaxError("it is no PNG")
	}
	d := &Decoder{chunks: chunks{data[len(signature):]}}
	if err := d.layout.read(&d.chunks); err != nil {
		return nil, err
	}
	l := &d.layout
	row := rowBytes(l.width, l.bitsPerPixel())
	if most := int64(len(data)) * mostExpansion; int64(l.height) > most/(row+1) {
		return nil, errFewRows
	}
	if int64(l.height) > math.MaxInt/4/int64(l.width) || row > math.MaxInt-rowSlack {
		return nil, UnsupportedError("a picture of this size")
	}
	d.header = Header{Width: l.width, Height: l.height, Gray: l.opaqueGray(), Interlaced: l.interlaced}
	return d, nil
}

const signature = "\x89PNG\r\n\x1a\n"

// mostExpansion is by how much DEFLATE expands at most: a match of 258 bytes takes two bits.
const mostExpansion = 1032

// rowBytes returns how many bytes a row has as stored, without its filter (7.2).
func rowBytes(width, bitsPerPixel int) int64 {
	return (int64(width)*int64(bitsPerPixel) + 7) / 8
}

// rowSlack is the filter before a row, and what reading a whole word at its end takes.
const rowSlack = 1 + 8

// Header returns what the file declares.
func (d *Decoder) Header() Header { return d.header }

// Band is some rows of the picture.
type Band struct {
	Pix    []byte // pixels of Header.Channels bytes
	Stride int    // bytes between rows
	Rows   int

	own []byte
}

// bandBytes is about the size of a band: a few rows of a large picture, and small
// enough for a core's cache.
const bandBytes = 128 << 10

// NewBand returns a band for [Decoder.Next].
func (d *Decoder) NewBand() *Band {
	stride := d.header.Width * d.header.Channels()
	if d.header.Interlaced {
		return &Band{Stride: stride} // shows a part of the whole
	}
	rows := min(max(bandBytes/stride, 1), d.header.Height)
	return &Band{Stride: stride, own: make([]byte, rows*stride)}
}

// Interrupt sets what is asked again and again while Next reads an interlaced picture, all
// of it at once: an error ends the decoding, and Next returns it.
func (d *Decoder) Interrupt(check func() error) { d.check = check }

func (d *Decoder) interrupted() error {
	if d.check == nil {
		return nil
	}
	return d.check()
}

// Next fills the band, which is of the same decoder, with the next rows. After the last one it
// checks the rest of the file and returns io.EOF. Only then is the picture whole.
func (d *Decoder) Next(b *Band) error {
	if d.err == nil {
		d.err = d.next(b)
	}
	return d.err
}

func (d *Decoder) next(b *Band) error {
	if d.row == d.header.Height {
		return d.finish()
	}
	if d.pixels == nil {
		if err := d.start(); err != nil {
			return err
		}
	}
	if d.header.Interlaced {
		b.Rows = min(max(bandBytes/b.Stride, 1), d.header.Height-d.row)
		b.Pix = d.whole[d.row*b.Stride:][:b.Rows*b.Stride]
		d.row += b.Rows
		return nil
	}
	b.Pix = b.own
	for b.Rows = 0; b.Rows < len(b.own)/b.Stride && d.row < d.header.Height; b.Rows++ {
		if err := d.readRow(b.own[b.Rows*b.Stride:][:b.Stride], d.header.Width); err != nil {
			return err
		}
		d.row++
	}
	return nil
}

// start opens the pixels, and decodes all of them if they are interlaced.
func (d *Decoder) start() error {
	d.pixels = newZlibReader(&d.chunks)
	if err := d.pixels.open(); err != nil {
		return err
	}
	size := int(rowBytes(d.header.Width, d.layout.bitsPerPixel())) + rowSlack
	d.current, d.previous = make([]byte, size), make([]byte, size)
	if d.header.Interlaced {
		return d.deinterlace()
	}
	return nil
}

// readRow decodes the next row of width pixels.
func (d *Decoder) readRow(pix []byte, width int) error {
	n := 1 + int(rowBytes(width, d.layout.bitsPerPixel()))
	d.current, d.previous = d.previous, d.current
	if err := d.pixels.readFull(d.current[:n]); err != nil {
		return err
	}
	if !unfilter(d.current[0], d.current[1:], d.previous[1:], n-1, max(1, d.layout.bitsPerPixel()/8)) {
		return SyntaxError("a row has an unknown filter")
	}
	d.layout.convert(pix, d.current[1:n])
	return nil
}

// finish checks what comes after the last row.
func (d *Decoder) finish() error {
	if err := d.pixels.close(); err != nil {
		return err
	}
	for {
		name, body, err := d.chunks.next()
		if err != nil {
			return err
		}
		switch string(name) {
		case "IHDR", "PLTE", "tRNS":
			return errOrder
		case "IEND":
			if len(body) != 0 {
				return SyntaxError("the end has a length")
			}
			return io.EOF
		}
	}
}
