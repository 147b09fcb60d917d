package imaging

import (
	"bytes"
	"encoding/binary"
)

// JPEG markers (ITU-T T.81, table B.1).
const (
	markerSOF0 = 0xc0
	markerSOF2 = 0xc2
	markerDHT  = 0xc4
	markerJPG  = 0xc8
	markerDAC  = 0xcc
	markerSOFf = 0xcf
	markerRST0 = 0xd0
	markerRST7 = 0xd7
	markerEOI  = 0xd9
	markerSOS  = 0xda
	markerAPP1 = 0xe1
)

// maxScans bounds the scans of a progressive JPEG. Each costs a pass over all
// pixels but few bytes, so a small file could keep a decoder busy for hours. Encoders write
// about 10; 100 is the limit that libvips uses against such files.
const maxScans = 100

// jpegHeader walks the segments to the first scan. It is as liberal as libjpeg
// and image/jpeg: fill bytes and stray bytes between segments are skipped.
func jpegHeader(f file) (header, error) {
	var h header
	pos := 2 // after SOI
	for {
		marker, after, err := nextMarker(f, pos)
		if err != nil {
			return h, err
		}
		if marker == markerEOI {
			return h, reject(Corrupt, "the JPEG ends before any pixels")
		}
		if err := f.need(int64(after) + 2); err != nil {
			return h, err
		}
		length := int(binary.BigEndian.Uint16(f.head[after:])) // includes itself
		if length < 2 {
			return h, reject(Corrupt, "the JPEG's segment %#x at byte %d has length %d", marker, after, length)
		}
		if err := f.need(int64(after + length)); err != nil {
			return h, err
		}
		body := f.head[after+2 : after+length]
		pos = after + length
		switch {
		case marker == markerSOS && h.width == 0:
			return h, reject(Corrupt, "the JPEG has pixels but declares no size")
		case marker == markerSOS:
			return h, nil
		case isFrame(marker):
			if h.width, h.height, err = jpegFrame(marker, body); err != nil {
				return h, err
			}
			// At once, and not after the walk: no need to read on for a bomb.
			if r := checkSize(h.width, h.height, f.limits); r != nil {
				return h, r
			}
		case marker == markerAPP1 && h.exif == nil && bytes.HasPrefix(body, []byte(exifPrefix)):
			h.exif = body[len(exifPrefix):]
		}
	}
}

// nextMarker finds the next marker that has a segment, or EOI, from pos on, and
// the position after it.
func nextMarker(f file, pos int) (marker byte, after int, err error) {
	for ; ; pos++ {
		if err := f.need(int64(pos) + 2); err != nil {
			return 0, 0, err
		}
		if f.head[pos] != 0xff {
			continue
		}
		switch m := f.head[pos+1]; {
		case m == 0 || m >= markerRST0 && m <= markerRST7:
			pos++ // a stuffed byte or a restart: no segment
		case m != 0xff: // 0xff is a fill byte
			return m, pos + 2, nil
		}
	}
}

// isFrame says whether the marker is a start of frame: C0 to CF without three
// that lie between them and mean something else.
func isFrame(m byte) bool {
	return m >= markerSOF0 && m <= markerSOFf && m != markerDHT && m != markerJPG && m != markerDAC
}

// jpegFrame reads a frame header (T.81, B.2.2): precision, height, width, components.
func jpegFrame(marker byte, body []byte) (width, height int64, err error) {
	if len(body) < 6 {
		return 0, 0, reject(Corrupt, "the JPEG's frame header has %d bytes", len(body))
	}
	switch {
	case marker >= 0xc9:
		return 0, 0, reject(UnsupportedFormat, "the JPEG uses arithmetic coding, which is not supported")
	case marker > markerSOF2:
		return 0, 0, reject(UnsupportedFormat, "the JPEG is lossless or hierarchical, which is not supported")
	case body[0] != 8:
		return 0, 0, reject(UnsupportedFormat, "the JPEG has %d bits per sample; only 8 are supported", body[0])
	case body[5] != 1 && body[5] != 3 && body[5] != 4:
		return 0, 0, reject(UnsupportedFormat, "the JPEG has %d colour components; 1, 3 and 4 are supported", body[5])
	}
	height, width = int64(binary.BigEndian.Uint16(body[1:])), int64(binary.BigEndian.Uint16(body[3:]))
	return width, height, nil
}

// countScans counts the scans of a whole JPEG, up to maxScans + 1. Within a scan's
// data 0xff is always followed by 0 or a restart, which nextMarker skips. What is damaged
// is left for the decoder to report.
func countScans(data []byte) int {
	f := file{head: data, size: int64(len(data))}
	scans := 0
	for pos := 2; scans <= maxScans; {
		marker, after, err := nextMarker(f, pos)
		if err != nil || marker == markerEOI || f.need(int64(after)+2) != nil {
			break
		}
		if marker == markerSOS {
			scans++
		}
		pos = after + int(binary.BigEndian.Uint16(data[after:]))
	}
	return scans
}
