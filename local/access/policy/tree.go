package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// A node is a JSON value that remembers the order of an object's members:
// encoding/json would keep the last of two equal keys and hide the other.
type node struct {
	path   string
	object []member // when isObject
	list   []node   // when isList
	scalar any      // string, json.Number, bool or nil otherwise

	isObject, isList bool
}

type member struct {
	key   string
	value node
}

func parseTree(document []byte) (node, error) {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	root, err := parseNode(decoder, "")
	if err != nil {
		return node{}, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return node{}, errors.New("there is text after the document's end")
	}
	return root, nil
}

func parseNode(decoder *json.Decoder, path string) (node, error) {
	token, err := decoder.Token()
	if err != nil {
		return node{}, fmt.Errorf("%s: not JSON: %w", display(path), err)
	}
	switch token {
	case json.Delim('{'):
		return parseObject(decoder, path)
	case json.Delim('['):
		n := node{path: path, isList: true}
		for decoder.More() {
			element, err := parseNode(decoder, fmt.Sprintf("%s[%d]", path, len(n.list)))
			if err != nil {
				return node{}, err
			}
			n.list = append(n.list, element)
		}
		return n, closeDelim(decoder, path)
	}
	return node{path: path, scalar: token}, nil
}

func parseObject(decoder *json.Decoder, path string) (node, error) {
	n := node{path: path, isObject: true}
	seen := map[string]bool{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return node{}, fmt.Errorf("%s: not JSON: %w", display(path), err)
		}
		key, ok := token.(string)
		if !ok {
			return node{}, fmt.Errorf("%s: an object's key must be a string", display(path))
		}
		at := join(path, key)
		if seen[key] {
			return node{}, fmt.Errorf("%s: the key is there twice; the second would silently replace the first", at)
		}
		seen[key] = true
		value, err := parseNode(decoder, at)
		if err != nil {
			return node{}, err
		}
		n.object = append(n.object, member{key, value})
	}
	return n, closeDelim(decoder, path)
}

func closeDelim(decoder *json.Decoder, path string) error {
	if _, err := decoder.Token(); err != nil {
		return fmt.Errorf("%s: not JSON: %w", display(path), err)
	}
	return nil
}

// strings reads a string or a list of strings, as most elements allow.
func (n node) strings() ([]string, error) {
	elements := n.list
	if !n.isList {
		elements = []node{n}
	}
	if len(elements) == 0 {
		return nil, fmt.Errorf("%s: the list is empty", n.path)
	}
	texts := make([]string, len(elements))
	for i, element := range elements {
		text, err := element.text()
		if err != nil {
			return nil, err
		}
		texts[i] = text
	}
	return texts, nil
}

func (n node) text() (string, error) {
	text, ok := n.scalar.(string)
	if !ok || n.isList || n.isObject {
		return "", fmt.Errorf("%s: must be a string", display(n.path))
	}
	return text, nil
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func display(path string) string {
	if path == "" {
		return "document"
	}
	return path
}
