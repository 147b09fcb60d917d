package contract

// RejectionCodes are the codes of every rejection: those of the request, and
// those of the image, which are pkg/imaging's.
func RejectionCodes() []string {
	return []string{
		CodeBucketNotAllowed, CodeKeyInOutputPrefix, CodeUnsupportedSuffix, CodeNotFound, CodeKeyTooLong, CodeUnknownRendition,
		"empty", "too_large", "too_many_pixels", "too_many_frames", "not_an_image", "unsupported_format", "corrupt",
	}
}
