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

// readDirectory reads the directory at an offset, or the first one if it is 0.
func readDirectory(f file, at int64) (directory, error) {
	d := directory{f: f}
	if err := f.need(8); err != nil {
		return d, err
	}
	switch {
	case bytes.HasPrefix(f.head, []byte("II*\x00")):
		d.order = binary.LittleEndian
	case bytes.HasPrefix(f.head, []byte("MM\x00*")):
		d.order = binary.BigEndian
	default:
		return d, reject(Corrupt, "it is no TIFF structure")
	}
	if at == 0 {
		at = int64(d.order.Uint32(f.head[4:]))
	}
	if err := f.need(at + 2); err != nil {
		return d, err
	}
	count := int64(d.order.Uint16(f.head[at:]))
	const entry = 12
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
	// Some writers leave the last link out.
	if end := at + 2 + entry*count; f.need(end+4) == nil {
		d.next = int64(d.order.Uint32(f.head[end:]))
	}
	return d, nil
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

// numbers returns the values of a tag of unsigned integers, nil if it is missing.
func (d directory) numbers(tag uint16) ([]int64, error) {
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
