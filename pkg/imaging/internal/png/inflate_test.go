package png

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// mostInflated bounds what a test decompresses.
const mostInflated = 1 << 20

// inflate decompresses a stream that lies in chunks of n bytes.
func inflate(stream []byte, n int) ([]byte, error) {
	var parts []chunk
	for part := range slices.Chunk(stream, n) {
		parts = append(parts, chunk{"IDAT", part})
	}
	z := newInflater(&chunks{file(append(parts, chunk{"IEND", nil})...)[len(signature):]})
	var all []byte
	for z.state != atEnd && len(all) < mostInflated {
		if err := z.fill(); err != nil {
			return nil, err
		}
		all = append(all, z.window[z.read:z.end]...)
	}
	return all, nil
}

// sameAsFlate holds a stream against compress/flate: the same verdict, and the same bytes.
func sameAsFlate(stream []byte, n int) error {
	want, wantErr := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(stream)), mostInflated))
	got, err := inflate(stream, n)
	if len(want) == mostInflated {
		return nil // the rest is not known
	}
	if (err == nil) != (wantErr == nil) || err == nil && !bytes.Equal(got, want) {
		return fmt.Errorf("%x: %d bytes, %v; compress/flate has %d, %w", stream, len(got), err, len(want), wantErr)
	}
	return nil
}

// deflate compresses a drawn text.
func deflate(d drawing, level int) []byte {
	var text []byte
	for range d.upTo(6, "parts") {
		text = append(text, d.bytes(d.upTo(900, "length"), "text")...)
		if len(text) > 0 {
			text = append(text, text[d.upTo(len(text)-1, "again"):]...)
		}
	}
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, level)
	if err != nil {
		panic(err) // the level is a constant
	}
	_, _ = w.Write(text)
	_ = w.Close()
	return b.Bytes()
}

// TestInflate: whole, cut off and damaged streams of all kinds of blocks, in chunks of any size.
func TestInflate(t *testing.T) {
	t.Parallel()
	levels := []int{flate.NoCompression, flate.HuffmanOnly, flate.BestSpeed, flate.BestCompression}
	rapid.Check(t, func(t *rapid.T) {
		whole := deflate(drawn{t}, rapid.SampledFrom(levels).Draw(t, "level"))
		n := rapid.IntRange(1, 40).Draw(t, "chunk")
		if err := sameAsFlate(whole, n); err != nil {
			t.Fatal(err)
		}
		for range 30 {
			stream := slices.Clone(whole)
			// The codes of a block are at its beginning, where damage is seen most.
			at := rapid.OneOf(rapid.IntRange(0, len(stream)-1), rapid.IntRange(0, min(len(stream)-1, 60))).Draw(t, "at")
			if rapid.IntRange(0, 3).Draw(t, "kind") == 0 {
				stream = stream[:at]
			} else {
				stream[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
			}
			if err := sameAsFlate(stream, n); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestCodes: streams that compress/flate never writes.
func TestCodes(t *testing.T) {
	t.Parallel()
	for name, stream := range map[string][]byte{
		"empty":                         nil,
		"block type 3":                  {7},
		"fixed, nothing":                {3, 0},
		"fixed, length symbol 286":      {0x1b, 0x03, 0x00},
		"fixed, distance symbol 30":     {0x4b, 0x04, 0x3e, 0, 0},
		"fixed, distance before start":  {0x03, 0x02, 0x00},
		"stored, wrong complement":      {1, 1, 0, 0xfe, 0xfe, 65},
		"stored, cut off":               {1, 2, 0, 0xfd, 0xff, 65},
		"stored, bytes after":           {1, 1, 0, 0xfe, 0xff, 65, 66, 67},
		"codes, none":                   {5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
		"codes, too many":               {0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		"codes, one of one bit":         {5, 0xc0, 0x81, 0, 0, 0, 0, 0, 0x10, 0xff, 0x9b, 0x63, 0x05, 0, 0},
		"stored twice, then the fixed":  {0, 0, 0, 0xff, 0xff, 0, 1, 0, 0xfe, 0xff, 65, 3, 0},
		"fixed, cut off in the trailer": {0x4b},
	} {
		for n := 1; n <= len(stream)+1; n++ {
			if err := sameAsFlate(stream, n); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func FuzzInflate(f *testing.F) {
	for _, level := range []int{flate.NoCompression, flate.HuffmanOnly, flate.BestSpeed, flate.BestCompression} {
		for seed := range uint32(4) {
			f.Add(deflate(&fixed{seed}, level))
		}
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		if err := sameAsFlate(stream, 100); err != nil {
			t.Fatal(err)
		}
	})
}
