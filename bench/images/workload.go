package images

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"

	"github.com/gen2brain/jpegn"

	"github.com/pixline/pixline/bench/images/photo"
	"github.com/pixline/pixline/bench/images/trial"
)

// Workload is what is to be made of one source.
type Workload struct {
	Name   string
	Format string // "jpeg" or "png", of source and outputs
	Sizes  []trial.Size
	// Must and Aim are what is promised of pixline's time as a ratio to sharp's.
	// 0: nothing.
	Must, Aim float64
	// Memory says that only its memory counts: few iterations, nothing is judged.
	Memory bool
}

// workload is one that can be run.
type workload struct {
	Workload
	source func() ([]byte, error)
}

// The promises on memory, in bytes, and on quality, in dB above sharp's at the
// same file size.
const (
	mustMemory, aimMemory   = 512e6, 128e6
	mustQuality, aimQuality = -0.3, 0.0
)

func workloads() []workload {
	return []workload{
		{Workload: Workload{Name: "6 MP JPEG to 720", Format: "jpeg", Sizes: scaled(2725, 2225, 720), Must: 1.5, Aim: 1.0}, source: camera(2725, 2225)},
		{Workload: Workload{Name: "6 MP JPEG to 256", Format: "jpeg", Sizes: scaled(2725, 2225, 256), Must: 1.3, Aim: 0.9}, source: camera(2725, 2225)},
		{Workload: Workload{Name: "24 MP JPEG to 1600, 800, 320", Format: "jpeg", Sizes: scaled(6000, 4000, 1600, 800, 320), Must: 1.3, Aim: 0.8}, source: camera(6000, 4000)},
		{Workload: Workload{Name: "12 MP progressive JPEG to 720", Format: "jpeg", Sizes: scaled(4000, 3000, 720)}, source: progressive(4000, 3000)},
		{Workload: Workload{Name: "12 MP PNG with alpha to 512", Format: "png", Sizes: scaled(4000, 3000, 512)}, source: cutOut(4000, 3000)},
		{Workload: Workload{Name: "100 MP JPEG to 320", Format: "jpeg", Sizes: scaled(11600, 8700, 320), Memory: true}, source: camera(11600, 8700)},
	}
}

// scaled returns the sizes of w x h at some widths, rounded as all contestants do.
func scaled(w, h int, widths ...int) []trial.Size {
	var sizes []trial.Size
	for _, width := range widths {
		sizes = append(sizes, trial.Size{Width: width, Height: int(math.Round(float64(h) * float64(width) / float64(w)))})
	}
	return sizes
}

// cameraQuality is about what phones write: 1.6 bits a pixel for this picture.
const cameraQuality = 89

func camera(w, h int) func() ([]byte, error) {
	return func() ([]byte, error) {
		var b bytes.Buffer
		err := jpeg.Encode(&b, photo.New(w, h, 1, image.YCbCrSubsampleRatio420), &jpeg.Options{Quality: cameraQuality})
		return b.Bytes(), err
	}
}

func progressive(w, h int) func() ([]byte, error) {
	return func() ([]byte, error) {
		var b bytes.Buffer
		err := jpegn.Encode(&b, photo.New(w, h, 2, image.YCbCrSubsampleRatio420), &jpegn.EncodeOptions{Quality: cameraQuality, OptimizeCoding: true, Progressive: true})
		return b.Bytes(), err
	}
}

// cutOut is a photo whose background is gone: opaque in an ellipse with a soft
// edge, and around it a shadow that fades.
func cutOut(w, h int) func() ([]byte, error) {
	return func() ([]byte, error) {
		planes := photo.New(w, h, 3, image.YCbCrSubsampleRatio444)
		img := image.NewNRGBA(planes.Rect)
		for y := range h {
			for x := range w {
				at := planes.YOffset(x, y)
				r, g, b := color.YCbCrToRGB(planes.Y[at], planes.Cb[at], planes.Cr[at])
				distance := math.Hypot(2*float64(x)/float64(w)-1, 2*float64(y)/float64(h)-1)
				switch edge := (0.8 - distance) * float64(h) / 6; { // three pixels from 0 to 1
				case edge >= 1:
					img.SetNRGBA(x, y, color.NRGBA{r, g, b, 255})
				case edge > 0:
					img.SetNRGBA(x, y, color.NRGBA{r, g, b, uint8(90 + 165*edge)})
				case distance < 1:
					img.SetNRGBA(x, y, color.NRGBA{20, 20, 24, uint8(90 * (1 - distance) / 0.2)})
				}
			}
		}
		var b bytes.Buffer
		err := png.Encode(&b, img)
		return b.Bytes(), err
	}
}
