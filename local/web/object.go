package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// object shows a picture. Whatever it is, it is shown as an image or not at all.
func (s *server) object(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	in := &s3.GetObjectInput{Bucket: aws.String(q.Get("bucket")), Key: aws.String(q.Get("key"))}
	if version := q.Get("version"); version != "" {
		in.VersionId = &version
	}
	out, err := s.options.Objects.GetObject(r.Context(), in)
	size := q.Get("size")
	switch {
	case refused(err) && size != "":
		placeholder(w, "no longer", "there")
		return
	case refused(err):
		http.NotFound(w, r)
		return
	case errors.Is(err, context.Canceled):
		return
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer out.Body.Close()
	if size != "" && size != strconv.FormatInt(aws.ToInt64(out.ContentLength), 10) {
		placeholder(w, "replaced", "since")
		return
	}
	strict(w.Header())
	contentType := strings.ToLower(aws.ToString(out.ContentType))
	if !strings.HasPrefix(contentType, "image/") || strings.HasPrefix(contentType, "image/svg") {
		contentType = "image/jpeg"
	}
	w.Header().Set("Content-Type", contentType)
	if etag := aws.ToString(out.ETag); etag != "" {
		w.Header().Set("ETag", etag)
		w.Header().Set("Cache-Control", "private, max-age=60")
	}
	_, _ = io.Copy(w, out.Body)
}

// strict makes an answer harmless, whatever is in it.
func strict(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'")
}

// placeholder stands for a picture that is not there any more, in two lines that
// are legible in a row of the list. It is no error: a page of old executions would
// fill the browser's console. The colours are of neither theme, and no style is
// needed, which the policy would refuse.
func placeholder(w http.ResponseWriter, first, second string) {
	strict(w.Header())
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Cache-Control", "no-store") // the picture may come back
	_, _ = fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="160" height="120" viewBox="0 0 160 120"><title>%[1]s %[2]s</title>`+
		`<rect width="160" height="120" fill="#e4e8ee"/><g fill="#4a5464" font-family="sans-serif" font-size="29" text-anchor="middle">`+
		`<text x="80" y="54">%[1]s</text><text x="80" y="90">%[2]s</text></g></svg>`, first, second)
}

// refused tells whether S3 says that there is no such object: of a bucket, a key or
// a version that there is not, or that no object can have.
func refused(err error) bool {
	answer, answered := errors.AsType[*smithyhttp.ResponseError](err)
	_, invalid := errors.AsType[*smithy.SerializationError](err)
	return invalid || answered && answer.HTTPStatusCode() < http.StatusInternalServerError
}

// objectPath is where object shows a picture; version may be empty. The size in
// bytes tells it from one that took its place: renditions have no versions. Without
// it, 0, whatever is there is shown. The key is no part of the path, where a//b and
// a/../b would be other names of a/b and b.
func objectPath(bucket, key, version string, size int64) string {
	q := url.Values{"bucket": {bucket}, "key": {key}}
	if version != "" && version != "null" {
		q.Set("version", version)
	}
	if size > 0 {
		q.Set("size", strconv.FormatInt(size, 10))
	}
	return "/ui/object?" + q.Encode()
}
