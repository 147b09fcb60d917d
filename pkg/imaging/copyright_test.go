package imaging

import (
	"bytes"
	"encoding/binary"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// exifWithOrientation is a little-endian TIFF structure with that one tag.
func exifWithOrientation(v byte) []byte {
	return []byte{'I', 'I', '*', 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, v, 0, 0, 0, 0, 0, 0, 0}
}

func TestCopyrightRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[!-~éß€写]([ -~éß€写]{0,60}[!-~éß€写])?`).Draw(t, "text")
		exif := exifWithCopyright(text)
		if got := copyright(exif); got != text {
			t.Fatalf("got %q, want %q", got, text)
		}
		if orientation(exif) != 1 {
			t.Fatal("an orientation appeared")
		}
	})
}

func TestCopyrightIsCleaned(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Ann\x00Ed\x00":                "Ann; Ed",
		" \x00Ed":                      "Ed",
		"a\nb\x1b[0m":                  "ab[0m",
		"\xa9 2024 J\xf6rg":            "© 2024 Jörg",
		"© Jörg":                       "© Jörg",
		"":                             "",
		strings.Repeat("é", 600):       strings.Repeat("é", 512),
		"x" + strings.Repeat("é", 600): "x" + strings.Repeat("é", 511),
		"x" + strings.Repeat("é", 3e3): "x" + strings.Repeat("é", 511), // cut inside a character
	} {
		if got := copyright(exifWithCopyright(in)); got != want || !utf8.ValidString(got) {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
	good := exifWithCopyright("Someone")
	for n := range good {
		if got := copyright(good[:n]); got != "" {
			t.Errorf("%d bytes give %q", n, got)
		}
	}
	if got := copyright(append([]byte(exifPrefix), good...)); got != "Someone" {
		t.Errorf("with a prefix: %q", got)
	}
}

// The notice is found in a file that still decodes to the same pixels.
func TestCopyrightInFiles(t *testing.T) {
	t.Parallel()
	img := smooth(16, 16, true)
	exif := exifWithCopyright("© Someone")
	check := func(name string, data []byte, err error, header func(file) (header, error)) []byte {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		h, err := header(file{head: data, size: int64(len(data))})
		if err != nil || copyright(h.exif) != "© Someone" {
			t.Errorf("%s: %q, %v", name, copyright(h.exif), err)
		}
		return data
	}
	plain := jpegOf(t, img)
	jfif := append([]byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"), plain[2:]...)
	for _, source := range [][]byte{plain, jfif} {
		data, err := jpegWithEXIF(source, exif)
		check("jpeg", data, err, jpegHeader)
		got, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		want, err := jpeg.Decode(bytes.NewReader(source))
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, want, 0)
	}
	data, err := jpegWithEXIF(jfif, exif)
	if err != nil || binary.BigEndian.Uint16(data[2:]) != 0xffe0 {
		t.Errorf("JFIF is not the first segment: %v", err)
	}
	if _, err := jpegWithEXIF(jfif, make([]byte, 1<<16)); err == nil {
		t.Error("a segment of 64 KiB")
	}
	data, err = pngWithEXIF(pngOf(t, img), exif)
	got, pngErr := png.Decode(bytes.NewReader(check("png", data, err, pngHeader)))
	if pngErr != nil {
		t.Fatal(pngErr)
	}
	same(t, got, img, 0)
	data, err = webpWithEXIF(webpFileOf(t, img, true), exif)
	got, webpErr := decodeWebP(check("webp", data, err, webpHeader))
	if webpErr != nil {
		t.Fatal(webpErr)
	}
	same(t, got, img, 0)
	if _, err := webpWithEXIF(plain, exif); err == nil {
		t.Error("a JPEG as a WebP")
	}
}
