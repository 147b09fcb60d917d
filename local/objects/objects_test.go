package objects

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

type keys map[string]string

func (k keys) SecretFor(access, token string) (string, bool) {
	secret, ok := k[access+"/"+token]
	return secret, ok
}

func client(s *Server, access, secret, token string) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint:     aws.String("http://127.0.0.1:4566"),
		Region:           "eu-west-1",
		UsePathStyle:     true,
		Credentials:      credentials.NewStaticCredentialsProvider(access, secret, token),
		HTTPClient:       &http.Client{Transport: s.Transport()},
		RetryMaxAttempts: 1,
	})
}

// TestServer is not parallel: versitygw allows one instance in a process.
func TestServer(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	opts := Options{
		Dir: dir, Region: "eu-west-1",
		Credentials: keys{"test/": "test", "ASIAROLE/token": "secret"},
		Buckets:     []Bucket{{Name: "in-put", Versioned: true}, {Name: "out-put"}},
	}
	s, err := Start(ctx, opts)
	if err != nil {
		t.Fatal(err)
	}
	admin, role := client(s, "test", "test", ""), client(s, "ASIAROLE", "secret", "token")
	put := func(c *s3.Client, bucket, key, body, ifNoneMatch string) (*s3.PutObjectOutput, error) {
		in := &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader([]byte(body)), Metadata: map[string]string{"pixline-origin": "x"}}
		if ifNoneMatch != "" {
			in.IfNoneMatch = &ifNoneMatch
		}
		return c.PutObject(ctx, in)
	}
	first, err := put(admin, "in-put", "photos/é 'x'+%20.jpg", "one", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := put(role, "in-put", "photos/é 'x'+%20.jpg", "two", ""); err != nil {
		t.Fatal(err)
	}
	read := func(version string) string {
		in := &s3.GetObjectInput{Bucket: aws.String("in-put"), Key: aws.String("photos/é 'x'+%20.jpg")}
		if version != "" {
			in.VersionId = &version
		}
		out, err := role.GetObject(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		defer out.Body.Close()
		data, _ := io.ReadAll(out.Body)
		return string(data)
	}
	if got := read(aws.ToString(first.VersionId)) + read(""); got != "onetwo" {
		t.Errorf("the first and the newest version are %q", got)
	}
	if _, err := put(role, "out-put", "a", "1", "*"); err != nil {
		t.Fatal(err)
	}
	if _, err := put(role, "out-put", "a", "2", "*"); err == nil {
		t.Error("a conditional write replaced an object")
	}
	if usage, err := s.Usage(); err != nil || !slices.Equal(usage, []Usage{{"in-put", 6, 2}, {"out-put", 1, 1}}) {
		t.Errorf("the buckets hold %+v, %v", usage, err)
	}
	head, err := role.HeadObject(ctx, &s3.HeadObjectInput{Bucket: aws.String("out-put"), Key: aws.String("a")})
	if err != nil || head.Metadata["pixline-origin"] != "x" {
		t.Errorf("metadata: %v, %v", head, err)
	}
	if _, err := put(client(s, "ASIAROLE", "wrong", "token"), "out-put", "b", "1", ""); err == nil {
		t.Error("a wrong secret was accepted")
	}
	if _, err := put(client(s, "ASIAROLE", "secret", ""), "out-put", "b", "1", ""); err == nil {
		t.Error("a temporary key without its token was accepted")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	// After a restart everything is there.
	if s, err = Start(ctx, opts); err != nil {
		t.Fatal(err)
	}
	role = client(s, "ASIAROLE", "secret", "token")
	if got := read(aws.ToString(first.VersionId)) + read(""); got != "onetwo" {
		t.Errorf("after a restart the versions are %q", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
