package access

import (
	"net/http"
	"net/url"
)

// A subresource is what a query parameter turns a request into: its actions by
// method; an empty one is an operation that S3 does not have.
type subresource struct {
	parameter        string
	get, put, delete string
}

var bucketSubresources = []subresource{
	{"policy", "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"},
	{"policyStatus", "s3:GetBucketPolicyStatus", "", ""},
	{"versioning", "s3:GetBucketVersioning", "s3:PutBucketVersioning", ""},
	{"encryption", "s3:GetEncryptionConfiguration", "s3:PutEncryptionConfiguration", "s3:PutEncryptionConfiguration"},
	{"location", "s3:GetBucketLocation", "", ""},
	{"lifecycle", "s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration", "s3:PutLifecycleConfiguration"},
	{"notification", "s3:GetBucketNotification", "s3:PutBucketNotification", ""},
	{"cors", "s3:GetBucketCORS", "s3:PutBucketCORS", "s3:PutBucketCORS"},
	{"tagging", "s3:GetBucketTagging", "s3:PutBucketTagging", "s3:PutBucketTagging"},
	{"acl", "s3:GetBucketAcl", "s3:PutBucketAcl", ""},
	{"ownershipControls", "s3:GetBucketOwnershipControls", "s3:PutBucketOwnershipControls", "s3:PutBucketOwnershipControls"},
	{"publicAccessBlock", "s3:GetBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock"},
	{"logging", "s3:GetBucketLogging", "s3:PutBucketLogging", ""},
	{"website", "s3:GetBucketWebsite", "s3:PutBucketWebsite", "s3:DeleteBucketWebsite"},
	{"object-lock", "s3:GetBucketObjectLockConfiguration", "s3:PutBucketObjectLockConfiguration", ""},
	{"requestPayment", "s3:GetBucketRequestPayment", "s3:PutBucketRequestPayment", ""},
	{"accelerate", "s3:GetAccelerateConfiguration", "s3:PutAccelerateConfiguration", ""},
	{"replication", "s3:GetReplicationConfiguration", "s3:PutReplicationConfiguration", "s3:PutReplicationConfiguration"},
	{"versions", "s3:ListBucketVersions", "", ""},
	{"uploads", "s3:ListBucketMultipartUploads", "", ""},
}

// unknownBucketParameters name operations on a bucket that are left out: they
// must not pass as ListBucket.
var unknownBucketParameters = []string{"analytics", "intelligent-tiering", "inventory", "metrics", "session", "metadataTable", "metadataConfiguration", "abac"}

func bucketActions(method string, query url.Values) []string {
	for _, s := range bucketSubresources {
		if query.Has(s.parameter) {
			return s.actions(method)
		}
	}
	for _, parameter := range unknownBucketParameters {
		if query.Has(parameter) {
			return nil
		}
	}
	switch method {
	case http.MethodGet, http.MethodHead:
		return []string{"s3:ListBucket"}
	case http.MethodPut:
		return []string{"s3:CreateBucket"}
	case http.MethodDelete:
		return []string{"s3:DeleteBucket"}
	}
	return nil
}

func (s subresource) actions(method string) []string {
	action := map[string]string{
		http.MethodGet: s.get, http.MethodHead: s.get, http.MethodPut: s.put, http.MethodDelete: s.delete,
	}[method]
	if action == "" {
		return nil
	}
	return []string{action}
}

var objectSubresources = []subresource{
	{"tagging", "s3:GetObjectTagging", "s3:PutObjectTagging", "s3:DeleteObjectTagging"},
	{"acl", "s3:GetObjectAcl", "s3:PutObjectAcl", ""},
	{"retention", "s3:GetObjectRetention", "s3:PutObjectRetention", ""},
	{"legal-hold", "s3:GetObjectLegalHold", "s3:PutObjectLegalHold", ""},
	{"uploadId", "s3:ListMultipartUploadParts", "s3:PutObject", "s3:AbortMultipartUpload"},
}

// versionedSubresources have an action of their own for a given version.
var versionedSubresources = []subresource{
	{"tagging", "s3:GetObjectVersionTagging", "s3:PutObjectVersionTagging", "s3:DeleteObjectVersionTagging"},
	{"acl", "s3:GetObjectVersionAcl", "s3:PutObjectVersionAcl", ""},
}

var unknownObjectParameters = []string{"torrent", "renameObject", "encryption", "annotation"}

func objectActions(r *http.Request, query url.Values) []string {
	version := ""
	if query.Has("versionId") {
		version = "Version"
		for _, s := range versionedSubresources {
			if query.Has(s.parameter) {
				return s.actions(r.Method)
			}
		}
	}
	if query.Has("attributes") && r.Method == http.MethodGet {
		return []string{"s3:GetObject" + version, "s3:GetObject" + version + "Attributes"}
	}
	if r.Method == http.MethodPost {
		return postActions(query)
	}
	for _, s := range objectSubresources {
		if query.Has(s.parameter) {
			return s.actions(r.Method)
		}
	}
	for _, parameter := range unknownObjectParameters {
		if query.Has(parameter) {
			return nil
		}
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return []string{"s3:GetObject" + version}
	case http.MethodDelete:
		actions := []string{"s3:DeleteObject" + version}
		if r.Header.Get("X-Amz-Bypass-Governance-Retention") == "true" {
			actions = append(actions, "s3:BypassGovernanceRetention")
		}
		return actions
	case http.MethodPut:
		return putActions(r)
	}
	return nil
}

func postActions(query url.Values) []string {
	switch {
	case query.Has("uploads"), query.Has("uploadId"):
		return []string{"s3:PutObject"}
	case query.Has("restore"):
		return []string{"s3:RestoreObject"}
	case query.Has("select"):
		return []string{"s3:GetObject"}
	}
	return nil
}

// putActions adds what the headers of a PUT set besides the object.
func putActions(r *http.Request) []string {
	actions := []string{"s3:PutObject"}
	for _, also := range [...]struct{ header, action string }{
		{"X-Amz-Acl", "s3:PutObjectAcl"},
		{"X-Amz-Tagging", "s3:PutObjectTagging"},
		{"X-Amz-Object-Lock-Mode", "s3:PutObjectRetention"},
		{"X-Amz-Object-Lock-Legal-Hold", "s3:PutObjectLegalHold"},
	} {
		if r.Header.Get(also.header) != "" {
			actions = append(actions, also.action)
		}
	}
	return actions
}
