package imaging

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
	"math"

	"github.com/pixline/pixline/pkg/imaging/internal/colour"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// PNG colour types that carry an alpha channel (PNG specification, 11.2.1).
const (
	pngGreyAlpha   = 4
	pngColourAlpha = 6
)

// pngHeader walks the chunks to the first IDAT. tRNS must come before it. An eXIf
// chunk after it, which libpng can write, is not honoured: the head of a file
// would then show another orientation than the file.
func pngHeader(f file) (header, error) {
	var h header
	profiled := false
	const overhead = 12 // length, type, CRC
	for pos := int64(len(pngSignature)); ; {
		if err := f.need(pos + 8); err != nil {
			return h, err
		}
		length := int64(binary.BigEndian.Uint32(f.head[pos:]))
		name := string(f.head[pos+4 : pos+8])
		if length > math.MaxInt32 {
			return h, reject(Corrupt, "the PNG's chunk %q at byte %d declares %d bytes", name, pos, length)
		}
		switch {
		case h.width == 0 && name == "CgBI":
			return h, reject(UnsupportedFormat, "the file is a PNG in Apple's private variant (CgBI), which is not supported")
		case h.width == 0 && (name != "IHDR" || length != 13):
			return h, reject(Corrupt, "the PNG begins with a chunk %q of %d bytes in place of its header", name, length)
		case name == "IDAT":
			return h, nil
		case name == "IEND":
			return h, reject(Corrupt, "the PNG ends before any pixels")
		}
		if err := f.need(pos + length + overhead); err != nil {
			return h, err
		}
		body := f.head[pos+8 : pos+8+length]
		switch name {
		case "IHDR":
			// The CRC is checked here: damaged dimensions would be judged as declared ones.
			if crc := binary.BigEndian.Uint32(f.head[pos+8+length:]); crc != crc32.ChecksumIEEE(f.head[pos+4:pos+8+length]) {
				return h, reject(Corrupt, "the PNG's header does not match its checksum")
			}
			h.width, h.height = int64(binary.BigEndian.Uint32(body)), int64(binary.BigEndian.Uint32(body[4:]))
			if h.width > math.MaxInt32 || h.height > math.MaxInt32 { // the specification's limit
				return h, reject(Corrupt, "the header declares %dx%d pixels", h.width, h.height)
			}
			if r := checkSize(h.width, h.height, f.limits); r != nil {
				return h, r
			}
			h.alpha = body[9] == pngGreyAlpha || body[9] == pngColourAlpha
		case "tRNS":
			h.alpha = true
		case "eXIf":
			h.exif = body
		case "iCCP":
			// There is one at most (11.3.2.3). Each may expand a thousandfold.
			if !profiled {
				h.icc, profiled = pngProfile(body), true
			}
		}
		pos += length + overhead
	}
}

// pngProfile reads an iCCP chunk: a name, NUL, the compression method (0: zlib) and the
// profile. A broken one is none.
func pngProfile(body []byte) []byte {
	_, rest, found := bytes.Cut(body, []byte{0})
	if !found || len(rest) == 0 || rest[0] != 0 {
		return nil
	}
	r, err := zlib.NewReader(bytes.NewReader(rest[1:]))
	if err != nil {
		return nil
	}
	profile, err := io.ReadAll(io.LimitReader(r, colour.MaxBytes+1))
	if err != nil || len(profile) > colour.MaxBytes {
		return nil
	}
	return profile
}
