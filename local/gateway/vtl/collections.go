package vtl

import (
	"errors"
	"fmt"
	"math"
)

// entry is one of $map.entrySet().
type entry struct {
	key   string
	value any
}

func (e *entry) String() string { return e.key + "=" + Text(e.value) }

func mapMethod(m *Map, a *arguments) (result any, known bool) {
	switch a.method {
	case "get":
		if a.ok("any") {
			return m.Get(Text(a.values[0])), true
		}
	case "put":
		if a.ok("any", "any") && a.writable(m) {
			key := Text(a.values[0])
			old := m.Get(key)
			m.Set(key, a.values[1])
			return old, true
		}
	case "remove":
		if a.ok("any") && a.writable(m) {
			return m.remove(Text(a.values[0])), true
		}
	case "containsKey":
		if a.ok("any") {
			return m.Has(Text(a.values[0])), true
		}
	case "containsValue":
		if a.ok("any") {
			return (&List{items: m.all()}).indexOf(a.values[0]) >= 0, true
		}
	case "keySet":
		list := &List{}
		for _, k := range m.keys {
			list.items = append(list.items, k)
		}
		return list, a.take()
	case "values":
		return &List{items: m.all()}, a.take()
	case "entrySet":
		list := &List{}
		for _, k := range m.keys {
			list.items = append(list.items, &entry{key: k, value: m.values[k]})
		}
		return list, a.take()
	case "size":
		return int64(len(m.keys)), a.take()
	case "isEmpty":
		return len(m.keys) == 0, a.take()
	default:
		return nil, false
	}
	return nil, true
}

func (a *arguments) writable(m *Map) bool {
	if m.readOnly {
		a.err = fmt.Errorf("%s: the map cannot be changed", a.method)
	}
	return a.err == nil
}

func (m *Map) all() []any {
	items := make([]any, 0, len(m.keys))
	for _, k := range m.keys {
		items = append(items, m.values[k])
	}
	return items
}

func (l *List) indexOf(v any) int {
	for i, item := range l.items {
		if typeName(item) == typeName(v) && equal(item, v) {
			return i
		}
	}
	return -1
}

func listMethod(l *List, a *arguments) (result any, known bool) {
	switch a.method {
	case "size":
		return int64(len(l.items)), a.take()
	case "isEmpty":
		return len(l.items) == 0, a.take()
	case "get":
		if a.ok("int") && a.inside(l, 0) {
			return l.items[a.int(0)], true
		}
	case "set":
		if a.ok("int", "any") && a.inside(l, 0) {
			old := l.items[a.int(0)]
			l.items[a.int(0)] = a.values[1]
			return old, true
		}
	case "remove":
		if a.ok("int") && a.inside(l, 0) {
			i := a.int(0)
			old := l.items[i]
			l.items = append(l.items[:i], l.items[i+1:]...)
			return old, true
		}
	case "add":
		if a.ok("any") && a.room(l, 1) {
			l.items = append(l.items, a.values[0])
			return true, true
		}
	case "addAll":
		if a.ok("any") {
			other, isList := a.values[0].(*List)
			if !isList {
				a.err = errors.New("addAll takes a list")
			} else if a.room(l, len(other.items)) {
				l.items = append(l.items, other.items...)
				return len(other.items) > 0, true
			}
		}
	case "contains":
		if a.ok("any") {
			return l.indexOf(a.values[0]) >= 0, true
		}
	case "indexOf":
		if a.ok("any") {
			return int64(l.indexOf(a.values[0])), true
		}
	default:
		return nil, false
	}
	return nil, true
}

// room bounds what a loop can add up.
func (a *arguments) room(l *List, n int) bool {
	if len(l.items)+n > MaxOutput/8 {
		a.err = fmt.Errorf("%s: the list is too long", a.method)
	}
	return a.err == nil
}

// inside checks argument i as an index of the list: get, unlike [], does not
// count from the end.
func (a *arguments) inside(l *List, i int) bool {
	if n := a.int(i); n < 0 || n >= len(l.items) {
		a.err = fmt.Errorf("%s: index %d out of bounds for length %d", a.method, n, len(l.items))
	}
	return a.err == nil
}

func numberMethod(v any, a *arguments) (result any, known bool) {
	f, _ := number(v)
	switch a.method {
	case "intValue", "longValue":
		if i, ok := v.(int64); ok {
			return i, a.take()
		}
		if math.Abs(f) >= 1<<63 || math.IsNaN(f) {
			a.err = fmt.Errorf("%s: %s does not fit", a.method, Text(v))
			return nil, true
		}
		return int64(f), a.take()
	case "doubleValue":
		return f, a.take()
	case "compareTo":
		if a.ok("any") && typeName(v) == typeName(a.values[0]) {
			g, _ := number(a.values[0])
			switch {
			case f < g:
				return int64(-1), true
			case f > g:
				return int64(1), true
			}
			return int64(0), true
		} else if a.err == nil {
			a.err = fmt.Errorf("compareTo takes another %s", typeName(v))
		}
		return nil, true
	}
	return nil, false
}
