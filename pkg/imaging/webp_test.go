package imaging

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"testing"

	encoder "github.com/deepteams/webp"
)

var webpReader = reader{webpHeader, decodeWebP}

func webpFileOf(t *testing.T, img image.Image, lossless bool) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	if lossless {
		err = encoder.Encode(&b, img, &encoder.EncoderOptions{Lossless: true, Quality: 50, Exact: true})
	} else {
		err = encodeWebP(&b, img, 95)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// webpParts returns the chunks of a still file.
func webpParts(t *testing.T, data []byte) (parts []webpPart) {
	t.Helper()
	f := file{head: data, size: int64(len(data))}
	for pos := int64(12); pos < f.size; {
		c, err := nextChunk(f, pos, f.size)
		if err != nil {
			t.Fatal(err)
		}
		body, err := c.body(f)
		if err != nil {
			t.Fatal(err)
		}
		if c.name != "VP8X" {
			parts = append(parts, webpPart{c.name, body})
		}
		pos = c.next()
	}
	return parts
}

func TestWebPPixels(t *testing.T) {
	t.Parallel()
	for _, size := range []image.Point{{1, 1}, {2, 3}, {17, 33}, {64, 48}} {
		for _, opaque := range []bool{true, false} {
			source := smooth(size.X, size.Y, opaque)
			for _, lossless := range []bool{true, false} {
				h, img, err := webpReader.read(webpFileOf(t, source, lossless))
				if err != nil {
					t.Fatal(err)
				}
				if h.width != int64(size.X) || h.height != int64(size.Y) || (!h.alpha && !source.Opaque()) {
					t.Errorf("%v: %+v", size, h)
				}
				tolerance := 0
				if !lossless {
					tolerance = 12
				}
				same(t, img, source, tolerance)
			}
		}
	}
}

// Luma of a lossy WebP has 16 for black and 235 for white.
func TestWebPRange(t *testing.T) {
	t.Parallel()
	for _, c := range []color.NRGBA{{0, 0, 0, 255}, {255, 255, 255, 255}, {128, 128, 128, 255}, {200, 30, 40, 255}} {
		source := image.NewNRGBA(image.Rect(0, 0, 32, 32))
		draw.Draw(source, source.Rect, image.NewUniform(c), image.Point{}, draw.Src)
		_, img, err := webpReader.read(webpFileOf(t, source, false))
		if err != nil {
			t.Fatal(err)
		}
		same(t, img, source, 4)
	}
}

// The encoder takes each kind of image that there is, with the same result.
func TestWebPSources(t *testing.T) {
	t.Parallel()
	for _, opaque := range []bool{true, false} {
		source := smooth(64, 48, opaque)
		premultiplied := image.NewRGBA(source.Rect)
		draw.Draw(premultiplied, source.Rect, source, image.Point{}, draw.Src)
		images := []image.Image{source, premultiplied}
		if opaque {
			planes := image.NewYCbCr(source.Rect, image.YCbCrSubsampleRatio444)
			for i := range planes.Y {
				p := source.Pix[4*i:]
				planes.Y[i], planes.Cb[i], planes.Cr[i] = color.RGBToYCbCr(p[0], p[1], p[2])
			}
			images = append(images, planes)
		}
		for _, img := range images {
			_, got, err := webpReader.read(webpFileOf(t, img, false))
			if err != nil {
				t.Fatal(err)
			}
			same(t, got, source, 12)
		}
	}
}

func TestWebPAnimation(t *testing.T) {
	t.Parallel()
	le24 := func(v int) []byte { return []byte{byte(v), byte(v >> 8), byte(v >> 16)} }
	frame := func(x, y int, img image.Image) webpPart {
		body := bytes.Join([][]byte{le24(x / 2), le24(y / 2), le24(img.Bounds().Dx() - 1), le24(img.Bounds().Dy() - 1), {40, 0, 0, 0}}, nil)
		for _, p := range webpParts(t, webpFileOf(t, img, true)) {
			body = append(body, webpAssemble(nil, p)[12:]...)
		}
		return webpPart{"ANMF", body}
	}
	first, second := smooth(20, 10, true), smooth(40, 30, true)
	good := webpAssemble(webpVP8X(webpAnimation, 40, 30), webpPart{"ANIM", make([]byte, 6)}, frame(4, 6, first), frame(0, 0, second), frame(0, 0, second))
	h, img, err := webpReader.read(good)
	if err != nil {
		t.Fatal(err)
	}
	if h.frames != 3 || !h.alpha {
		t.Errorf("%+v", h)
	}
	want := image.NewNRGBA(image.Rect(0, 0, 40, 30))
	draw.Draw(want, first.Rect.Add(image.Pt(4, 6)), first, image.Point{}, draw.Src)
	same(t, img, want, 0)
	webpReader.wholeOrNothing(t, good)
	webpReader.refused(t, "a frame outside of the canvas",
		webpAssemble(webpVP8X(webpAnimation, 40, 30), webpPart{"ANIM", make([]byte, 6)}, frame(22, 0, first)), Corrupt)
	webpReader.refused(t, "no frame", webpAssemble(webpVP8X(webpAnimation, 40, 30), webpPart{"ANIM", make([]byte, 6)}), Corrupt)
}

func TestWebPMetadata(t *testing.T) {
	t.Parallel()
	exif := exifWithOrientation(6)
	for _, opaque := range []bool{true, false} {
		plain := webpFileOf(t, smooth(16, 16, opaque), false)
		data, err := webpWithEXIF(plain, exif)
		if err != nil {
			t.Fatal(err)
		}
		h, img, err := webpReader.read(data)
		if err != nil {
			t.Fatal(err)
		}
		if orientation(h.exif) != 6 || h.alpha == opaque {
			t.Errorf("orientation %d, alpha %t", orientation(h.exif), h.alpha)
		}
		unannounced := bytes.Clone(data)
		unannounced[20] &^= webpEXIF
		if h, err := webpHeader(file{head: unannounced, size: int64(len(data))}); err != nil || h.exif != nil {
			t.Errorf("EXIF that the flags do not announce: %d bytes, %v", len(h.exif), err)
		}
		_, without, err := webpReader.read(plain)
		if err != nil {
			t.Fatal(err)
		}
		same(t, img, without, 0)
		webpReader.wholeOrNothing(t, data)
		const icc = 0x20
		parts := append([]webpPart{{"ICCP", []byte("a profile")}}, webpParts(t, plain)...)
		h, _, err = webpReader.read(webpAssemble(webpVP8X(icc, 16, 16), parts...))
		if err != nil || string(h.icc) != "a profile" {
			t.Errorf("%q, %v", h.icc, err)
		}
	}
}

func TestWebPDamage(t *testing.T) {
	t.Parallel()
	for _, lossless := range []bool{true, false} {
		for _, opaque := range []bool{true, false} {
			good := webpFileOf(t, smooth(24, 20, opaque), lossless)
			webpReader.wholeOrNothing(t, good)
			// A chunk that ends early, in a container that is right.
			parts := webpParts(t, good)
			for i, p := range parts {
				for _, n := range []int{0, 1, 9, len(p.body) / 2} {
					cut := bytes.Clone(p.body[:min(n, len(p.body))])
					if len(cut) >= len(p.body) {
						continue
					}
					bad := append([]webpPart(nil), parts...)
					bad[i].body = cut
					var vp8x []byte
					if len(parts) > 1 {
						vp8x = webpVP8X(webpAlpha, 24, 20)
					}
					webpReader.refused(t, p.name, webpAssemble(vp8x, bad...), Corrupt)
				}
			}
			webpReader.refused(t, "another canvas", webpAssemble(webpVP8X(webpAlpha, 25, 20), parts...), Corrupt)
		}
	}
	bomb := webpAssemble(webpVP8X(0, 1<<24, 1<<24))
	webpReader.refused(t, "a bomb", bomb, TooManyPixels)
	long := webpFileOf(t, smooth(8, 8, true), true)
	binary.LittleEndian.PutUint32(long[4:], 1<<31)
	webpReader.refused(t, "a long file", long, Corrupt)
}
