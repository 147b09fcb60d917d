package jpeg

import (
	"bytes"
	"errors"
	stdjpeg "image/jpeg"
	"slices"
	"testing"

	"github.com/gen2brain/jpegn"
	"pgregory.net/rapid"

	"github.com/pixline/pixline/pkg/imaging/sample"
)

// files returns a small file of each kind.
func files(t testing.TB) map[string][]byte {
	img, err := stdjpeg.Decode(bytes.NewReader(sample.Photo(50, 37, 5)))
	if err != nil {
		t.Fatal(err)
	}
	grey := layout{width: 41, height: 30, components: sampled("11")}
	grey.scans = interleaved(grey.components)
	scans := layouts["scans, partial"]
	scans.width, scans.height = 41, 30
	cmyk := layout{width: 20, height: 20, components: sampled("22", "11", "11", "22"), segments: adobe(2)}
	cmyk.scans = interleaved(cmyk.components)
	return map[string][]byte{
		"baseline":    encode(t, img, &jpegn.EncodeOptions{Subsampling: jpegn.Subsample420}),
		"restarts":    encode(t, img, &jpegn.EncodeOptions{Subsampling: jpegn.Subsample444, RestartInterval: 2}),
		"progressive": encode(t, img, &jpegn.EncodeOptions{Subsampling: jpegn.Subsample420, Progressive: true}),
		"both":        encode(t, img, &jpegn.EncodeOptions{Subsampling: jpegn.Subsample422, Progressive: true, RestartInterval: 3}),
		"grey":        grey.write(1),
		"scans":       scans.write(1),
		"YCCK":        cmyk.write(1),
	}
}

// TestTruncated: a file that is cut off anywhere is refused, at each scale, and so is one
// of which an encoder ended the rest properly, but for the bits that pad its last byte.
func TestTruncated(t *testing.T) {
	t.Parallel()
	for name, data := range files(t) {
		for n := range data {
			for _, scale := range []int{1, 2, 4, 8} {
				var syntax SyntaxError
				if _, err := decode(t, data[:n], scale, scale); !errors.As(err, &syntax) {
					t.Fatalf("%s, %d of %d bytes at 1/%d: %v, want a SyntaxError", name, n, len(data), scale, err)
				}
			}
		}
		start := bytes.LastIndex(data, []byte{0xff, sos}) + 12
		for n := start; n < len(data)-4; n++ {
			if data[n-1] == 0xff {
				continue // with the end marker, fill bytes before it
			}
			if _, err := decode(t, append(slices.Clone(data[:n]), 0xff, eoi), 1, 1); err == nil {
				t.Fatalf("%s: ended after %d of %d bytes, it decodes", name, n, len(data))
			}
		}
	}
}

// replace replaces the first occurrence, which must exist.
func replace(t testing.TB, data, from, to []byte) []byte {
	if !bytes.Contains(data, from) {
		t.Fatalf("the file has no %x", from)
	}
	return bytes.Replace(data, from, to, 1)
}

