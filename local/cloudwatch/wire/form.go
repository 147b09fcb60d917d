package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxDepth is more than any input of CloudWatch is deep. Names are the client's,
// and each part of one is a level.
const maxDepth = 32

// branch is a form in the making: the members below a name.
type branch struct {
	value    *string
	children map[string]*branch
}

// readForm makes the structure that a form of the query protocol spreads over
// names such as Metric.Dimensions.member.1.Name.
func readForm(form url.Values) (node, error) {
	root := &branch{}
	for name, values := range form {
		if strings.Count(name, ".") >= maxDepth {
			return nil, fmt.Errorf("%.60s… is deeper than %d levels", name, maxDepth)
		}
		at := root
		for part := range strings.SplitSeq(name, ".") {
			if at.children == nil {
				at.children = map[string]*branch{}
			}
			if at.children[part] == nil {
				at.children[part] = &branch{}
			}
			at = at.children[part]
		}
		at.value = &values[0]
	}
	return root.node("")
}

func (b *branch) node(name string) (node, error) {
	if b.children == nil {
		if b.value == nil {
			return object{}, nil
		}
		return text(*b.value), nil
	}
	if members := b.children["member"]; members != nil && len(b.children) == 1 {
		return members.list(name)
	}
	made := object{}
	for _, child := range slices.Sorted(maps.Keys(b.children)) {
		n, err := b.children[child].node(child)
		if err != nil {
			return nil, err
		}
		made = append(made, member{child, n})
	}
	return made, nil
}

// list has the members in the order of their numbers, which may have gaps.
func (b *branch) list(name string) (node, error) {
	numbers := make([]int, 0, len(b.children))
	for child := range b.children {
		n, err := strconv.Atoi(child)
		if err != nil || n < 1 || strconv.Itoa(n) != child {
			return nil, fmt.Errorf("%s.member.%s: the members of a list have numbers from 1", name, child)
		}
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	made := make(list, len(numbers))
	for i, n := range numbers {
		var err error
		if made[i], err = b.children[strconv.Itoa(n)].node(name); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// writeXML writes the content of an element.
func writeXML(b *bytes.Buffer, n node) error {
	switch n := n.(type) {
	case bool:
		b.WriteString(strconv.FormatBool(n))
	case int64:
		b.WriteString(strconv.FormatInt(n, 10))
	case float64:
		b.WriteString(strconv.FormatFloat(n, 'g', -1, 64))
	case time.Time:
		b.WriteString(n.UTC().Format("2006-01-02T15:04:05.000Z"))
	case []byte:
		b.WriteString(base64.StdEncoding.EncodeToString(n))
	case string:
		return xml.EscapeText(b, []byte(n))
	case list:
		for _, item := range n {
			if err := writeElement(b, "member", item); err != nil {
				return err
			}
		}
	case object:
		for _, m := range n {
			if err := writeElement(b, m.name, m.value); err != nil {
				return err
			}
		}
	case dict:
		for _, m := range n {
			if err := writeElement(b, "entry", object{{"key", m.name}, {"value", m.value}}); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("%T is not a value of the protocol", n)
	}
	return nil
}

func writeElement(b *bytes.Buffer, name string, n node) error {
	b.WriteString("<" + name + ">")
	if err := writeXML(b, n); err != nil {
		return err
	}
	b.WriteString("</" + name + ">")
	return nil
}
