package jpeg

import (
	"bytes"
	"fmt"
	stdjpeg "image/jpeg"
	"io"
	"testing"

	"github.com/gen2brain/jpegn"

	"github.com/pixline/pixline/pkg/imaging/sample"
)

// BenchmarkDecode decodes a picture of 6 megapixels that resembles a photo.
func BenchmarkDecode(b *testing.B) {
	img, err := stdjpeg.Decode(bytes.NewReader(sample.Photo(2725, 2225, 1)))
	if err != nil {
		b.Fatal(err)
	}
	for _, progressive := range []bool{false, true} {
		data := encode(b, img, &jpegn.EncodeOptions{Quality: 88, Subsampling: jpegn.Subsample420, Progressive: progressive, OptimizeCoding: progressive})
		for _, n := range []int{1, 2, 4, 8} {
			b.Run(fmt.Sprintf("%s/%d", map[bool]string{false: "baseline", true: "progressive"}[progressive], n), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(data)))
				for b.Loop() {
					d, err := New(data, n, n)
					if err != nil {
						b.Fatal(err)
					}
					for band := d.NewBand(); err == nil; {
						err = d.Next(band)
					}
					if err != io.EOF {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
