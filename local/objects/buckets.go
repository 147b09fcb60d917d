package objects

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Client reads and writes anything, over a [Server.Transport]: past all that
// permits, counts, delays or refuses the requests of others.
func (s *Server) Client(transport http.RoundTripper) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: aws.String("http://s3.invalid"), // the transport knows the way
		UsePathStyle: true,
		Region:       s.region,
		Credentials:  credentials.NewStaticCredentialsProvider(s.root.access, s.root.secret, ""),
		HTTPClient:   &http.Client{Transport: transport},
	})
}

// makeBuckets makes what does not exist yet; a bucket that does keeps its
// objects.
func makeBuckets(ctx context.Context, s *Server, opts Options) error {
	transport := s.Transport()
	defer transport.CloseIdleConnections()
	client := s.Client(transport)
	for _, bucket := range opts.Buckets {
		_, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket.Name})
		var owned *types.BucketAlreadyOwnedByYou
		if err != nil && !errors.As(err, &owned) {
			return fmt.Errorf("make the bucket %s: %w", bucket.Name, err)
		}
		if !bucket.Versioned {
			continue
		}
		if _, err := client.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
			Bucket:                  &bucket.Name,
			VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
		}); err != nil {
			return fmt.Errorf("turn on the versions of the bucket %s: %w", bucket.Name, err)
		}
	}
	return nil
}
