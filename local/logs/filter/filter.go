// Package filter reads filter patterns of CloudWatch Logs: terms of plain text,
// and conditions on the members of JSON. Those of space-delimited text and regular
// expressions on their own are refused. Source: CloudWatch Logs user guide,
// "Filter pattern syntax".
package filter

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/pixline/pixline/local/awsapi"
)

// Pattern tells whether it matches a message.
type Pattern func(message string) bool

// maxLength is FilterLogEvents' limit.
const maxLength = 1024

// Parse reads a pattern; an empty one matches everything. What is not understood is
// an InvalidParameterException.
func Parse(text string) (Pattern, error) {
	trimmed := strings.TrimSpace(text)
	var p Pattern
	var err error
	switch {
	case len(text) > maxLength:
		err = fmt.Errorf("it has %d bytes, and may have %d", len(text), maxLength)
	case strings.HasPrefix(trimmed, "{"):
		p, err = members(trimmed)
	case strings.HasPrefix(trimmed, "["), strings.HasPrefix(trimmed, "%"):
		err = errors.New(`the local runner knows terms, "phrases", -terms and ?terms, and JSON such as { $.status = "4*" }, but no space-delimited text and no regular expressions on their own`)
	default:
		p, err = terms(trimmed)
	}
	if err != nil {
		return nil, awsapi.Errorf(http.StatusBadRequest, "InvalidParameterException", "Invalid filter pattern %q: %v", text, err)
	}
	return p, nil
}
