package contract

import "strings"

// OutputKey is where a rendition of the object at key is written:
// <prefix><rendition>/<key>, with .<ext> appended only when the format
// changes, so that distinct inputs never collide.
func OutputKey(prefix, rendition, key, sourceFormat, format string) string {
	out := prefix + rendition + "/" + key
	if format != sourceFormat {
		out += "." + Extension(format)
	}
	return out
}

// Extension is the usual file name extension of a format.
func Extension(format string) string {
	if format == "jpeg" {
		return "jpg"
	}
	return format
}

// HasSuffix reports whether key ends in one of suffixes, in any case.
func HasSuffix(key string, suffixes []string) bool {
	lower := strings.ToLower(key)
	for _, s := range suffixes {
		if strings.HasSuffix(lower, strings.ToLower(s)) {
			return true
		}
	}
	return false
}
