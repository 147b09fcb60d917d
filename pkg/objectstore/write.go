package objectstore

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/pixline/pixline/pkg/fault"
)

// metadataOrigin is the user metadata that says what an object was made from.
const metadataOrigin = "pixline-origin"

// Object is what Write stores.
type Object struct {
	Bucket      string
	Key         string
	ContentType string
	Data        []byte
	// Origin identifies what Data was made from, and how: printable ASCII. Two
	// objects of one key with the same Origin are the same rendition.
	Origin string
}

// Write stores the object unless its key already holds one of the same origin:
// a repeated execution changes nothing. One of another origin is replaced, but
// only the one that was seen: who loses that race gets a transient error.
func (s *Store) Write(ctx context.Context, o Object) error {
	// Mostly the key is new: this takes one request.
	err := s.put(ctx, o, func(in *s3.PutObjectInput) { in.IfNoneMatch = aws.String("*") })
	if status(err) != http.StatusPreconditionFailed {
		return writeError(o, err)
	}
	// One byte of the object rather than its HEAD: a refused HEAD has no body
	// that says which permission is missing.
	existing, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &o.Bucket, Key: &o.Key, Range: aws.String("bytes=0-0")})
	if status(err) == http.StatusNotFound { // deleted since
		return writeError(o, &fault.Transient{Err: err})
	}
	if err != nil {
		return fmt.Errorf("look at s3://%s/%s: %w", o.Bucket, o.Key, err)
	}
	if err := existing.Body.Close(); err != nil {
		return fmt.Errorf("look at s3://%s/%s: %w", o.Bucket, o.Key, &fault.Transient{Err: err})
	}
	if existing.Metadata[metadataOrigin] == o.Origin {
		return nil
	}
	err = s.put(ctx, o, func(in *s3.PutObjectInput) { in.IfMatch = existing.ETag })
	if code := status(err); code == http.StatusPreconditionFailed || code == http.StatusNotFound {
		return writeError(o, &fault.Transient{Err: err})
	}
	return writeError(o, err)
}

func (s *Store) put(ctx context.Context, o Object, condition func(*s3.PutObjectInput)) error {
	in := &s3.PutObjectInput{
		Bucket:      &o.Bucket,
		Key:         &o.Key,
		Body:        bytes.NewReader(o.Data),
		ContentType: &o.ContentType,
		Metadata:    map[string]string{metadataOrigin: o.Origin},
	}
	condition(in)
	_, err := s.client.PutObject(ctx, in)
	return err
}

func writeError(o Object, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("write s3://%s/%s: %w", o.Bucket, o.Key, err)
}
