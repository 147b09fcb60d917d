// Package sample makes pictures for the demo, the tests and the benchmarks, in
// code: the repository holds no binary images. Every function is deterministic
// for one version of Go and one architecture.
package sample

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"math"
)

// The outcomes that Sample.WantStatus names.
const (
	Succeeded = "succeeded"
	Rejected  = "rejected"
)

// Sample is a file for the demo and what the pipeline makes of it.
type Sample struct {
	// Name is for people, Key for the bucket.
	Name, Key string
	Data      []byte
	// WantStatus is the execution's status, WantCode the reason's code if rejected.
	WantStatus, WantCode string
}

// Samples returns the demo's files: accepted ones first, then one for each kind
// of damage that people upload.
func Samples() []Sample {
	return []Sample{
		{"colour chart (JPEG)", "samples/colour-chart.jpg", ColourChart(), Succeeded, ""},
		{"gradient with transparency (PNG)", "samples/gradient.png", Gradient(), Succeeded, ""},
		{"scene, stored on its side (JPEG, EXIF orientation 6)", "samples/scene.jpg", Scene(), Succeeded, ""},
		{"photo cut off during upload", "samples/truncated.jpg", Corrupt(), Rejected, "corrupt"},
		{"decompression bomb", "samples/bomb.jpg", Bomb(), Rejected, "too_many_pixels"},
		{"text with an image's suffix", "samples/notes.jpg", []byte("Buy film. Clean the lens.\nPractise with the flash.\n"), Rejected, "not_an_image"},
	}
}

// ColourChart returns a JPEG of 960x640: 24 patches in 6 columns and 4 rows, by
// the sRGB values of the usual test chart, on dark grey.
func ColourChart() []byte {
	patches := [24]uint32{
		0x735244, 0xc29682, 0x627a9d, 0x576c43, 0x8580b1, 0x67bdaa,
		0xd67e2c, 0x505ba6, 0xc15a63, 0x5e3c6c, 0x9dbc40, 0xe0a32e,
		0x383d96, 0x469449, 0xaf363c, 0xe7c71f, 0xbb5695, 0x0885a1,
		0xf3f3f2, 0xc8c8c8, 0xa0a0a0, 0x7a7a79, 0x555555, 0x343434,
	}
	img := image.NewRGBA(image.Rect(0, 0, 960, 640))
	for y := range 640 {
		for x := range 960 {
			c := color.RGBA{R: 0x22, G: 0x22, B: 0x22, A: 255}
			if x%160 >= 12 && x%160 < 148 && y%160 >= 12 && y%160 < 148 {
				p := patches[y/160*6+x/160]
				c = color.RGBA{R: uint8(p >> 16), G: uint8(p >> 8), B: uint8(p), A: 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return encodeJPEG(img, 92)
}

// Gradient returns a PNG of 800x600 with alpha: a wheel of hues that fades out.
func Gradient() []byte {
	const w, h = 800, 600
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			dx, dy := float64(x)-w/2, float64(y)-h/2
			radius := math.Hypot(dx, dy) / (h / 2)
			hue := math.Atan2(dy, dx)
			channel := func(shift float64) uint8 { return uint8(127.5 + 127.5*math.Cos(hue-shift)) }
			img.SetNRGBA(x, y, color.NRGBA{
				R: channel(0), G: channel(2 * math.Pi / 3), B: channel(4 * math.Pi / 3),
				A: uint8(255 * max(0, 1-radius)),
			})
		}
	}
	return encodePNG(img)
}

// Corrupt returns a JPEG of 640x480 whose header is whole and whose pixels end
// after two thirds of the file.
func Corrupt() []byte {
	data := Photo(640, 480, 7)
	return data[:len(data)*2/3]
}

// Bomb returns a JPEG below 10 KB that declares 64250x64250 pixels, of which
// it has 64x64.
func Bomb() []byte {
	data := Photo(64, 64, 3)
	frame := bytes.Index(data, []byte{0xff, 0xc0}) // baseline frame header
	binary.BigEndian.PutUint16(data[frame+5:], 64250)
	binary.BigEndian.PutUint16(data[frame+7:], 64250)
	return data
}

// Oriented returns a JPEG that displays the same letter F on 112x144 pixels for
// each EXIF orientation n, 1 to 8. Its cells are whole blocks of one colour, which JPEG
// keeps, so that all eight display identical pixels.
func Oriented(n int) []byte {
	letter := [9]string{
		"RRRGGGG",
		"RWWWWWG",
		"RWKKKWG",
		"RWKWWWG",
		"RWKKWWG",
		"RWKWWWG",
		"RWKWWWG",
		"BWWWWWY",
		"BBBBYYY",
	}
	colours := map[byte]color.RGBA{
		'R': {200, 40, 40, 255}, 'G': {40, 160, 60, 255}, 'B': {40, 70, 190, 255},
		'Y': {230, 200, 40, 255}, 'W': {250, 250, 250, 255}, 'K': {10, 10, 10, 255},
	}
	const cell = 16 // the block of a JPEG with 4:2:0 subsampling
	img := image.NewRGBA(image.Rect(0, 0, 7*cell, 9*cell))
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			img.SetRGBA(x, y, colours[letter[y/cell][x/cell]])
		}
	}
	return withOrientation(encodeJPEG(store(img, n), 100), n)
}

// OrientedPNG returns a PNG that displays the same 23x38 pixels, all of them
// different, for each EXIF orientation n, 1 to 8, given in an eXIf chunk.
func OrientedPNG(n int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 23, 38))
	for y := range 38 {
		for x := range 23 {
			img.SetRGBA(x, y, color.RGBA{R: uint8(x * 11), G: uint8(y * 6), B: uint8(x*7 + y*5), A: 255})
		}
	}
	return StoredAs(img, n, "png")
}

func encodePNG(img image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil // unreachable: the picture is valid and a buffer takes every write
	}
	return b.Bytes()
}
