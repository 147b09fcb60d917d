package imaging

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"math/rand/v2"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/gen2brain/jpegn"

	"github.com/pixline/pixline/pkg/imaging/sample"
)

// originals are small files of every format and of the variants that take
// different paths through a decoder.
func originals(t testing.TB) map[string][]byte {
	alpha, ramp := sample.AlphaEdges(37, 29), sample.Ramp(50, 33)
	return map[string][]byte{
		"JPEG with EXIF":        sample.Oriented(6),
		"JPEG":                  sample.Photo(33, 50, 4),
		"progressive JPEG":      progressive(t, ramp, jpegn.Subsample420),
		"JPEG with restarts":    jpegnOf(t, ramp, jpegn.EncodeOptions{Quality: 80, RestartInterval: 2, Subsampling: jpegn.Subsample422}),
		"JPEG in four inks":     flatCMYK(2, [4]byte{1, 2, 3, 4}, true),
		"PNG with EXIF":         sample.OrientedPNG(7),
		"PNG with a palette":    pngOf(t, transparentPalette()),
		"PNG of 16 bits":        pngOf(t, image.NewNRGBA64(image.Rect(0, 0, 9, 5))),
		"WebP with alpha":       lossyWebP(t, alpha),
		"WebP":                  lossyWebP(t, ramp),
		"GIF":                   gifOf(t, alpha),
		"BMP":                   bmpOf(t, ramp),
		"TIFF":                  tiffOf(t, alpha),
		"JPEG with a profile":   sample.WithProfile(sample.Photo(20, 20, 1), sample.DisplayP3()),
		"JPEG of one row":       jpegOf(t, sample.Bars(64, 1)),
		"PNG of one pixel":      pngOf(t, sample.Bars(1, 1)),
		"interlaced-like noise": append([]byte(pngSignature), bytes.Repeat([]byte{0, 0, 0, 13}, 30)...),
	}
}

const (
	mutantsOfEach = 150 // 17 originals: 2,550 mutants
	mostSeconds   = 2
	mostBytes     = 512 << 20
)

// TestMutations: damaged input gives an image or a *Rejection: no panic, no hang, no
// more memory than is promised, no goroutine left. The seed is fixed.
func TestMutations(t *testing.T) {
	// Not parallel: memory and goroutines are the process's.
	random := rand.New(rand.NewPCG(1, 2))
	limits := Limits{MaxBytes: 1 << 20, MaxPixels: 1 << 22, MaxFrames: 100}
	goroutines := runtime.NumGoroutine()
	accepted, rejected, count := 0, map[Code]int{}, 0
	var slowest time.Duration
	var most uint64
	for name, data := range originals(t) {
		for range mutantsOfEach {
			mutant := mutate(random, data)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := processorTime(t)
			_, err := Process(context.Background(), mutant, Options{
				Limits: limits, ThumbHash: true, KeepCopyright: true,
				Renditions: []Rendition{{Name: "r", Width: 8, Height: 8, Fit: Cover, Position: Attention}, {Name: "j", Width: 30, Format: JPEG}},
			})
			took := processorTime(t) - start
			runtime.ReadMemStats(&after)
			slowest, most, count = max(slowest, took), max(most, after.TotalAlloc-before.TotalAlloc), count+1
			if took > mostSeconds*time.Second || after.TotalAlloc-before.TotalAlloc > mostBytes {
				t.Errorf("a mutant of %s took %v and %d bytes: %x", name, took, after.TotalAlloc-before.TotalAlloc, mutant)
			}
			if code := codeOf(t, err); code != "" {
				rejected[code]++
			} else {
				accepted++
			}
		}
	}
	t.Logf("%d mutants: %d accepted, rejected %v; the slowest took %v, the largest %d bytes", count, accepted, rejected, slowest, most)
	if count < 2000 || accepted < 100 || rejected[Corrupt] < 500 || rejected[TooManyPixels] == 0 {
		t.Error("the mutations do not reach both sides: make them milder or stronger")
	}
	for end := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > goroutines; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), goroutines)
		}
	}
}

// processorTime is what the process has used so far: what a hang costs, whatever
// else the machine does.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// mutate damages a copy: cut, bits, runs, header lengths and dimensions, parts
// removed, doubled, or a whole file put inside. A PNG's checksums are made right in half of
// the cases, to reach further.
func mutate(random *rand.Rand, data []byte) []byte {
	m := bytes.Clone(data)
	at := func() int { return random.IntN(len(m)) }
	for range 1 + random.IntN(3) {
		switch random.IntN(8) {
		case 0:
			m = m[:at()+1]
		case 1, 2:
			m[at()] ^= 1 << random.IntN(8)
		case 3:
			for i, n := at(), random.IntN(16); i < len(m) && n > 0; i, n = i+1, n-1 {
				m[i] = byte(random.Uint32())
			}
		case 4:
			i := at()
			m = append(m[:i], m[min(len(m), i+random.IntN(40)):]...)
			m = append(m, data[:1]...) // never empty
		case 5:
			i := at()
			m = append(bytes.Clone(m[:i]), m[i/2:]...)
		case 6: // lengths and dimensions: right after a marker or at the front
			i := bytes.IndexByte(m[at():], 0xff) + 2
			if i+6 < len(m) {
				binary.BigEndian.PutUint16(m[i+random.IntN(5):], uint16(random.Uint32()))
			}
		case 7:
			i := at()
			m = bytes.Join([][]byte{m[:i], data, m[i:]}, nil)
		}
	}
	if len(m) > 40 && bytes.HasPrefix(m, []byte(pngSignature)) && random.IntN(2) == 0 {
		m[16+random.IntN(13)] ^= 1 << random.IntN(8)
		m = patchPNG(m, 0)
	}
	return m
}

// fuzz seeds a target with the originals and runs it.
func fuzz(f *testing.F, prefix string) {
	for _, data := range originals(f) {
		if format := sniff(data); format == prefix {
			f.Add(data)
		}
	}
	limits := Limits{MaxBytes: 1 << 20, MaxPixels: 1 << 20, MaxFrames: 100}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, probeErr := Probe(data, int64(len(data)), limits)
		_, err := Process(context.Background(), data, Options{Limits: limits, Renditions: []Rendition{{Name: "r", Width: 8, Height: 8, Fit: Cover}}})
		if probed := codeOf(t, probeErr); probed != "" && codeOf(t, err) != probed {
			t.Errorf("Probe says %v, Process %v", probeErr, err)
		}
	})
}

// The targets of make fuzz, one for each format: probe and decode must agree and
// give an image or a rejection for any bytes.

func FuzzJPEG(f *testing.F) { fuzz(f, string(JPEG)) }
func FuzzPNG(f *testing.F)  { fuzz(f, string(PNG)) }
func FuzzWebP(f *testing.F) { fuzz(f, string(WebP)) }
func FuzzGIF(f *testing.F)  { fuzz(f, string(GIF)) }
func FuzzBMP(f *testing.F)  { fuzz(f, string(BMP)) }
func FuzzTIFF(f *testing.F) { fuzz(f, string(TIFF)) }
