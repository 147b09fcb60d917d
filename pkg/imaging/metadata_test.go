package imaging

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/png"
	"testing"

	"github.com/pixline/pixline/pkg/imaging/sample"
)

// TestOrientationOfOtherFormats: a WebP and a TIFF that are stored as each
// orientation says display what the picture is.
func TestOrientationOfOtherFormats(t *testing.T) {
	t.Parallel()
	want, _ := process(t, sample.OrientedPNG(1), original(PNG))
	for n := 1; n <= 8; n++ {
		// The stored pixels, from the PNG of this orientation without its tag.
		tagged := sample.OrientedPNG(n)
		stored, err := png.Decode(bytes.NewReader(tagged))
		if err != nil {
			t.Fatal(err)
		}
		web, err := webpWithEXIF(webpFileOf(t, stored, true), exifWithOrientation(byte(n)))
		if err != nil {
			t.Fatal(err)
		}
		for format, data := range map[Format][]byte{WebP: web, TIFF: orientedTIFF(stored, n)} {
			got, _ := process(t, data, original(PNG))
			if d := farthest(t, got, want); d != 0 {
				t.Errorf("%s %d displays other pixels, by %d", format, n, d)
			}
		}
	}
}

// orientedTIFF is an RGB file with an orientation, which must be a SHORT.
func orientedTIFF(img image.Image, n int) []byte {
	rgba := copyOf(img, img.Bounds())
	w, h := rgba.Rect.Dx(), rgba.Rect.Dy()
	var pixels []byte
	for i := 0; i < len(rgba.Pix); i += 4 {
		pixels = append(pixels, rgba.Pix[i:i+3]...)
	}
	data := rawTIFF(binary.LittleEndian, pixels, true,
		tiffEntry{tagWidth, []uint32{uint32(w)}}, tiffEntry{tagHeight, []uint32{uint32(h)}},
		tiffEntry{tagBits, []uint32{8, 8, 8}}, tiffEntry{tagCompression, []uint32{1}}, tiffEntry{tagPhotometric, []uint32{2}},
		tiffEntry{tagStripOffsets, []uint32{8}}, tiffEntry{274, []uint32{uint32(n)}}, tiffEntry{tagSamples, []uint32{3}},
		tiffEntry{278, []uint32{uint32(h)}}, tiffEntry{tagStripByteCounts, []uint32{uint32(len(pixels))}})
	data[bytes.Index(data, []byte{0x12, 1, 4, 0})+2] = 3
	return data
}

// TestMetadata: nothing of a source's metadata reaches an output, a position
// least of all; but for the copyright, if it is to be kept.
func TestMetadata(t *testing.T) {
	t.Parallel()
	const secret, notice = "50.0755N 14.4378E", "© Someone, 2026"
	tagged := exifWithCopyright(notice + "\x00" + "editor of")
	body := append([]byte(exifPrefix), append(tagged, secret...)...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	xmp := append([]byte{0xff, 0xe1, 0, byte(2 + 29 + len(secret))}, append([]byte("http://ns.adobe.com/xap/1.0/\x00"), secret...)...)
	comment := append([]byte{0xff, 0xfe, 0, byte(2 + len(secret))}, secret...)
	plain := sample.Photo(80, 60, 4)
	source := sample.WithProfile(bytes.Join([][]byte{plain[:2], segment, body, xmp, comment, plain[2:]}, nil), sample.DisplayP3())
	for _, keep := range []bool{false, true} {
		result, err := Process(context.Background(), source, Options{KeepCopyright: keep, Renditions: []Rendition{
			{Name: "jpeg", Width: 40}, {Name: "png", Width: 40, Format: PNG}, {Name: "webp", Width: 40, Format: WebP},
		}})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range result.Outputs {
			if bytes.Contains(o.Data, []byte(secret)) || bytes.Contains(o.Data, []byte("ICC_PROFILE")) || bytes.Contains(o.Data, []byte("xap/1.0")) {
				t.Errorf("%s: metadata of the source are in the output", o.Name)
			}
			h, err := codecs[o.Format].header(file{head: o.Data, size: int64(len(o.Data))})
			if err != nil {
				t.Fatal(err)
			}
			if got := copyright(h.exif); keep && got != notice+"; editor of" || !keep && h.exif != nil {
				t.Errorf("%s: the copyright is %q", o.Name, got)
			}
		}
	}
}
