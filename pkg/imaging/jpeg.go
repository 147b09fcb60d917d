package imaging

import (
	"bytes"
	"encoding/binary"
)

// JPEG markers (ITU-T T.81, table B.1).
const (
	markerTEM  = 0x01
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
	markerAPP2 = 0xe2
)

// jpegHeader walks the segments to the first scan. It is as liberal as libjpeg
// and image/jpeg: fill bytes and stray bytes between segments are skipped.
func jpegHeader(f file) (header, error) {
	var h header
	var profile iccParts
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
			h.icc = profile.join()
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
		case marker == markerAPP2 && bytes.HasPrefix(body, []byte(iccPrefix)):
			profile.add(body[len(iccPrefix):])
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
		case m == 0 || m == markerTEM || m >= markerRST0 && m <= markerRST7:
			pos++ // a stuffed byte, or a marker without a segment
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

// iccPrefix opens an APP2 segment that holds a part of a colour profile; the part's
// number, from 1, and the number of parts follow (ICC.1:2022, annex B.4).
const iccPrefix = "ICC_PROFILE\x00"

// iccParts are the parts of a profile by their numbers.
type iccParts struct {
	parts map[byte][]byte
	count byte
}

func (p *iccParts) add(body []byte) {
	if len(body) < 2 {
		return
	}
	if p.parts == nil {
		p.parts = map[byte][]byte{}
	}
	p.parts[body[0]], p.count = body[2:], body[1]
}

// join returns the profile, or nil if a part is missing.
func (p *iccParts) join() []byte {
	var whole []byte
	for i := 1; i <= int(p.count); i++ {
		part, ok := p.parts[byte(i)]
		if !ok {
			return nil
		}
		whole = append(whole, part...)
	}
	return whole
}
