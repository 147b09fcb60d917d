package imaging

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxCopyright is the longest notice that is kept, in bytes.
const maxCopyright = 1 << 10

// copyright returns the notice in a TIFF structure's first directory, "" if there is
// none or the structure is broken. The photographer's and the editor's parts (EXIF
// 2.32, 4.6.4) are joined by "; ". It has at most maxCopyright bytes of UTF-8 without control
// characters; what is no UTF-8 is taken for Latin-1.
func copyright(exif []byte) string {
	exif = bytes.TrimPrefix(exif, []byte(exifPrefix))
	d, err := readDirectory(file{head: exif, size: int64(len(exif))})
	if err != nil {
		return ""
	}
	raw, err := d.bytes(tagCopyright)
	if err != nil || d.fields[tagCopyright].kind != 2 { // ASCII
		return ""
	}
	if len(raw) > 4*maxCopyright {
		raw = raw[:4*maxCopyright]
		for range utf8.UTFMax - 1 { // half a character would make all of it Latin-1
			if r, size := utf8.DecodeLastRune(raw); r == utf8.RuneError && size == 1 {
				raw = raw[:len(raw)-1]
			}
		}
	}
	var parts []string
	for part := range bytes.SplitSeq(raw, []byte{0}) {
		if text := cleanText(part); text != "" {
			parts = append(parts, text)
		}
	}
	text := strings.Join(parts, "; ")
	if len(text) > maxCopyright {
		text = text[:maxCopyright]
		for !utf8.ValidString(text) {
			text = text[:len(text)-1] // the rest of a character that was cut
		}
	}
	return text
}

// cleanText returns valid UTF-8 without control characters and outer spaces.
func cleanText(raw []byte) string {
	text := string(raw)
	if !utf8.Valid(raw) {
		runes := make([]rune, len(raw))
		for i, b := range raw {
			runes[i] = rune(b) // Latin-1 is the first 256 characters of Unicode
		}
		text = string(runes)
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, text))
}

// exifWithCopyright returns a TIFF structure that holds nothing but the notice.
func exifWithCopyright(text string) []byte {
	const values = 8 + 2 + 12 + 4 // after the header and a directory of one entry
	value := append([]byte(text), 0)
	e := binary.BigEndian
	out := e.AppendUint32([]byte("MM\x00*"), 8)
	out = e.AppendUint16(out, 1)
	out = e.AppendUint16(out, tagCopyright)
	out = e.AppendUint16(out, 2) // ASCII
	out = e.AppendUint32(out, uint32(len(value)))
	if len(value) <= 4 { // in place of the offset
		return append(append(out, value...), make([]byte, 4-len(value)+4)...)
	}
	out = e.AppendUint32(out, values)
	out = e.AppendUint32(out, 0) // no other directory
	return append(out, value...)
}

// jpegWithEXIF puts a TIFF structure of less than 64 KiB into an encoded JPEG, as its first
// segment but for JFIF's, which has to be the first.
func jpegWithEXIF(data, exif []byte) ([]byte, error) {
	length := 2 + len(exifPrefix) + len(exif)
	if len(data) < 2 || length > math.MaxUint16 {
		return nil, fmt.Errorf("adding %d bytes of EXIF to a JPEG of %d", len(exif), len(data))
	}
	at := 2
	if len(data) >= 6 && data[2] == 0xff && data[3] == 0xe0 {
		at = min(4+int(binary.BigEndian.Uint16(data[4:])), len(data))
	}
	out := append(make([]byte, 0, len(data)+len(exif)+10), data[:at]...)
	out = append(out, 0xff, markerAPP1)
	out = binary.BigEndian.AppendUint16(out, uint16(length))
	out = append(append(out, exifPrefix...), exif...)
	return append(out, data[at:]...), nil
}

// pngWithEXIF puts a TIFF structure into an encoded PNG, after the header.
func pngWithEXIF(data, exif []byte) ([]byte, error) {
	const at = len(pngSignature) + 4 + 4 + 13 + 4
	if len(data) < at {
		return nil, fmt.Errorf("adding EXIF to a PNG of %d bytes", len(data))
	}
	out := append(make([]byte, 0, len(data)+len(exif)+12), data[:at]...)
	out = binary.BigEndian.AppendUint32(out, uint32(len(exif)))
	chunk := len(out)
	out = append(append(out, "eXIf"...), exif...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[chunk:]))
	return append(out, data[at:]...), nil
}

// webpWithEXIF puts a TIFF structure into an encoded still WebP, which becomes an extended
// file.
func webpWithEXIF(data, exif []byte) ([]byte, error) {
	w, err := readWebP(file{head: data, size: int64(len(data))}, true)
	if err != nil {
		return nil, fmt.Errorf("adding EXIF to a WebP: %w", err)
	}
	flags := byte(webpEXIF)
	if w.alpha {
		flags |= webpAlpha
	}
	parts := make([]webpPart, 0, 3)
	if w.first.alpha != nil {
		parts = append(parts, webpPart{"ALPH", w.first.alpha})
	}
	name := "VP8 "
	if w.first.lossless {
		name = "VP8L"
	}
	parts = append(parts, webpPart{name, w.first.bits}, webpPart{"EXIF", exif})
	return webpAssemble(webpVP8X(flags, int(w.width), int(w.height)), parts...), nil
}
