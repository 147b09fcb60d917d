package imaging

import (
	"bytes"

	"github.com/bep/imagemeta"
)

// exifPrefix opens a JPEG's EXIF segment; the rest is a TIFF structure. Some
// writers also put it into a PNG's eXIf chunk, against the specification.
const exifPrefix = "Exif\x00\x00"

// orientation returns the orientation of a TIFF structure's first directory, 1
// to 8. The picture is what matters: without EXIF, and with broken EXIF, it is 1.
func orientation(exif []byte) int {
	exif = bytes.TrimPrefix(exif, []byte(exifPrefix))
	if len(exif) == 0 {
		return 1
	}
	found := 1
	// imagemeta turns its panics into errors. The error itself says nothing that
	// changes the picture: what was read before the damage counts, as in browsers.
	_, _ = imagemeta.Decode(imagemeta.Options{
		R:           bytes.NewReader(exif),
		ImageFormat: imagemeta.TIFF,
		Sources:     imagemeta.EXIF,
		// Only the main image's: the thumbnail's directory may have another.
		ShouldHandleTag: func(tag imagemeta.TagInfo) bool {
			return tag.Namespace == "IFD0" && tag.Tag == "Orientation"
		},
		HandleTag: func(tag imagemeta.TagInfo) error {
			if v, ok := tag.Value.(uint16); ok && v >= 1 && v <= 8 {
				found = int(v)
			}
			return imagemeta.ErrStopWalking
		},
	})
	return found
}
