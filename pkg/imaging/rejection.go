package imaging

import "fmt"

// Code says why an image is not accepted. Act on the code, never on the message.
type Code string

// The reasons for which an image is rejected.
const (
	// Empty: the file has no bytes.
	Empty Code = "empty"
	// TooLarge: the file has more bytes than Limits.MaxBytes.
	TooLarge Code = "too_large"
	// TooManyPixels: the declared size exceeds Limits.MaxPixels or Limits.MaxSide.
	TooManyPixels Code = "too_many_pixels"
	// TooManyFrames: the file holds more pictures than Limits.MaxFrames.
	TooManyFrames Code = "too_many_frames"
	// NotAnImage: the magic bytes are of no image format known here.
	NotAnImage Code = "not_an_image"
	// UnsupportedFormat: an image, but of a format or variant that is not read.
	UnsupportedFormat Code = "unsupported_format"
	// Corrupt: the file is damaged or truncated.
	Corrupt Code = "corrupt"
)

// Rejection is the error for an image that will never be accepted, however
// often it is tried: a business outcome, not a fault.
type Rejection struct {
	Code Code
	// Message is for the user: what was found and what is allowed.
	Message string
}

func (r *Rejection) Error() string { return string(r.Code) + ": " + r.Message }

func reject(code Code, format string, args ...any) *Rejection {
	return &Rejection{Code: code, Message: fmt.Sprintf(format, args...)}
}

// NeedMoreError says that [Probe] was given too little of the file to see its
// whole header, and that the file has more.
type NeedMoreError struct {
	// Bytes is how many bytes from the start of the file to pass next, never more
	// than its size. It at least doubles each time, so that reading on costs no more than
	// twice the final head. The caller sets the bound beyond which it gives up.
	Bytes int64
}

func (e *NeedMoreError) Error() string {
	return fmt.Sprintf("the image's header is longer than what was read: its first %d bytes are needed", e.Bytes)
}

// maxSide is the longest side that the resampler counts, whatever the limits.
const maxSide = 1 << 24

// checkSize applies the limits to declared dimensions, which are below 2^31
// each: their product fits an int64.
func checkSize(width, height int64, limits Limits) *Rejection {
	if width <= 0 || height <= 0 {
		return reject(Corrupt, "the header declares %dx%d pixels", width, height)
	}
	side := int64(maxSide)
	if limits.MaxSide > 0 {
		side = min(side, limits.MaxSide)
	}
	if limits.MaxPixels > 0 {
		side = min(side, longestSide(limits.MaxPixels))
	}
	if max(width, height) > side {
		return reject(TooManyPixels, "%dx%d has a side of %d pixels; the limit is %d", width, height, max(width, height), side)
	}
	pixels := width * height
	if limits.MaxPixels <= 0 || pixels <= limits.MaxPixels {
		return nil
	}
	found, limit := megapixels(pixels), megapixels(limits.MaxPixels)
	if found == limit {
		return reject(TooManyPixels, "%dx%d is %d pixels; the limit is %d", width, height, pixels, limits.MaxPixels)
	}
	return reject(TooManyPixels, "%dx%d is %s megapixels; the limit is %s", width, height, found, limit)
}

// megapixels formats with four significant digits, or all before the point.
func megapixels(pixels int64) string {
	format := "%.4g"
	if pixels >= 1e9 {
		format = "%.0f"
	}
	return fmt.Sprintf(format, float64(pixels)/1e6)
}
