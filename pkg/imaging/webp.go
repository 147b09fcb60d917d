package imaging

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/draw"

	"golang.org/x/image/webp"
)

// Flags of a VP8X chunk (RFC 9649, 2.7).
const (
	webpAnimation = 0x02
	webpEXIF      = 0x08
	webpAlpha     = 0x10
)

const (
	webpLossless    = 0x2f // begins a VP8L chunk
	webpChunkHeader = 8
	webpFrameHeader = 16 // of an ANMF chunk
)

// webpFile is what a WebP file's chunks say.
type webpFile struct {
	header
	first webpFrame // the first picture, as far as it was read
}

// webpFrame is one picture and its place on the canvas.
type webpFrame struct {
	image.Rectangle
	alpha, bits []byte // the ALPH chunk's body or nil, and that of VP8 or VP8L
	lossless    bool
}

// webpHeader reads the chunks up to the pixels. EXIF comes after them: a file that
// announces EXIF is needed whole, for its orientation. Of an animation the frames are
// counted as far as the head reaches.
func webpHeader(f file) (header, error) {
	w, err := readWebP(f, false)
	return w.header, err
}

// readWebP walks the chunks (RFC 9649, 2.3 to 2.7). With pixels, f holds the whole file, and
// the first frame is found and checked against the canvas.
func readWebP(f file, pixels bool) (webpFile, error) {
	const first = 12 // RIFF, size, WEBP
	var w webpFile
	if err := f.need(first + webpChunkHeader); err != nil {
		return w, err
	}
	end := webpChunkHeader + int64(binary.LittleEndian.Uint32(f.head[4:]))
	if end > f.size {
		return w, reject(Corrupt, "the WebP declares %d bytes and has %d", end, f.size)
	}
	c, err := nextChunk(f, first, end)
	if err != nil {
		return w, err
	}
	switch c.name {
	case "VP8 ", "VP8L":
		frame, alpha, err := webpPicture(f, c)
		if err != nil {
			return w, err
		}
		w.width, w.height, w.alpha = int64(frame.Dx()), int64(frame.Dy()), alpha
		if r := checkSize(w.width, w.height, f.limits); r != nil {
			return w, r
		}
		w.first = frame
		return w, nil
	case "VP8X":
		return w, w.extended(f, c, end, pixels)
	default:
		return w, reject(Corrupt, "the WebP begins with a chunk %q", c.name)
	}
}

// extended reads a file with a VP8X chunk, which is c.
func (w *webpFile) extended(f file, c webpChunk, end int64, pixels bool) error {
	body, err := c.body(f)
	if err != nil {
		return err
	}
	if len(body) < 10 {
		return reject(Corrupt, "the WebP's VP8X chunk has %d bytes", len(body))
	}
	flags := body[0]
	w.width, w.height, w.alpha = 1+uint24(body[4:]), 1+uint24(body[7:]), flags&webpAlpha != 0
	if r := checkSize(w.width, w.height, f.limits); r != nil {
		return r
	}
	if flags&webpEXIF != 0 {
		if err := f.need(end); err != nil {
			return err
		}
	}
	found := false
	for pos := c.next(); pos+webpChunkHeader <= end; pos = c.next() {
		if found && f.need(pos+webpChunkHeader) != nil {
			return nil // only more frames to count, or XMP
		}
		if c, err = nextChunk(f, pos, end); err != nil {
			return err
		}
		switch c.name {
		case "ICCP":
			w.icc, err = c.body(f)
		case "EXIF":
			if flags&webpEXIF != 0 { // else, as in libwebp, it is none: the head could not tell
				w.exif, err = c.body(f)
			}
		case "ANMF":
			w.frames++
			if !found && flags&webpAnimation != 0 {
				err = w.animationFrame(f, c, pixels)
				found = true
			}
		case "ALPH":
			w.alpha = true
			if !found && pixels {
				w.first.alpha, err = c.body(f)
			}
			found = found || !pixels
		case "VP8 ", "VP8L":
			if flags&webpAnimation == 0 && !found {
				err = w.still(f, c)
				found = true
			}
		}
		if err != nil {
			return err
		}
	}
	if !found {
		return reject(Corrupt, "the WebP ends before any pixels")
	}
	return nil
}

// still takes the picture of a file that is not animated. It fills the canvas.
func (w *webpFile) still(f file, c webpChunk) error {
	frame, alpha, err := webpPicture(f, c)
	if err != nil {
		return err
	}
	if int64(frame.Dx()) != w.width || int64(frame.Dy()) != w.height {
		return reject(Corrupt, "the WebP declares %dx%d pixels and %dx%d", w.width, w.height, frame.Dx(), frame.Dy())
	}
	frame.alpha = w.first.alpha
	w.first, w.alpha = frame, w.alpha || alpha
	return nil
}

