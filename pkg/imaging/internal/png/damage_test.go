package png

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	stdpng "image/png"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestTruncated: a file that is cut off anywhere is refused.
func TestTruncated(t *testing.T) {
	t.Parallel()
	for i, data := range files(t) {
		for n := range data {
			var syntax SyntaxError
			if _, err := decode(data[:n]); !errors.As(err, &syntax) {
				t.Fatalf("file %d, %d of %d bytes: %v, want a SyntaxError", i, n, len(data), err)
			}
		}
	}
}

// agree holds a file against image/png: the same verdict, and the same pixels.
func agree(t interface {
	Fatalf(string, ...any)
	Helper()
}, data []byte,
) {
	t.Helper()
	if config, err := stdpng.DecodeConfig(bytes.NewReader(data)); err == nil && int64(config.Width)*int64(config.Height) > 1<<20 {
		return // what our caller refuses
	}
	want, wantErr := oracle(data)
	got, err := decode(data)
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%x: %v, image/png says: %v", data, err, wantErr)
	}
	if err == nil {
		if d := difference(got, want, false); d != "" {
			t.Fatalf("%x: %s", data, d)
		}
	}
}

// repair makes the checksums of all chunks right, so that damage reaches further.
func repair(data []byte) {
	for at := len(signature); at+chunkHead+chunkTail <= len(data); {
		n := int64(binary.BigEndian.Uint32(data[at:]))
		end := int64(at) + chunkHead + n
		if end+chunkTail > int64(len(data)) {
			return
		}
		binary.BigEndian.PutUint32(data[end:], crc32.ChecksumIEEE(data[at+4:end]))
		at = int(end) + chunkTail
	}
}

// TestDamaged: flipped bits, with and without right checksums, and bytes that are
// lost, doubled or moved, give what image/png makes of them.
func TestDamaged(t *testing.T) {
	t.Parallel()
	all := files(t)
	rapid.Check(t, func(t *rapid.T) {
		data := slices.Clone(rapid.SampledFrom(all).Draw(t, "file"))
		for range rapid.IntRange(1, 3).Draw(t, "damages") {
			at := rapid.IntRange(len(signature)+chunkHead, len(data)-1).Draw(t, "at")
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				data = slices.Delete(data, at, min(at+rapid.IntRange(1, 8).Draw(t, "lost"), len(data)))
				data = append(data, 0)
			default:
				data[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
			}
		}
		if rapid.Bool().Draw(t, "repaired") {
			repair(data)
		}
		agree(t, data)
	})
}

// TestOrder: chunks in any order, doubled and left out.
func TestOrder(t *testing.T) {
	t.Parallel()
	d := &fixed{3}
	var all [][]chunk
	for _, v := range variants {
		all = append(all, picture{v, 5, 5, false}.chunks(d))
	}
	extra := []chunk{
		{"PLTE", []byte{1, 2, 3}},
		{"PLTE", nil},
		{"PLTE", []byte{1}},
		{"PLTE", make([]byte, 771)},
		{"tRNS", nil},
		{"tRNS", []byte{0, 1}},
		{"tRNS", make([]byte, 6)},
		{"tRNS", make([]byte, 257)},
		{"IDAT", nil},
		{"IDAT", []byte{1}},
		{"IEND", nil},
		{"IEND", []byte{0}},
		{"gAMA", nil},
		all[0][0],
	}
	rapid.Check(t, func(t *rapid.T) {
		chunks := slices.Clone(rapid.SampledFrom(all).Draw(t, "picture"))
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			at := rapid.IntRange(1, len(chunks)-1).Draw(t, "at")
			switch rapid.IntRange(0, 2).Draw(t, "change") {
			case 0:
				chunks = slices.Insert(chunks, at, rapid.SampledFrom(extra).Draw(t, "chunk"))
			case 1:
				if len(chunks) > 2 {
					chunks = slices.Delete(chunks, at, at+1)
				}
			case 2:
				other := rapid.IntRange(1, len(chunks)-1).Draw(t, "other")
				chunks[at], chunks[other] = chunks[other], chunks[at]
			}
		}
		agree(t, file(chunks...))
	})
}

