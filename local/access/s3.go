package access

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/pixline/pixline/local/awsapi"
)

// S3Request is one permission that an S3 request needs.
type S3Request struct {
	Action   string
	Resource string
	// Context holds the request's own condition keys, for Check.
	Context map[string][]string
}

// BucketARN is the bucket of the resource. S3 answers 403 rather than 404 for a
// missing key when the caller may not s3:ListBucket on it.
func (r S3Request) BucketARN() string {
	bucket, _, _ := strings.Cut(r.Resource, "/")
	return bucket
}

// maxDelete is more than 1,000 keys of 1,024 bytes need, the most that one
// DeleteObjects takes.
const maxDelete = 8 << 20

// S3Requests lists every permission that a path-style S3 request (/bucket/key)
// needs: all of them must be granted. For DeleteObjects it reads the keys from
// the body and puts the body back; the request then is allowed or refused as a
// whole, where S3 would answer key by key.
//
// An operation that is not known is an *awsapi.Error NotImplemented (501), so
// that none passes unchecked. Source: Service Authorization Reference, "Actions,
// resources, and condition keys for Amazon S3", and "Required permissions for
// Amazon S3 API operations".
func S3Requests(r *http.Request) ([]S3Request, error) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	// Strictly: what is left out here as unreadable, the store might read.
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, awsapi.Errorf(http.StatusBadRequest, "InvalidURI", "Couldn't parse the specified URI: %v.", err)
	}
	var actions []string
	resource := "arn:aws:s3:::" + bucket
	switch {
	case bucket == "":
		resource = "*"
		if r.Method == http.MethodGet {
			actions = []string{"s3:ListAllMyBuckets"}
		}
	case key == "" && r.Method == http.MethodPost && query.Has("delete"):
		return deleteRequests(r, resource)
	case key == "":
		actions = bucketActions(r.Method, query)
	default:
		resource += "/" + key
		actions = objectActions(r, query)
	}
	if len(actions) == 0 {
		return nil, awsapi.Errorf(http.StatusNotImplemented, "NotImplemented", "The local runner does not know the S3 operation %s %s.", r.Method, r.URL.RequestURI())
	}
	context := s3Context(r, query)
	var requests []S3Request
	for _, action := range actions {
		requests = append(requests, S3Request{action, resource, context})
	}
	source := r.Header.Get("X-Amz-Copy-Source")
	if source == "" || key == "" {
		return requests, nil
	}
	read, err := copySource(source)
	if err != nil {
		return nil, err
	}
	return append(requests, read), nil
}

// copySource reads "/bucket/key?versionId=…", URL-encoded, exactly as the store
// does (it decodes first, then looks for the version): what is checked is what
// is copied.
func copySource(header string) (S3Request, error) {
	plain, err := url.QueryUnescape(strings.TrimPrefix(header, "/"))
	name, version, _ := strings.Cut(plain, "?versionId=")
	if err != nil || !strings.Contains(name, "/") {
		return S3Request{}, awsapi.Errorf(http.StatusBadRequest, "InvalidArgument", "Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
	}
	request := S3Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::" + name}
	if version != "" {
		request.Action = "s3:GetObjectVersion"
		request.Context = map[string][]string{"s3:VersionId": {version}}
	}
	return request, nil
}

func deleteRequests(r *http.Request, bucketARN string) ([]S3Request, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxDelete+1))
	if err != nil {
		return nil, fmt.Errorf("read the keys to delete: %w", err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var wanted struct {
		Objects []struct {
			Key       string
			VersionID string `xml:"VersionId"`
		} `xml:"Object"`
	}
	if err := xml.Unmarshal(body, &wanted); err != nil || len(body) > maxDelete || len(wanted.Objects) == 0 {
		return nil, awsapi.Errorf(http.StatusBadRequest, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
	}
	var requests []S3Request
	for _, object := range wanted.Objects {
		request := S3Request{Action: "s3:DeleteObject", Resource: bucketARN + "/" + object.Key}
		if object.VersionID != "" {
			request.Action = "s3:DeleteObjectVersion"
			request.Context = map[string][]string{"s3:VersionId": {object.VersionID}}
		}
		requests = append(requests, request)
	}
	return requests, nil
}

// s3Context fills in S3's condition keys from the query and the headers that
// carry them.
func s3Context(r *http.Request, query url.Values) map[string][]string {
	context := map[string][]string{"s3:signatureversion": {"AWS4-HMAC-SHA256"}, "s3:authType": {"REST-HEADER"}}
	if query.Has("X-Amz-Signature") {
		context["s3:authType"] = []string{"REST-QUERY-STRING"}
	}
	for parameter, key := range map[string]string{
		"prefix": "s3:prefix", "delimiter": "s3:delimiter", "max-keys": "s3:max-keys", "versionId": "s3:VersionId",
	} {
		if query.Has(parameter) {
			context[key] = []string{query.Get(parameter)}
		}
	}
	for _, header := range []string{
		"x-amz-acl", "x-amz-copy-source", "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id",
		"x-amz-storage-class", "x-amz-metadata-directive", "x-amz-content-sha256",
	} {
		if value := r.Header.Get(header); value != "" {
			context["s3:"+header] = []string{value}
		}
	}
	return context
}
