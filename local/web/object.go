package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
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
	out, err := s.objects.GetObject(r.Context(), in)
	switch {
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
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Security-Policy", "default-src 'none'")
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

// refused tells whether S3 says that there is no such object: of a bucket, a key or
// a version that there is not, or that no object can have.
func refused(err error) bool {
	answer, answered := errors.AsType[*smithyhttp.ResponseError](err)
	_, invalid := errors.AsType[*smithy.SerializationError](err)
	return invalid || answered && answer.HTTPStatusCode() < http.StatusInternalServerError
}

// objectPath is where object shows a picture; version may be empty. The key is no
// part of the path, where a//b and a/../b would be other names of a/b and b.
func objectPath(bucket, key, version string) string {
	q := url.Values{"bucket": {bucket}, "key": {key}}
	if version != "" && version != "null" {
		q.Set("version", version)
	}
	return "/ui/object?" + q.Encode()
}
