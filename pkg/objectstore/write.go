package objectstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/pixline/pixline/pkg/fault"
)

// metadataDigest is the user metadata with the SHA-256 of the object's bytes, in
// hexadecimal. The ETag is no digest where a bucket is encrypted with a KMS key.
const metadataDigest = "pixline-sha256"

// Object is what Write stores.
type Object struct {
	Bucket      string
	Key         string
	ContentType string
	Data        []byte
}

// Write stores the object unless its key already holds these bytes: a repeated
// execution changes nothing. Other bytes are replaced, but only those that were
// seen: who loses that race gets a transient error.
func (s *Store) Write(ctx context.Context, o Object) error {
	sum := sha256.Sum256(o.Data)
	digest := hex.EncodeToString(sum[:])
	// Mostly the key is new: this takes one request.
	err := s.put(ctx, o, digest, func(in *s3.PutObjectInput) { in.IfNoneMatch = aws.String("*") })
	if status(err) != http.StatusPreconditionFailed {
		return writeError(o, err)
	}
	// One byte of the object rather than its HEAD: a refused HEAD has no body
	// that says which permission is missing.
	existing, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &o.Bucket, Key: &o.Key, Range: aws.String("bytes=0-0")})
	// Deleted since: who may not list a bucket is told 403 in place of 404.
	if code := status(err); code == http.StatusNotFound || code == http.StatusForbidden {
		return writeError(o, &fault.Transient{Err: err})
	}
	if err != nil {
		return fmt.Errorf("look at s3://%s/%s: %w", o.Bucket, o.Key, err)
	}
	if err := existing.Body.Close(); err != nil {
		return fmt.Errorf("look at s3://%s/%s: %w", o.Bucket, o.Key, &fault.Transient{Err: err})
	}
	if existing.Metadata[metadataDigest] == digest {
		return nil
	}
	err = s.put(ctx, o, digest, func(in *s3.PutObjectInput) { in.IfMatch = existing.ETag })
	if code := status(err); code == http.StatusPreconditionFailed || code == http.StatusNotFound {
		return writeError(o, &fault.Transient{Err: err})
	}
	return writeError(o, err)
}

func (s *Store) put(ctx context.Context, o Object, digest string, condition func(*s3.PutObjectInput)) error {
	in := &s3.PutObjectInput{
		Bucket:      &o.Bucket,
		Key:         &o.Key,
		Body:        bytes.NewReader(o.Data),
		ContentType: &o.ContentType,
		Metadata:    map[string]string{metadataDigest: digest},
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
