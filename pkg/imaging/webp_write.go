package imaging

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"io"

	encoder "github.com/deepteams/webp"
)

// alone returns a WebP file that holds nothing but the frame, as the decoder wants it.
func (w webpFrame) alone() []byte {
	switch {
	case w.lossless:
		return webpAssemble(nil, webpPart{"VP8L", w.bits})
	case w.alpha == nil:
		return webpAssemble(nil, webpPart{"VP8 ", w.bits})
	default:
		return webpAssemble(webpVP8X(webpAlpha, w.Dx(), w.Dy()), webpPart{"ALPH", w.alpha}, webpPart{"VP8 ", w.bits})
	}
}

type webpPart struct {
	name string
	body []byte
}

func webpVP8X(flags byte, width, height int) []byte {
	w, h := width-1, height-1
	return []byte{flags, 0, 0, 0, byte(w), byte(w >> 8), byte(w >> 16), byte(h), byte(h >> 8), byte(h >> 16)}
}

// webpAssemble writes a file of a VP8X chunk, if there is one, and the parts.
func webpAssemble(vp8x []byte, parts ...webpPart) []byte {
	if vp8x != nil {
		parts = append([]webpPart{{"VP8X", vp8x}}, parts...)
	}
	size := 12
	for _, p := range parts {
		size += webpChunkHeader + len(p.body) + len(p.body)&1
	}
	out := append(make([]byte, 0, size), "RIFF"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(size-webpChunkHeader))
	out = append(out, "WEBP"...)
	for _, p := range parts {
		out = append(out, p.name...)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(p.body)))
		out = append(out, p.body...)
		if len(p.body)&1 != 0 {
			out = append(out, 0)
		}
	}
	return out
}

// encodeWebP writes a lossy picture, with alpha if it has any. Quality is 1 to
// 100, or 0 for DefaultQuality.
func encodeWebP(w io.Writer, img image.Image, quality int) error {
	if quality == 0 {
		quality = DefaultQuality
	}
	options := encoder.DefaultOptions()
	options.Quality = float32(quality)
	var buffer bytes.Buffer
	if err := encoder.Encode(&buffer, img, options); err != nil {
		return fmt.Errorf("encoding a WebP: %w", err)
	}
	data := buffer.Bytes()
	file, err := readWebP(file{head: data, size: int64(len(data))}, true)
	if err != nil {
		return fmt.Errorf("encoding a WebP: %w", err)
	}
	// The encoder writes a lossless picture's header into compressed alpha. The format
	// leaves it out (RFC 9649, 2.7.1.2), and no other program reads such a file.
	const surplus, method, compressed = 5, 3, 1
	if alpha := file.first.alpha; len(alpha) > surplus && alpha[0]&method == compressed {
		alpha = append([]byte{alpha[0]}, alpha[1+surplus:]...)
		data = webpAssemble(webpVP8X(webpAlpha, int(file.width), int(file.height)), webpPart{"ALPH", alpha}, webpPart{"VP8 ", file.first.bits})
	}
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("writing a WebP: %w", err)
	}
	return nil
}