// animationFrame takes the first frame of an animation. One that leaves a part of the canvas
// free makes the picture transparent.
func (w *webpFile) animationFrame(f file, c webpChunk, pixels bool) error {
	if err := f.need(c.start + webpFrameHeader); err != nil {
		return err
	}
	if c.size < webpFrameHeader {
		return reject(Corrupt, "the WebP's first frame has %d bytes", c.size)
	}
	b := f.head[c.start:]
	x, y, width, height := 2*uint24(b), 2*uint24(b[3:]), 1+uint24(b[6:]), 1+uint24(b[9:])
	if x+width > w.width || y+height > w.height {
		return reject(Corrupt, "the WebP's first frame is outside of its canvas")
	}
	w.alpha = w.alpha || width != w.width || height != w.height
	if !pixels {
		return nil
	}
	var alpha []byte
	end := c.start + c.size
	for pos := c.start + webpFrameHeader; pos+webpChunkHeader <= end; {
		part, err := nextChunk(f, pos, end)
		if err != nil {
			return err
		}
		pos = part.next()
		switch part.name {
		case "ALPH":
			if alpha, err = part.body(f); err != nil {
				return err
			}
		case "VP8 ", "VP8L":
			frame, _, err := webpPicture(f, part)
			if err != nil {
				return err
			}
			if int64(frame.Dx()) != width || int64(frame.Dy()) != height {
				return reject(Corrupt, "the WebP's first frame declares two different sizes")
			}
			frame.alpha = alpha
			frame.Rectangle = frame.Add(image.Pt(int(x), int(y)))
			w.first = frame
			return nil
		}
	}
	return reject(Corrupt, "the WebP's first frame has no pixels")
}

// webpPicture reads the header of a VP8 key frame (RFC 6386, 9.1) or of VP8L (RFC 9649, 3.4).
func webpPicture(f file, c webpChunk) (frame webpFrame, alpha bool, err error) {
	if err := f.need(c.start + 10); err != nil {
		return frame, false, err
	}
	b := f.head[c.start:]
	var width, height int
	if frame.lossless = c.name == "VP8L"; frame.lossless {
		bits := binary.LittleEndian.Uint32(b[1:])
		if b[0] != webpLossless || bits>>29 != 0 {
			return frame, false, reject(Corrupt, "the WebP's lossless picture has no header")
		}
		width, height, alpha = 1+int(bits&0x3fff), 1+int(bits>>14&0x3fff), bits>>28&1 != 0
	} else {
		if b[0]&1 != 0 || string(b[3:6]) != "\x9d\x01\x2a" {
			return frame, false, reject(Corrupt, "the WebP's lossy picture has no header")
		}
		width, height = int(binary.LittleEndian.Uint16(b[6:])&0x3fff), int(binary.LittleEndian.Uint16(b[8:])&0x3fff)
	}
	frame.Rectangle = image.Rect(0, 0, width, height)
	if f.need(c.start+c.size) == nil {
		frame.bits = f.head[c.start : c.start+c.size]
	}
	return frame, alpha, nil
}

// webpChunk is one chunk of a RIFF file: where its body starts, and its size without padding.
type webpChunk struct {
	name        string
	start, size int64
}

// nextChunk reads a chunk's header at pos; the chunk must end before end.
func nextChunk(f file, pos, end int64) (webpChunk, error) {
	if err := f.need(pos + webpChunkHeader); err != nil {
		return webpChunk{}, err
	}
	c := webpChunk{string(f.head[pos : pos+4]), pos + webpChunkHeader, int64(binary.LittleEndian.Uint32(f.head[pos+4:]))}
	if c.start+c.size > end {
		return c, reject(Corrupt, "the WebP's chunk %q at byte %d declares %d bytes", c.name, pos, c.size)
	}
	return c, nil
}

func (c webpChunk) next() int64 { return c.start + c.size + c.size&1 }

func (c webpChunk) body(f file) ([]byte, error) {
	if err := f.need(c.start + c.size); err != nil {
		return nil, err
	}
	return f.head[c.start : c.start+c.size], nil
}

func uint24(b []byte) int64 { return int64(b[0]) | int64(b[1])<<8 | int64(b[2])<<16 }

// decodeWebP decodes a still picture, or an animation's first frame on its canvas. The
// decoder is given that picture alone, and no size that was not checked. It is
// golang.org/x/image's, which gives libwebp's planes exactly: the encoder's module has one that
// decodes some lossless files to other pixels, does not read other programs' alpha, and
// refuses good files once it was given damaged ones.
func decodeWebP(data []byte) (image.Image, error) {
	w, err := readWebP(file{head: data, size: int64(len(data))}, true)
	if err != nil {
		return nil, err
	}
	img, err := webp.Decode(bytes.NewReader(w.first.alone()))
	if err != nil {
		return nil, err
	}
	if img.Bounds().Size() != w.first.Size() {
		return nil, errors.New("the decoder found another size")
	}
	switch planes := img.(type) {
	case *image.YCbCr:
		img = webpNRGBA(planes, nil, 0)
	case *image.NYCbCrA:
		img = webpNRGBA(&planes.YCbCr, planes.A, planes.AStride)
	}
	if canvas := image.Rect(0, 0, int(w.width), int(w.height)); w.first.Rectangle != canvas {
		whole := image.NewNRGBA(canvas)
		draw.Draw(whole, w.first.Rectangle, img, image.Point{}, draw.Src)
		return whole, nil
	}
	return img, nil
}
