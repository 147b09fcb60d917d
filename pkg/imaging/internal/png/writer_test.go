package png

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// chunk is one chunk of a file.
type chunk struct {
	name string
	body []byte
}

func (c chunk) bytes() []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(c.body)))
	b = append(append(b, c.name...), c.body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

func file(chunks ...chunk) []byte {
	data := []byte(signature)
	for _, c := range chunks {
		data = append(data, c.bytes()...)
	}
	return data
}

// variant is a colour type and a depth of the standard.
type variant struct {
	kind  uint8
	depth int
}

var variants = []variant{
	{grey, 1},
	{grey, 2},
	{grey, 4},
	{grey, 8},
	{grey, 16},
	{colour, 8},
	{colour, 16},
	{indexed, 1},
	{indexed, 2},
	{indexed, 4},
	{indexed, 8},
	{greyAlpha, 8},
	{greyAlpha, 16},
	{withAlpha, 8},
	{withAlpha, 16},
}

// drawing is a source of choices: rapid's, or always the same.
type drawing interface {
	upTo(n int, label string) int
	bytes(n int, label string) []byte
}

type drawn struct{ t *rapid.T }

func (d drawn) upTo(n int, label string) int { return rapid.IntRange(0, n).Draw(d.t, label) }

// bytes are few and repeat, as pixels do, so that matches are long and transparent colours occur.
func (d drawn) bytes(n int, label string) []byte {
	few := rapid.SliceOfN(rapid.Byte(), 1, 12).Draw(d.t, label)
	b, state := make([]byte, n), uint32(d.upTo(1<<16, "seed"))
	for i := range b {
		state = state*1664525 + 1013904223
		b[i] = few[int(state>>24)%len(few)]
	}
	return b
}

type fixed struct{ state uint32 }

func (f *fixed) upTo(n int, _ string) int {
	f.state = f.state*1664525 + 1013904223
	return int(f.state>>16) % (n + 1)
}

func (f *fixed) bytes(n int, label string) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(f.upTo(7, label) * 36)
	}
	return b
}

// picture is a file in the making.
type picture struct {
	variant
	width, height int
	interlaced    bool
}

func (p picture) layout() *layout {
	return &layout{width: p.width, height: p.height, depth: p.depth, kind: p.kind}
}

// chunks writes the picture with pixels, filters, compression and everything optional drawn.
func (p picture) chunks(d drawing) []chunk {
	header := binary.BigEndian.AppendUint32(nil, uint32(p.width))
	header = binary.BigEndian.AppendUint32(header, uint32(p.height))
	header = append(header, byte(p.depth), p.kind, 0, 0, 0)
	if p.interlaced {
		header[12] = 1
	}
	all := []chunk{{"IHDR", header}, {"tEXt", []byte("Comment\x00none")}}
	raw := p.pixels(d)
	if p.kind == indexed {
		all = append(all, chunk{"PLTE", d.bytes(3*(1+d.upTo(1<<p.depth-1, "palette")), "colours")})
		if d.upTo(1, "tRNS") == 1 {
			all = append(all, chunk{"tRNS", d.bytes(1+d.upTo(255, "alphas"), "alpha")})
		}
	}
	if n := p.layout().channels(); (p.kind == grey || p.kind == colour) && d.upTo(1, "tRNS") == 1 {
		// A colour that occurs, as a rule: of the first pixel, as it is stored.
		key := make([]byte, 2*n)
		for i := range n {
			switch {
			case p.depth == 16:
				copy(key[2*i:], raw[1+2*i:][:2])
			case p.depth == 8:
				key[2*i+1] = raw[1+i]
			default:
				key[2*i+1] = raw[1] >> (8 - p.depth)
			}
		}
		all = append(all, chunk{"tRNS", key})
	}
	var stream bytes.Buffer
	w, err := zlib.NewWriterLevel(&stream, []int{zlib.NoCompression, zlib.HuffmanOnly, zlib.BestSpeed, zlib.BestCompression}[d.upTo(3, "level")])
	if err != nil {
		panic(err)
	}
	for part := range slices.Chunk(raw, 1+d.upTo(len(raw), "flush")) {
		_, _ = w.Write(part)
		_ = w.Flush()
	}
	_ = w.Close()
	for part := range slices.Chunk(stream.Bytes(), 1+d.upTo(stream.Len(), "IDAT")) {
		all = append(all, chunk{"IDAT", part})
	}
	return append(all, chunk{"IEND", nil})
}

// pixels returns filtered rows, of all passes.
func (p picture) pixels(d drawing) (raw []byte) {
	bits := p.layout().bitsPerPixel()
	size := max(1, bits/8)
	pass := func(width, height int) {
		n := (width*bits + 7) / 8
		above := make([]byte, n)
		for range height {
			row := d.bytes(n, "row")
			if d.upTo(3, "flat") == 0 { // a long match
				row = bytes.Repeat(row[:1], n)
			}
			filter := byte(d.upTo(4, "filter"))
			raw = append(raw, filter)
			for i := range row {
				var left, corner int
				if i >= size {
					left, corner = int(row[i-size]), int(above[i-size])
				}
				raw = append(raw, row[i]-byte([]int{0, left, int(above[i]), (left + int(above[i])) / 2, nearest(left, int(above[i]), corner)}[filter]))
			}
			above = row
		}
	}
	if !p.interlaced {
		pass(p.width, p.height)
		return raw
	}
	for _, step := range passes {
		if w := (p.width - step.x + step.stepX - 1) / step.stepX; w > 0 {
			pass(w, (p.height-step.y+step.stepY-1)/step.stepY)
		}
	}
	return raw
}

// nearest is Paeth's predictor as the standard has it (9.4).
func nearest(a, b, c int) int {
	p := a + b - c
	pa, pb, pc := abs(p-a), abs(p-b), abs(p-c)
	switch {
	case pa <= pb && pa <= pc:
		return a
	case pb <= pc:
		return b
	}
	return c
}

func abs(v int) int { return max(v, -v) }

// files returns a small file of each variant, interlaced and not.
func files(testing.TB) [][]byte {
	d := &fixed{1}
	var all [][]byte
	for _, v := range variants {
		for _, interlaced := range []bool{false, true} {
			all = append(all, file(picture{v, 1 + d.upTo(12, ""), 1 + d.upTo(12, ""), interlaced}.chunks(d)...))
		}
	}
	return all
}
