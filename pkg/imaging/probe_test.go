package imaging

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"strings"
	"testing"

	"github.com/pixline/pixline/pkg/imaging/sample"
)

// patchPNG changes a PNG's header and makes its checksum right again.
func patchPNG(data []byte, at int, value ...byte) []byte {
	data = bytes.Clone(data)
	copy(data[at:], value)
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	return data
}

// patchFrame changes a baseline JPEG's frame header: at is counted from its marker.
func patchFrame(data []byte, at int, value ...byte) []byte {
	data = bytes.Clone(data)
	copy(data[bytes.Index(data, []byte{0xff, 0xc0})+at:], value)
	return data
}

// TestRejections: each code, from Probe where the header shows it, else from
// Decode, with a message that says what was found.
func TestRejections(t *testing.T) {
	t.Parallel()
	photo, picture := sample.Photo(96, 64, 1), sample.OrientedPNG(1)
	limits := Limits{MaxBytes: 1 << 20, MaxPixels: 100e6, MaxSide: 70000, Formats: []Format{JPEG, PNG}}
	cases := []struct {
		name    string
		data    []byte
		code    Code
		message string
		decode  bool // only decoding shows it
	}{
		{"no bytes", nil, Empty, "0 bytes", false},
		{"too many bytes", make([]byte, 1<<20+1), TooLarge, "1048577 bytes; the limit is 1048576", false},
		{"bomb", sample.Bomb(), TooManyPixels, "64250x64250 is 4128 megapixels; the limit is 100", false},
		{"one row too many", patchPNG(picture, 16, 0, 0, 0x27, 0x10, 0, 0, 0x27, 0x11), TooManyPixels, "10000x10001 is 100010000 pixels; the limit is 100000000", false},
		{"sides whose product overflows int32", patchPNG(picture, 16, 0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff), TooManyPixels, "side of 2147483647", false},
		{"sides above the specification", patchPNG(picture, 16, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1), Corrupt, "4294967295x1", false},
		{"long side", patchPNG(picture, 16, 0, 1, 0x11, 0x71, 0, 0, 0, 1), TooManyPixels, "70001", false},
		{"no rows", patchFrame(photo, 5, 0, 0), Corrupt, "96x0", false},
		{"no columns", patchPNG(picture, 16, 0, 0, 0, 0), Corrupt, "0x38", false},
		{"text", []byte("<!doctype html><title>not found</title>"), NotAnImage, "<!doctype", false},
		{"one byte", []byte{0xff}, NotAnImage, `"\xff"`, false},
		{"GIF", []byte("GIF89a" + strings.Repeat("\x00", 40)), UnsupportedFormat, "is gif; supported are jpeg, png", false},
		{"WebP", []byte("RIFF\x24\x00\x00\x00WEBPVP8 " + strings.Repeat("\x00", 40)), UnsupportedFormat, "is webp; supported are jpeg, png", false},
		{"BMP", []byte("BM\x46\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00"), UnsupportedFormat, "is bmp; supported are jpeg, png", false},
		{"TIFF", []byte("II*\x00\x08\x00\x00\x00"), UnsupportedFormat, "is tiff; supported are jpeg, png", false},
		{"HEIC", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), UnsupportedFormat, "HEIC", false},
		{"AVIF", []byte("\x00\x00\x00\x20ftypavif\x00\x00\x00\x00"), UnsupportedFormat, "AVIF", false},
		{"a film", []byte("\x00\x00\x00\x20ftypisom\x00\x00\x02\x00"), NotAnImage, "ftypisom", false},
		{"arithmetic coding", patchFrame(photo, 1, 0xc9), UnsupportedFormat, "arithmetic", false},
		{"lossless JPEG", patchFrame(photo, 1, 0xc3), UnsupportedFormat, "lossless", false},
		{"12 bits", patchFrame(photo, 4, 12), UnsupportedFormat, "12 bits", false},
		{"2 components", patchFrame(photo, 9, 2), UnsupportedFormat, "2 colour components", false},
		{"Apple's PNG", append([]byte(pngSignature+"\x00\x00\x00\x04CgBI\x50\x00\x20\x02"), picture[8:]...), UnsupportedFormat, "CgBI", false},
		{"header's checksum", func() []byte { d := bytes.Clone(picture); d[19]++; return d }(), Corrupt, "checksum", false},
		{"ends in the header", photo[:100], Corrupt, "ends inside its header", false},
		{"truncated JPEG", sample.Corrupt(), Corrupt, "truncated", true},
		{"damaged PNG", func() []byte { d := bytes.Clone(picture); d[len(d)-20] ^= 1; return d }(), Corrupt, "damaged", true},
	}
	for _, c := range cases {
		_, err := Probe(c.data, int64(len(c.data)), limits)
		if got := codeOf(t, err); c.decode && got != "" || !c.decode && got != c.code {
			t.Errorf("%s: Probe says %v, want code %q", c.name, err, c.code)
		}
		_, err = Process(context.Background(), c.data, Options{Limits: limits, Renditions: []Rendition{{Name: "r", Width: 10}}})
		if got := codeOf(t, err); got != c.code || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: Process says %v, want %q with %q", c.name, err, c.code, c.message)
		}
	}
}

// TestHeadOfAFile: Probe works on a head, asks for more where the header is
// longer, converges, and says at every length what it says of the whole.
func TestHeadOfAFile(t *testing.T) {
	t.Parallel()
	photo := sample.Oriented(6)
	metadata := bytes.Repeat(append([]byte{0xff, 0xed, 0xff, 0xff}, make([]byte, 0xffff-2)...), 20) // 1.3 MB of APP13
	long := bytes.Join([][]byte{photo[:2], metadata, photo[2:]}, nil)
	for name, data := range map[string][]byte{"short header": photo, "long header": long, "PNG": sample.OrientedPNG(8)} {
		size := int64(len(data))
		want, err := Probe(data, size, Limits{})
		if err != nil || want.Orientation < 6 {
			t.Fatalf("%s: %+v, %v", name, want, err)
		}
		for start := range 64 {
			reads, n := 0, min(int64(start), size)
			for {
				got, err := Probe(data[:n], size, Limits{})
				var more *NeedMoreError
				if !errors.As(err, &more) {
					if err != nil || got != want {
						t.Fatalf("%s from %d bytes: %+v, %v, want %+v", name, n, got, err, want)
					}
					break
				}
				if reads++; more.Bytes <= n || more.Bytes > size || reads > 12 {
					t.Fatalf("%s: after %d reads and %d bytes it asks for %d of %d", name, reads, n, more.Bytes, size)
				}
				n = more.Bytes
			}
		}
	}
	// A bomb is recognised from the head even if its metadata goes on.
	bomb := sample.Bomb()
	scan := bytes.Index(bomb, []byte{0xff, 0xda})
	_, err := Probe(bomb[:scan], 1<<20, Limits{MaxPixels: 1e6})
	if codeOf(t, err) != TooManyPixels {
		t.Errorf("a bomb's head: %v", err)
	}
}

// TestAlphaIsSeen: each way in which a PNG carries transparency.
func TestAlphaIsSeen(t *testing.T) {
	t.Parallel()
	for want, img := range map[bool]image.Image{true: transparentPalette(), false: image.NewGray(image.Rect(0, 0, 3, 3))} {
		data := pngOf(t, img)
		if info, err := Probe(data, int64(len(data)), Limits{}); err != nil || info.HasAlpha != want {
			t.Errorf("%T: %+v, %v", img, info, err)
		}
	}
}
