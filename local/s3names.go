package local

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"github.com/pixline/pixline/local/awsapi"
)

// maxErrorDocument is more than any error document of the store has.
const maxErrorDocument = 64 << 10

// checkUpload refuses upload ids that the store never gave: it takes an id for
// the name of a folder, so that ../.. would be a way to any folder of this
// machine, and AbortMultipartUpload deletes it.
func checkUpload(query url.Values) error {
	for _, id := range query["uploadId"] {
		if uuid.Validate(id) != nil {
			return awsapi.Errorf(http.StatusNotFound, "NoSuchUpload",
				"The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.")
		}
	}
	return nil
}

// checkName refuses keys that are not the names of files. The store would take
// a//b for a/b, and x/../y for y: two objects of S3 would be one here, and a
// policy for x/* would open the rest of the bucket, and the next one.
func checkName(resourceARN string) error {
	_, key, _ := strings.Cut(strings.TrimPrefix(resourceARN, "arn:aws:s3:::"), "/")
	if key == "" {
		return nil
	}
	// A slash at the end is a folder, of which the store knows.
	for part := range strings.SplitSeq(strings.TrimSuffix(key, "/"), "/") {
		if part == "" || part == "." || part == ".." {
			return awsapi.Errorf(http.StatusBadRequest, "InvalidObjectName",
				"The local runner keeps objects as files, and no file can be named %q: it has the part %q between slashes. S3 itself takes this key.", key, part)
		}
	}
	return nil
}

// unnameable are the store's refusals of keys that S3 takes, and why.
var unnameable = map[string]string{
	"ObjectParentIsFile":        "a key that is a part of this one, up to a slash, is an object already: a file cannot be a folder, too",
	"ExistingObjectIsDirectory": "there are objects whose keys begin with this one and a slash: a folder cannot be a file, too",
	"KeyTooLongError":           "a key has at most 1024 bytes, and here, since it is a file's name, 255 between two slashes",
}

// explainName says of a key that cannot be a file's name that S3 would take it.
func explainName(response *http.Response) error {
	if response.StatusCode != http.StatusConflict && response.StatusCode != http.StatusBadRequest {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxErrorDocument))
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return fmt.Errorf("read the object store's error: %w", err)
	}
	response.Body = io.NopCloser(strings.NewReader(string(text)))
	var document s3Error
	// What is no error document, such as the answer to a HEAD, stays as it is.
	if err := xml.Unmarshal(text, &document); err != nil {
		return nil
	}
	if why, known := unnameable[document.Code]; known {
		replaceError(response, response.StatusCode, &awsapi.Error{
			Status: response.StatusCode, Code: document.Code,
			Message: strings.TrimSuffix(document.Message, ".") + ". The local runner keeps objects as files: " + why + ".",
		})
	}
	return nil
}
