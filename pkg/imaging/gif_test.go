package imaging

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"testing"
)

var gifReader = reader{gifHeader, decodeGIF}

// gifFrames writes frames on a screen; the first colour is transparent.
func gifFrames(t *testing.T, width, height int, frames ...image.Rectangle) []byte {
	t.Helper()
	palette := color.Palette{color.RGBA{}, color.RGBA{200, 30, 40, 255}, color.RGBA{20, 130, 240, 255}}
	g := &gif.GIF{Config: image.Config{Width: width, Height: height, ColorModel: palette}}
	for i, r := range frames {
		img := image.NewPaletted(r, palette)
		for j := range img.Pix {
			img.Pix[j] = byte((j + i) % 3)
		}
		g.Image, g.Delay = append(g.Image, img), append(g.Delay, 5)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, g); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGIF(t *testing.T) {
	t.Parallel()
	screen := image.Rect(0, 0, 9, 7)
	for _, first := range []image.Rectangle{screen, image.Rect(2, 3, 8, 6)} {
		data := gifFrames(t, 9, 7, first, screen, screen)
		h, img, err := gifReader.read(data)
		if err != nil {
			t.Fatal(err)
		}
		if h.width != 9 || h.height != 7 || !h.alpha || h.frames != 3 {
			t.Errorf("%+v", h)
		}
		all, err := gif.DecodeAll(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		want := image.NewRGBA(screen)
		draw.Draw(want, first, all.Image[0], first.Min, draw.Over)
		same(t, img, want, 0)
		gifReader.wholeOrNothing(t, data)
	}
	opaque := image.NewPaletted(screen, color.Palette{color.Black, color.White})
	var b bytes.Buffer
	if err := gif.Encode(&b, opaque, nil); err != nil {
		t.Fatal(err)
	}
	if h, _, err := gifReader.read(b.Bytes()); err != nil || h.alpha || h.frames != 1 {
		t.Errorf("%+v, %v", h, err)
	}
	bomb := gifFrames(t, 9, 7, screen)
	copy(bomb[6:], "\xff\xff\xff\xff")
	gifReader.refused(t, "a bomb", bomb, TooManyPixels)
	small := gifFrames(t, 9, 7, screen)
	small[6] = 8
	gifReader.refused(t, "a frame outside of the screen", small, Corrupt)
}
