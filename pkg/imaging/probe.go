package imaging

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
)

// HeadBytes is how much of a file to read for [Probe]: 256 KiB. The dimensions
// follow the metadata. One EXIF segment has at most 64 KiB, a camera adds an ICC
// profile (3 KiB, or 500 KiB for some CMYK presses) and XMP, so that nearly all photos need no
// second read, and reading 256 KiB from S3 costs the same request as 4 KiB.
const HeadBytes = 256 << 10

// Probe reads the header of an image from the head of its file and applies the
// limits to what the header declares. It decodes no pixels.
//
// head is the first bytes of the file, [HeadBytes] or the whole file if it is
// shorter; size is the file's whole size in bytes. The header ends where the
// pixels begin (the first SOS of a JPEG, the first IDAT of a PNG). If head ends before that, and
// the file does not, the error is a [*NeedMoreError]; all other errors
// are a [*Rejection]. An image that passes can still be [Corrupt] in its pixels.
func Probe(head []byte, size int64, limits Limits) (Info, error) {
	info, _, err := probe(head, size, limits)
	return info, err
}

func probe(head []byte, size int64, limits Limits) (Info, header, error) {
	f := file{head: head, size: max(size, int64(len(head))), limits: limits}
	if f.size == 0 {
		return Info{}, header{}, reject(Empty, "the file has 0 bytes")
	}
	if limits.MaxBytes > 0 && f.size > limits.MaxBytes {
		return Info{}, header{}, reject(TooLarge, "the file has %d bytes; the limit is %d", f.size, limits.MaxBytes)
	}
	if int64(len(head)) < min(sniffBytes, f.size) {
		return Info{}, header{}, &NeedMoreError{Bytes: min(HeadBytes, f.size)}
	}
	name := sniff(head)
	if name == "" {
		return Info{}, header{}, reject(NotAnImage, "the file begins with %q, which is no image format", head[:min(len(head), 12)])
	}
	format := Format(name)
	codec, ok := codecs[format]
	if !ok || len(limits.Formats) > 0 && !slices.Contains(limits.Formats, format) {
		return Info{}, header{}, reject(UnsupportedFormat, "the file is %s; supported are %s", name, limits.formats())
	}
	h, err := codec.header(f)
	if err != nil {
		return Info{}, header{}, err
	}
	if limits.MaxFrames > 0 && int64(h.frames) > limits.MaxFrames {
		return Info{}, header{}, reject(TooManyFrames, "the file holds at least %d pictures; the limit is %d", h.frames, limits.MaxFrames)
	}
	info := Info{
		Format: format, Width: int(h.width), Height: int(h.height),
		Orientation: orientation(h.exif), HasAlpha: h.alpha,
	}
	if swapsSides(info.Orientation) {
		info.Width, info.Height = info.Height, info.Width
	}
	return info, h, nil
}

// formats lists what is accepted, for a message.
func (l Limits) formats() string {
	accepted := l.Formats
	if len(accepted) == 0 {
		accepted = slices.Sorted(maps.Keys(codecs))
	}
	names := make([]string, len(accepted))
	for i, f := range accepted {
		names[i] = string(f)
	}
	return strings.Join(names, ", ")
}

// header is what a codec's header function finds. Sides are as stored.
type header struct {
	width, height int64
	alpha         bool
	exif          []byte // a TIFF structure, or nil
	icc           []byte // a colour profile, or nil
	frames        int    // pictures in the file, as far as the header tells; 0 is 1
}

// file is the part of a file that was read, and what is known of the rest.
type file struct {
	head   []byte
	size   int64
	limits Limits
}

// need returns nil if the first n bytes are there, and otherwise the error
// that says whether to read on or to give up.
func (f file) need(n int64) error {
	have := int64(len(f.head))
	switch {
	case n <= have:
		return nil
	case n > f.size:
		return reject(Corrupt, "the file ends inside its header, after %d bytes", f.size)
	default:
		return &NeedMoreError{Bytes: min(f.size, max(n, 2*have))}
	}
}

// sniffBytes is how many bytes sniff looks at.
const sniffBytes = 32

// sniff names the image format by its magic bytes: a Format for the supported
// ones, the usual name for others, "" for what is no known image. Sources: each
// format's specification; for HEIF and AVIF the brands of ISO/IEC 23008-12 and
// of the AV1 Image File Format.
func sniff(head []byte) string {
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.magic)) {
			return m.name
		}
	}
	switch {
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return string(WebP)
	case len(head) >= 18 && string(head[:2]) == "BM" && slices.Contains(bmpHeaderSizes, binary.LittleEndian.Uint32(head[14:])):
		return string(BMP)
	case len(head) >= 12 && string(head[4:8]) == "ftyp":
		return brands[string(head[8:12])]
	}
	return ""
}

var magics = []struct{ magic, name string }{
	{"\xff\xd8\xff", string(JPEG)},
	{pngSignature, string(PNG)},
	{"GIF87a", string(GIF)},
	{"GIF89a", string(GIF)},
	{"II*\x00", string(TIFF)},
	{"MM\x00*", string(TIFF)},
	{"II+\x00", "BigTIFF"},
	{"MM\x00+", "BigTIFF"},
	{"8BPS", "Photoshop"},
	{"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG 2000"},
	{"\x00\x00\x00\x0cJXL \r\n\x87\n", "JPEG XL"},
	{"\xff\x0a", "JPEG XL"},
}

// bmpHeaderSizes are the sizes that a BMP's second header can have. "BM" alone
// is also how some English texts begin.
var bmpHeaderSizes = []uint32{12, 16, 40, 52, 56, 64, 108, 124}

var brands = map[string]string{
	"avif": "AVIF", "avis": "AVIF",
	"heic": "HEIC", "heix": "HEIC", "heim": "HEIC", "heis": "HEIC",
	"hevc": "HEIC", "hevx": "HEIC", "hevm": "HEIC", "hevs": "HEIC",
	"mif1": "HEIF", "msf1": "HEIF",
}
