package imaging

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// suffixes are the usual ones of each format, in lower case. Sources: the media
// types' registrations at IANA; .jfif is what Windows gives to JPEGs from the web.
var suffixes = map[string]Format{
	".jpg": JPEG, ".jpeg": JPEG, ".jpe": JPEG, ".jfif": JPEG,
	".png":  PNG,
	".webp": WebP,
	".gif":  GIF,
	".bmp":  BMP,
	".tif":  TIFF, ".tiff": TIFF,
}

// FormatsOf returns the formats that have these file name suffixes, such as .jpg
// in any case: each once, sorted by name. Every suffix that no format has is
// reported, joined; an empty list has no formats and is an error, since
// Limits.Formats would take it for all of them.
func FormatsOf(list []string) ([]Format, error) {
	if len(list) == 0 {
		return nil, errors.New("at least one suffix is needed, such as .jpg")
	}
	var formats []Format
	var problems []error
	for _, suffix := range list {
		format, ok := suffixes[strings.ToLower(suffix)]
		if !ok {
			problems = append(problems, fmt.Errorf("%q is not a suffix of an image; known are %s",
				suffix, strings.Join(slices.Sorted(maps.Keys(suffixes)), " ")))
			continue
		}
		formats = append(formats, format)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	slices.Sort(formats)
	return slices.Compact(formats), nil
}
