package wire

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

// A node is a value between a Go struct and a protocol: nil, bool, int64,
// float64, string, []byte, time.Time, text, list, object or dict. Structs are
// reflected upon here alone; the protocols read and write nodes.
type node any

type (
	// text is a form's value: what it is, its target says.
	text string
	list []node
	// object has the members of a structure in their order.
	object []member
	// dict has the entries of a map in the order of their keys.
	dict   []member
	member struct {
		name  string
		value node
	}
)

func (o object) get(name string) node {
	for _, m := range o {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// errMissing is a required member that is not there.
type errMissing string

func (e errMissing) Error() string { return fmt.Sprintf("The parameter %s is required.", string(e)) }

var timeType = reflect.TypeFor[time.Time]()

// shape is a member of a structure as its field declares it, with the tag
// `wire:"Name,required"` where it differs from the field's name or is required.
type shape struct {
	name     string
	required bool
	index    []int
}

func shapesOf(t reflect.Type) []shape {
	var shapes []shape
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous || !f.IsExported() {
			continue
		}
		name, option, _ := strings.Cut(f.Tag.Get("wire"), ",")
		if name == "" {
			name = f.Name
		}
		shapes = append(shapes, shape{name: name, required: option == "required", index: f.Index})
	}
	return shapes
}