// TestDamaged: what is wrong in a known way is refused for what it is.
func TestDamaged(t *testing.T) {
	t.Parallel()
	all := files(t)
	restarts, baseline, progressive := all["restarts"], all["baseline"], all["progressive"]
	second := layout{width: 9, height: 9, components: sampled("11"), scans: [][]int{{0}, {0}}}
	missing := layout{width: 9, height: 9, components: sampled("11", "11", "11"), scans: [][]int{{0}, {2}}}
	disordered := slices.Clone(progressive) // the last scan says that it is the first of its coefficients
	header := bytes.LastIndex(disordered, []byte{0xff, sos})
	disordered[header+2+int(disordered[header+3])-1] = 0
	end, sof := []byte{0xff, eoi}, []byte{0xff, sof0, 0, 17, 8}
	for name, data := range map[string][]byte{
		"restart dropped":      replace(t, restarts, []byte{0xff, rst0 + 2}, nil),
		"restart out of order": replace(t, restarts, []byte{0xff, rst0 + 2}, []byte{0xff, rst0 + 3}),
		"restart unannounced":  replace(t, restarts, []byte{0xff, dri, 0, 4, 0, 2}, nil),
		"restart early":        replace(t, restarts, []byte{0xff, dri, 0, 4, 0, 2}, []byte{0xff, dri, 0, 4, 0, 3}),
		"no end":               baseline[:len(baseline)-2],
		"no height":            replace(t, baseline, append(slices.Clone(sof), 0, 37), append(slices.Clone(sof), 0, 0)),
		"two frames":           replace(t, baseline, sof, slices.Concat(baseline[bytes.Index(baseline, sof):][:19], sof)),
		"no quantisation":      replace(t, baseline, []byte{0xff, dqt}, []byte{0xff, 0xef}),
		"no Huffman table":     replace(t, baseline, []byte{0xff, dht}, []byte{0xff, 0xef}),
		"factor 5":             replace(t, baseline, []byte{1, 0x22}, []byte{1, 0x52}),
		"scan repeated":        second.write(1),
		"component missing":    missing.write(1),
		"scan after the end":   replace(t, baseline, end, baseline[bytes.Index(baseline, []byte{0xff, sos}):]),
		"scan out of order":    disordered,
		"empty":                nil,
	} {
		var syntax SyntaxError
		if _, err := decode(t, data, 1, 1); !errors.As(err, &syntax) {
			t.Errorf("%s: %v, want a SyntaxError", name, err)
		}
	}
	long := slices.Clone(progressive[:len(progressive)-2])
	for range maxScans + 1 {
		long = append(long, segment(sos, 1, 1, 0, 1, 63, 0)...)
	}
	for name, data := range map[string][]byte{
		"arithmetic": replace(t, baseline, sof, []byte{0xff, 0xc9, 0, 17, 8}),
		"lossless":   replace(t, baseline, sof, []byte{0xff, 0xc3, 0, 17, 8}),
		"12 bits":    replace(t, baseline, sof, []byte{0xff, sof0, 0, 17, 12}),
		"factor 3":   replace(t, baseline, []byte{1, 0x22}, []byte{1, 0x32}),
	} {
		var unsupported UnsupportedError
		if _, err := decode(t, data, 1, 1); !errors.As(err, &unsupported) {
			t.Errorf("%s: %v, want an UnsupportedError", name, err)
		}
	}
	if _, err := decode(t, long, 8, 8); err == nil {
		t.Error("more scans than there can be are accepted")
	}
}

// TestTolerated: what says nothing about the picture does no harm.
func TestTolerated(t *testing.T) {
	t.Parallel()
	for name, data := range files(t) {
		want, err := decode(t, data, 1, 1)
		if err != nil {
			t.Fatal(name, err)
		}
		end := len(data) - 2
		for i, changed := range [][]byte{
			append(slices.Clone(data), "after the end"...),
			slices.Concat(data[:end], []byte("before"), data[end:]),
			slices.Concat(data[:end], []byte{0xff, 0xff}, data[end:]),
			slices.Concat(data[:end], segment(0xe5, 1, 2, 3), data[end:]),
			slices.Concat(data[:2], []byte{0, 0xff, 0, 7}, data[2:]),
		} {
			got, err := decode(t, changed, 1, 1)
			if err != nil {
				t.Errorf("%s, change %d: %v", name, i, err)
				continue
			}
			for j := range want.pix {
				if !bytes.Equal(got.pix[j], want.pix[j]) {
					t.Errorf("%s, change %d: plane %d differs", name, i, j)
				}
			}
		}
	}
}

// TestMutated: any damage gives a picture or an error of the file.
func TestMutated(t *testing.T) {
	t.Parallel()
	all := files(t)
	rapid.Check(t, func(rt *rapid.T) {
		data := slices.Clone(all[rapid.SampledFrom([]string{"baseline", "restarts", "progressive", "both", "grey", "scans", "YCCK"}).Draw(rt, "file")])
		for range rapid.IntRange(1, 8).Draw(rt, "changes") {
			data[rapid.IntRange(2, len(data)-1).Draw(rt, "at")] = rapid.Byte().Draw(rt, "byte")
		}
		exercise(t, data)
	})
}

// exercise decodes a file of a bearable size at all scales.
func exercise(t testing.TB, data []byte) {
	if d, err := New(data, 1, 1); err == nil && d.Header().Width*d.Header().Height > 1<<18 {
		return
	}
	for _, scale := range [][2]int{{1, 1}, {2, 1}, {4, 4}, {8, 8}} {
		_, _ = decode(t, data, scale[0], scale[1]) // which checks the error
	}
}

// FuzzDecode: no input panics or gives anything but a picture or an error of the file.
func FuzzDecode(f *testing.F) {
	for _, data := range files(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) { exercise(t, data) })
}
