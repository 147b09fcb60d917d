// Package objectstore reads and writes S3 objects the way the pipeline needs:
// reads are pinned to the version that was checked and bounded before a byte is
// kept; writes are conditional, so that a repeated execution changes nothing and
// two concurrent ones never lose an update.
package objectstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/pixline/pixline/pkg/fault"
)

// What callers decide on.
var (
	ErrNotFound = errors.New("no such object")
	ErrChanged  = errors.New("the object is not the one that was checked")
	ErrTooLarge = errors.New("the object is larger than the limit")
)

// Ref names an object. With a VersionID or an ETag it names exactly one
// content; without, the newest.
type Ref struct {
	Bucket    string
	Key       string
	VersionID string
	ETag      string
}

func (r Ref) String() string { return "s3://" + r.Bucket + "/" + r.Key }

// Head is the beginning of an object.
type Head struct {
	Ref         // pinned: VersionID where the bucket has versions, and ETag
	Size  int64 // bytes of the whole object
	Bytes []byte
}

// Store is a client of S3.
type Store struct{ client *s3.Client }

// New returns a store that uses cfg's region, credentials and endpoint.
func New(cfg aws.Config) *Store {
	return &Store{client: s3.NewFromConfig(cfg, func(o *s3.Options) {
		// S3 has no checksum for a part of an object: a warning of that with each
		// Head would stand between the functions' log lines.
		o.DisableLogOutputChecksumValidationSkipped = true
	})}
}

// Head reads the first n bytes of the object in one request, and pins it.
// The errors are ErrNotFound, ErrChanged or the client's.
func (s *Store) Head(ctx context.Context, ref Ref, n int64) (Head, error) {
	in := getInput(ref)
	in.Range = aws.String(fmt.Sprintf("bytes=0-%d", n-1))
	out, err := s.client.GetObject(ctx, in)
	if status(err) == http.StatusRequestedRangeNotSatisfiable {
		return Head{Ref: ref}, nil // a range of an empty object cannot be satisfied
	}
	if err != nil {
		return Head{}, readError(ref, err)
	}
	defer out.Body.Close()
	data, err := io.ReadAll(io.LimitReader(out.Body, n))
	if err != nil {
		return Head{}, fmt.Errorf("read the beginning of %s: %w", ref, &fault.Transient{Err: err})
	}
	size := aws.ToInt64(out.ContentLength)
	if _, total, ok := strings.Cut(aws.ToString(out.ContentRange), "/"); ok {
		if size, err = strconv.ParseInt(total, 10, 64); err != nil {
			return Head{}, fmt.Errorf("read the size of %s: %w", ref, err)
		}
	}
	ref.ETag = aws.ToString(out.ETag)
	if v := aws.ToString(out.VersionId); v != "" {
		ref.VersionID = v
	}
	return Head{Ref: ref, Size: size, Bytes: data}, nil
}

// Read reads the whole object, which may have up to limit bytes. The errors
// are ErrNotFound, ErrChanged, ErrTooLarge or the client's.
func (s *Store) Read(ctx context.Context, ref Ref, limit int64) ([]byte, error) {
	out, err := s.client.GetObject(ctx, getInput(ref))
	if err != nil {
		return nil, readError(ref, err)
	}
	defer out.Body.Close()
	size := aws.ToInt64(out.ContentLength)
	if size > limit {
		return nil, fmt.Errorf("read %s: %w", ref, ErrTooLarge)
	}
	data := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
	// One byte more than the limit tells "exactly the limit" from "too large".
	if _, err := data.ReadFrom(io.LimitReader(out.Body, limit+1)); err != nil {
		return nil, fmt.Errorf("read %s: %w", ref, &fault.Transient{Err: err})
	}
	if int64(data.Len()) > limit {
		return nil, fmt.Errorf("read %s: %w", ref, ErrTooLarge)
	}
	return data.Bytes(), nil
}

func getInput(ref Ref) *s3.GetObjectInput {
	in := &s3.GetObjectInput{Bucket: &ref.Bucket, Key: &ref.Key}
	if ref.VersionID != "" {
		in.VersionId = &ref.VersionID
	}
	if ref.ETag != "" {
		in.IfMatch = &ref.ETag
	}
	return in
}

func readError(ref Ref, err error) error {
	switch {
	case status(err) == http.StatusPreconditionFailed:
		return fmt.Errorf("read %s: %w", ref, ErrChanged)
	case status(err) == http.StatusNotFound,
		status(err) == http.StatusMethodNotAllowed, // the version is a delete marker
		code(err) == "InvalidArgument" && ref.VersionID != "":
		return fmt.Errorf("read %s: %w", ref, ErrNotFound)
	}
	return fmt.Errorf("read %s: %w", ref, err)
}

func status(err error) int {
	if e, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		return e.HTTPStatusCode()
	}
	return 0
}

func code(err error) string {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode()
	}
	return ""
}
