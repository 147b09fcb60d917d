// Package query reads the forms of the AWS query protocol, in which lists and
// maps are spread over numbered parameters: Entry.1.Id, Entry.2.Id, …
package query

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/pixline/pixline/local/awsapi"
)

// Form holds a request's parameters, or those of one of its structures.
type Form url.Values

// Get is a parameter's value, empty when it is missing.
func (f Form) Get(name string) string { return url.Values(f).Get(name) }

// Int reads an integer; nil when it is missing. The error is an
// *awsapi.Error InvalidParameterValue (400).
func (f Form) Int(name string) (*int, error) {
	text := f.Get(name)
	if text == "" {
		return nil, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return nil, awsapi.Errorf(http.StatusBadRequest, "InvalidParameterValue", "Value %s for parameter %s is invalid. Reason: Must be an integer.", text, name)
	}
	return &n, nil
}

// Structures lists the structures of a list in the order of their numbers:
// prefix.1.Name becomes Name of the first one, and a bare prefix.1 its "".
func (f Form) Structures(prefix string) []Form {
	byNumber := map[int]Form{}
	for name, values := range f {
		rest, ok := strings.CutPrefix(name, prefix+".")
		if !ok {
			continue
		}
		number, member, _ := strings.Cut(rest, ".")
		n, err := strconv.Atoi(number)
		if err != nil {
			continue // a parameter of another name, such as prefix.member.1
		}
		if byNumber[n] == nil {
			byNumber[n] = Form{}
		}
		byNumber[n][member] = values
	}
	numbers := make([]int, 0, len(byNumber))
	for n := range byNumber {
		numbers = append(numbers, n)
	}
	slices.SortFunc(numbers, cmp.Compare[int])
	structures := make([]Form, len(numbers))
	for i, n := range numbers {
		structures[i] = byNumber[n]
	}
	return structures
}

// Strings is a list of plain values.
func (f Form) Strings(prefix string) []string {
	var texts []string
	for _, s := range f.Structures(prefix) {
		texts = append(texts, s.Get(""))
	}
	return texts
}

// Map reads a map whose entries have their key and value under these names.
func (f Form) Map(prefix, key, value string) map[string]string {
	entries := map[string]string{}
	for _, s := range f.Structures(prefix) {
		entries[s.Get(key)] = s.Get(value)
	}
	return entries
}

// Parse reads a request's query and form body, which may have at most limit bytes.
func Parse(w http.ResponseWriter, r *http.Request, limit int64) (Form, error) {
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	if err := r.ParseForm(); err != nil {
		return nil, awsapi.Errorf(http.StatusBadRequest, "MalformedQueryString", "The form cannot be read: %v", err)
	}
	return Form(r.Form), nil
}
