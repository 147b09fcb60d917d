package imaging

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"hash/crc32"
	"image"
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/gen2brain/jpegn"
	"pgregory.net/rapid"

	"github.com/pixline/pixline/pkg/imaging/sample"
)

// TestPeakBytes holds the formula against the heap that is seen, for the sources
// that its constants name.
func TestPeakBytes(t *testing.T) {
	// Not parallel: what other tests hold would count. Collecting all the time leaves
	// little garbage in what is seen.
	defer debug.SetGCPercent(debug.SetGCPercent(5))
	const w, h = 1024, 768
	chart := sample.AlphaEdges(w, h)
	sources := map[string][]byte{
		"PNG":              pngOf(t, chart),
		"16-bit PNG":       pngOf(t, deep(chart)),
		"interlaced PNG":   interlacedPNG(t, chart),
		"JPEG":             jpegOf(t, sample.Ramp(w, h)),
		"progressive JPEG": progressive(t, sample.Ramp(w, h), jpegn.Subsample444),
		"WebP":             lossyWebP(t, chart),
		"GIF":              gifOf(t, chart),
		"BMP":              bmpOf(t, chart),
		"TIFF":             tiffOf(t, chart),
	}
	renditions := map[string][]Rendition{
		"small":     {{Name: "s", Width: 128}},
		"two":       {{Name: "m", Width: 512}, {Name: "s", Width: 100, Height: 100, Fit: Cover, Position: Attention, Format: PNG}},
		"sharpened": {{Name: "m", Width: 512, Sharpen: 1, Format: WebP}},
	}
	for name, data := range sources {
		for what, r := range renditions {
			info, err := Probe(data, int64(len(data)), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			used := heapPeak(func() {
				if _, err := Process(context.Background(), data, Options{Renditions: r}); err != nil {
					t.Error(err)
				}
			})
			bound := PeakBytes(info.Format, w, h, r...)
			t.Logf("%s, %s: %.1f bytes a pixel seen, %.1f allowed", name, what, float64(used)/(w*h), float64(bound)/(w*h))
			if used > bound+fixedBytes {
				t.Errorf("%s, %s: %d bytes were seen, the formula has %d", name, what, used, bound)
			}
		}
	}
}

// interlacedPNG writes Adam7 (PNG specification, 8.2), unfiltered, where image/png cannot.
func interlacedPNG(t *testing.T, img *image.NRGBA) []byte {
	data := patchPNG(pngOf(t, img), 28, 1)
	var stream bytes.Buffer
	w := zlib.NewWriter(&stream)
	for _, p := range [7]struct{ x, y, stepX, stepY int }{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}} {
		for y := p.y; y < img.Rect.Dy(); y += p.stepY {
			row := []byte{0}
			for x := p.x; x < img.Rect.Dx(); x += p.stepX {
				row = append(row, img.Pix[img.PixOffset(x, y):][:4]...)
			}
			if _, err := w.Write(row); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	const afterHeader = 33
	data = data[:afterHeader]
	for _, c := range []struct {
		name string
		body []byte
	}{{"IDAT", stream.Bytes()}, {"IEND", nil}} {
		start := len(data) + 4
		data = binary.BigEndian.AppendUint32(data, uint32(len(c.body)))
		data = append(append(data, c.name...), c.body...)
		data = binary.BigEndian.AppendUint32(data, crc32.ChecksumIEEE(data[start:]))
	}
	return data
}

// heapPeak returns the most bytes of heap that a watcher sees while do runs, above
// what was there before.
func heapPeak(do func()) int64 {
	runtime.GC()
	runtime.GC() // pools are emptied by the second
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(heap)
	before := int64(heap[0].Value.Uint64())
	stop, peak := make(chan struct{}), make(chan int64)
	go func() {
		var most int64
		for {
			select {
			case <-stop:
				peak <- most - before
				return
			default:
				metrics.Read(heap)
				most = max(most, int64(heap[0].Value.Uint64()))
				time.Sleep(50 * time.Microsecond)
			}
		}
	}()
	do()
	close(stop)
	return <-peak
}

// fixedBytes are tables and pools of decoders and encoders, whatever the image's size.
const fixedBytes = 4 << 20

// TestMaxPixels: it is the largest area that fits.
func TestMaxPixels(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := drawRendition(t, 2000)
		formats := rapid.SliceOfNDistinct(rapid.SampledFrom([]Format{JPEG, PNG, WebP, GIF, BMP, TIFF}), 1, 6, rapid.ID).Draw(t, "formats")
		heap := rapid.Int64Range(1, 8<<30).Draw(t, "heap")
		most := MaxPixels(heap, formats, r)
		side := max(1, int64(math.Sqrt(float64(most))))
		for _, f := range formats {
			if most > 0 && PeakBytes(f, side, side, r) > heap {
				t.Fatalf("%d pixels are said to fit, and do not", most)
			}
		}
		if more := MaxPixels(heap*2, formats, r); more < most {
			t.Fatalf("twice the heap holds less: %d, %d", more, most)
		}
	})
}
