package imaging

import (
	"bytes"
	"encoding/binary"
)

// Tags of a TIFF directory (TIFF 6.0, appendix A) that are looked at.
const (
	tagWidth           = 256
	tagHeight          = 257
	tagBits            = 258
	tagCompression     = 259
	tagPhotometric     = 262
	tagFillOrder       = 266
	tagStripOffsets    = 273
	tagOrientation     = 274
	tagSamples         = 277
	tagStripByteCounts = 279
	tagPlanar          = 284
	tagPredictor       = 317
	tagTileWidth       = 322
	tagTileHeight      = 323
	tagTileOffsets     = 324
	tagTileByteCounts  = 325
	tagExtraSamples    = 338
	tagSampleFormat    = 339
	tagCopyright       = 0x8298
	tagProfile         = 34675
)

// tiffKinds are the bytes per value of the field types, by number (TIFF 6.0, page 15).
var tiffKinds = [...]int64{1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}

// directory is the first directory of a TIFF structure: a TIFF file, or EXIF.
type directory struct {
	f      file
	order  binary.ByteOrder
	fields map[uint16]field
	next   int64 // where the next directory is; 0 at the end
}

type field struct {
	kind  uint16
	count int64
	at    int64 // of the values
}

// directoryEntry is the size of an entry, in bytes.
const directoryEntry = 12

// firstDirectory reads the header of a TIFF structure: its byte order, and where its first
// directory is.
func firstDirectory(f file) (order binary.ByteOrder, at int64, err error) {
	if err := f.need(8); err != nil {
		return nil, 0, err
	}
	switch {
	case bytes.HasPrefix(f.head, []byte("II*\x00")):
		order = binary.LittleEndian
	case bytes.HasPrefix(f.head, []byte("MM\x00*")):
		order = binary.BigEndian
	default:
		return nil, 0, reject(Corrupt, "it is no TIFF structure")
	}
	return order, int64(order.Uint32(f.head[4:])), nil
}

// readDirectory reads the first directory.
func readDirectory(f file) (directory, error) {
	d := directory{f: f}
	var at int64
	var err error
	if d.order, at, err = firstDirectory(f); err != nil {
		return d, err
	}
	if err := f.need(at + 2); err != nil {
		return d, err
	}
	count := int64(d.order.Uint16(f.head[at:]))
	const entry = directoryEntry
	if err := f.need(at + 2 + entry*count); err != nil {
		return d, err
	}
	d.fields = make(map[uint16]field, count)
	for i := range count {
		p := at + 2 + entry*i
		b := f.head[p:]
		tag, v := d.order.Uint16(b), field{d.order.Uint16(b[2:]), int64(d.order.Uint32(b[4:])), p + 8}
		if int(v.kind) >= len(tiffKinds) || tiffKinds[v.kind] == 0 {
			continue
		}
		if v.count*tiffKinds[v.kind] > 4 {
			v.at = int64(d.order.Uint32(b[8:]))
		}
		d.fields[tag] = v
	}
	d.next, _ = d.after(at)
	return d, nil
}

// after returns where the directory after the one at an offset is, 0 at the end. It looks at no
// entry, so that a chain of directories costs little.
func (d directory) after(at int64) (int64, error) {
	if err := d.f.need(at + 2); err != nil {
		return 0, err
	}
	end := at + 2 + directoryEntry*int64(d.order.Uint16(d.f.head[at:]))
	if err := d.f.need(end); err != nil {
		return 0, err
	}
	if d.f.need(end+4) != nil {
		return 0, nil // some writers leave the last link out
	}
	return int64(d.order.Uint32(d.f.head[end:])), nil
}

// bytes returns the values of a tag as stored, nil if it is missing.
func (d directory) bytes(tag uint16) ([]byte, error) {
	v, ok := d.fields[tag]
	if !ok {
		return nil, nil
	}
	size := v.count * tiffKinds[v.kind]
	if err := d.f.need(v.at + size); err != nil {
		return nil, err
	}
	return d.f.head[v.at : v.at+size], nil
}

// mostNumbers bounds the values of a tag that are read. The longest tags are those of strips and
// tiles, and each of these costs the decoder about 12 microseconds, however small it is.
const mostNumbers = 1 << 16

// numbers returns the values of a tag of unsigned integers, nil if it is missing.
func (d directory) numbers(tag uint16) ([]int64, error) {
	if n := d.fields[tag].count; n > mostNumbers {
		return nil, reject(UnsupportedFormat, "the TIFF's tag %d has %d values; the limit is %d", tag, n, mostNumbers)
	}
	b, err := d.bytes(tag)
	if len(b) == 0 || err != nil {
		return nil, err
	}
	v := d.fields[tag]
	values := make([]int64, v.count)
	for i := range values {
		switch v.kind {
		case 1:
			values[i] = int64(b[i])
		case 3:
			values[i] = int64(d.order.Uint16(b[2*i:]))
		case 4:
			values[i] = int64(d.order.Uint32(b[4*i:]))
		default:
			return nil, reject(Corrupt, "the TIFF's tag %d has the type %d", tag, v.kind)
		}
	}
	return values, nil
}

// number returns the first value of a tag, or what stands for a missing one.
func (d directory) number(tag uint16, missing int64) (int64, error) {
	values, err := d.numbers(tag)
	if len(values) == 0 || err != nil {
		return missing, err
	}
	return values[0], nil
}