// TestPixels: what is wrong with pixels in a known way, behind checksums that are right.
func TestPixels(t *testing.T) {
	t.Parallel()
	good := picture{variant{grey, 8}, 2, 2, false}.chunks(&fixed{1})
	compress := func(raw ...byte) []byte {
		var b bytes.Buffer
		w := zlib.NewWriter(&b)
		_, _ = w.Write(raw)
		_ = w.Close()
		return b.Bytes()
	}
	whole := compress(1, 2, 3, 2, 5, 6)
	wrong := slices.Clone(whole)
	wrong[len(wrong)-1]++
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"whole":          {whole, nil},
		"too few":        {compress(1, 2, 3, 2, 5), errFewRows},
		"too many":       {compress(1, 2, 3, 2, 5, 6, 7), errManyRows},
		"unknown filter": {compress(1, 2, 3, 5, 5, 6), SyntaxError("a row has an unknown filter")},
		"wrong checksum": {wrong, SyntaxError("the pixels do not match their checksum")},
		"no checksum":    {whole[:len(whole)-1], errShort},
		"bytes after":    {append(slices.Clone(whole), 1, 2, 3), nil},
		"no zlib":        {whole[1:], SyntaxError("the pixels are not compressed as PNG has it")},
	} {
		data := file(good[0], chunk{"IDAT", c.data}, chunk{"IEND", nil})
		if _, err := decode(data); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		agree(t, data)
	}
	if _, err := decode(file(good[0], chunk{"IDAT", append(whole, make([]byte, 9000)...)}, chunk{"IEND", nil})); err != nil {
		t.Errorf("many bytes after: %v", err) // which image/png refuses
	}
}

// TestStricter: what image/png takes and the package comment names.
func TestStricter(t *testing.T) {
	t.Parallel()
	good := picture{variant{grey, 8}, 3, 3, false}.chunks(&fixed{1})
	dictionary := slices.Clone(good)
	for i, c := range dictionary {
		if c.name == "IDAT" {
			body := slices.Clone(c.body)
			body[1] = 0x20
			for (int(body[0])<<8|int(body[1]))%31 != 0 {
				body[1]++
			}
			dictionary[i].body = body
			break
		}
	}
	for name, data := range map[string][]byte{
		"before the header": file(append([]chunk{{"tEXt", nil}}, good...)...),
		"dictionary":        file(dictionary...),
	} {
		if _, err := decode(data); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestDeclared: nothing is allocated for pixels that the file cannot hold.
func TestDeclared(t *testing.T) {
	// Not parallel: memory is the process's.
	for _, size := range []image.Point{{1<<31 - 1, 1<<31 - 1}, {1<<31 - 1, 1}, {1, 1<<31 - 1}, {60000, 60000}} {
		for _, interlaced := range []bool{false, true} {
			chunks := picture{variant{withAlpha, 16}, 3, 3, interlaced}.chunks(&fixed{1})
			binary.BigEndian.PutUint32(chunks[0].body, uint32(size.X))
			binary.BigEndian.PutUint32(chunks[0].body[4:], uint32(size.Y))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := decode(file(chunks...))
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; err == nil || used > 1<<20 {
				t.Errorf("%v: %v, with %d bytes", size, err, used)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, data := range files(f) {
		f.Add(data, false)
		f.Add(data, true)
	}
	f.Fuzz(func(t *testing.T, data []byte, repaired bool) {
		if repaired {
			data = slices.Clone(data)
			repair(data)
		}
		if len(data) < len(signature)+8 || string(data[12:16]) != "IHDR" {
			return // the exception of TestStricter
		}
		agree(t, data)
	})
}
