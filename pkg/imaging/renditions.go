package imaging

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// ParseRenditions reads a JSON array of renditions. Unknown fields, a name used
// twice, an empty array and anything after the array are refused; all that
// is wrong with the renditions is reported, joined.
func ParseRenditions(text string) ([]Rendition, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	var renditions []Rendition
	if err := decoder.Decode(&renditions); err != nil {
		return nil, fmt.Errorf("renditions: reading the JSON array: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("renditions: there is more after the JSON array")
	}
	if len(renditions) == 0 {
		return nil, errors.New("renditions: at least one is needed")
	}
	var problems []error
	seen := map[string]bool{}
	for _, r := range renditions {
		problems = append(problems, r.Validate())
		if seen[r.Name] {
			problems = append(problems, fmt.Errorf("rendition %q: the name is used twice", r.Name))
		}
		seen[r.Name] = true
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return renditions, nil
}

// Select returns those of the renditions that are named, in the order of all;
// without names, all of them. A name that none has is an error, which lists every
// such name and those that there are.
func Select(all []Rendition, names []string) ([]Rendition, error) {
	if len(names) == 0 {
		return all, nil
	}
	known := make([]string, len(all))
	var selected []Rendition
	for i, r := range all {
		known[i] = r.Name
		if slices.Contains(names, r.Name) {
			selected = append(selected, r)
		}
	}
	var unknown []string
	for _, name := range names {
		if !slices.Contains(known, name) {
			unknown = append(unknown, strconv.Quote(name))
		}
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("there is no rendition %s; the renditions are %s", strings.Join(unknown, ", "), strings.Join(known, ", "))
	}
	return selected, nil
}
