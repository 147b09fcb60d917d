package imaging

import "bytes"

// exifPrefix opens a JPEG's EXIF segment; the rest is a TIFF structure. Some
// writers also put it into a PNG's eXIf chunk, against the specification.
const exifPrefix = "Exif\x00\x00"

// orientation returns the orientation of a TIFF structure's first directory, 1
// to 8. The picture is what matters: without EXIF, and with broken EXIF, it is 1, and what comes
// before the damage counts, as in browsers. No other directory is looked at: the thumbnail's may
// have another orientation, and a list of many could name the same large one.
func orientation(exif []byte) int {
	exif = bytes.TrimPrefix(exif, []byte(exifPrefix))
	f := file{head: exif, size: int64(len(exif))}
	order, at, err := firstDirectory(f)
	if err != nil || f.need(at+2) != nil {
		return 1
	}
	count := int64(order.Uint16(exif[at:]))
	for at += 2; count > 0 && f.need(at+directoryEntry) == nil; at, count = at+directoryEntry, count-1 {
		entry := exif[at:]
		if order.Uint16(entry) != tagOrientation {
			continue
		}
		const short = 3
		value := order.Uint16(entry[8:])
		if order.Uint16(entry[2:]) == short && order.Uint32(entry[4:]) == 1 && value >= 1 && value <= 8 {
			return int(value)
		}
		return 1
	}
	return 1
}
