// Package imaging checks, decodes, orients, resizes and encodes images. It
// works on bytes in memory and knows nothing of AWS.
//
// Guarantees:
//   - Formats are told by magic bytes, never by a file's suffix.
//   - Declared dimensions are checked against [Limits] before any pixel is
//     decoded, in int64, so that no product overflows.
//   - [Probe] and [Process] return what an image is or an error of a known type
//     ([*Rejection], and [*NeedMoreError] from Probe alone), for any input. A panic of
//     a decoder is contained and reported as [Corrupt].
//   - A truncated file is [Corrupt], never a half-grey picture.
//   - Every rendition is made from the source, never from another rendition, by
//     bild's Lanczos kernel; a JPEG, and what is much smaller than the largest
//     rendition, may be halved before by averaging.
//   - Colours are sRGB: an embedded profile (Display P3, Adobe RGB, ProPhoto, a
//     press's CMYK) is converted, once the picture is small.
//   - Metadata (EXIF with its positions, XMP, ICC) never reaches an output, but
//     for the copyright, if asked for.
//   - Memory stays below [PeakBytes].
//
// Non-goals: animation (the first frame is used), HDR and wide-gamut output, and
// repairing damaged files.
package imaging

// Format is an image format that can be read and written, by its lower-case name.
type Format string

// The formats that are read. JPEG, PNG and WebP are also written.
const (
	JPEG Format = "jpeg"
	PNG  Format = "png"
	WebP Format = "webp"
	GIF  Format = "gif"
	BMP  Format = "bmp"
	TIFF Format = "tiff"
)

// ContentType returns the media type of the format (RFC 2045 for image/jpeg,
// the W3C's PNG specification for image/png).
func (f Format) ContentType() string { return "image/" + string(f) }

// Limits bound what is accepted. A field that is zero does not limit.
type Limits struct {
	// MaxBytes is the size of the encoded file, in bytes.
	MaxBytes int64
	// MaxPixels is width times height. Derive it with the function [MaxPixels]. It bounds
	// the longer side too, by 8 times its square root, the side of the longest shape that
	// the function counts with: memory and time of a strip grow with its length.
	MaxPixels int64
	// MaxSide is the longer side, in pixels.
	MaxSide int64
	// MaxFrames is the number of pictures in one file: frames of a GIF or WebP, pages of
	// a TIFF. The first is used.
	MaxFrames int64
	// Formats are those that are accepted; empty is all.
	Formats []Format
}

// Info is what a file's header declares.
type Info struct {
	Format Format
	// Width and Height are in pixels, as displayed: after Orientation is applied.
	Width, Height int
	// Orientation is the EXIF value, 1 (as stored) to 8. A missing or invalid
	// value is 1.
	Orientation int
	// HasAlpha says that the format's colour type carries transparency. The
	// pixels may still all be opaque.
	HasAlpha bool
}
