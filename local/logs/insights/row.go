package insights

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// row is an event, or a group that stats made, with the fields that commands
// have added.
type row struct {
	event   *Event // nil after stats
	account string
	made    map[string]value
	// found are the discovered fields that were asked for; object is where they
	// are; both are nil until the first is.
	found  map[string]value
	object map[string]json.RawMessage
}

func (r *row) set(name string, v value) {
	if r.made == nil {
		r.made = map[string]value{}
	}
	r.made[name] = v
}

func (r *row) get(name string) value {
	if v, ok := r.made[name]; ok {
		return v
	}
	if r.event == nil {
		return value{}
	}
	switch name {
	case "@timestamp":
		return timeValue(r.event.Time)
	case "@ingestionTime":
		return timeValue(r.event.Ingested)
	case "@message":
		return textValue(r.event.Message)
	case "@logStream":
		return textValue(r.event.Stream)
	case "@log":
		return textValue(r.account + ":" + r.event.Group)
	case "@ptr":
		return textValue(r.event.ID)
	}
	if v, ok := r.found[name]; ok {
		return v
	}
	if r.found == nil {
		r.found = map[string]value{}
		discoverReport(r.found, r.event.Message)
		r.object = firstObject(r.event.Message)
	}
	if _, ok := r.found[name]; !ok {
		path, ok := name, true
		if strings.HasPrefix(name, "@") { // a discovered name that begins with @ gets another one
			path, ok = strings.CutPrefix(name[1:], "@")
			path = "@" + path
		}
		if ok {
			r.found[name] = lookup(r.object, path)
		}
	}
	return r.found[name]
}

// occursAsIs tells whether a field can be equal to text only where the message
// has these very characters: numbers can be written otherwise, and JSON escapes
// some characters.
func occursAsIs(text string) bool {
	_, isNumber := textValue(text).asNumber()
	return text != "" && !isNumber && strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' }) < 0
}

// mayHave tells, without reading the message's object, whether a field can be
// equal to text that occurs as it is. Most filters pass few events by such a
// comparison: it saves the time to read the others.
func (r *row) mayHave(name, text string) bool {
	if _, made := r.made[name]; made || r.event == nil || strings.HasPrefix(name, "@") {
		return true
	}
	return strings.Contains(r.event.Message, text) || strings.Contains(r.event.Message, `\`)
}

// maxAttempts bounds how many braces of a message may begin no object.
const maxAttempts = 16

// firstObject is the first JSON object in a message, or nil.
func firstObject(message string) map[string]json.RawMessage {
	rest := message
	for range maxAttempts {
		begin := strings.IndexByte(rest, '{')
		if begin < 0 {
			return nil
		}
		rest = rest[begin:]
		var object map[string]json.RawMessage
		if json.Unmarshal([]byte(rest), &object) == nil || json.NewDecoder(strings.NewReader(rest)).Decode(&object) == nil {
			return object
		}
		rest = rest[1:]
	}
	return nil
}

// lookup finds a field by its path. A name may have dots of its own.
func lookup(object map[string]json.RawMessage, path string) value {
	if raw, ok := object[path]; ok {
		return scalar(raw)
	}
	for i := range len(path) {
		if raw, ok := object[path[:i]]; ok && path[i] == '.' {
			return descend(raw, path[i+1:])
		}
	}
	return value{}
}

// descend finds a field within a value.
func descend(raw json.RawMessage, path string) value {
	var object map[string]json.RawMessage
	var list []json.RawMessage
	switch raw[0] {
	case '{':
		if json.Unmarshal(raw, &object) == nil {
			return lookup(object, path)
		}
	case '[':
		index, rest, more := strings.Cut(path, ".")
		i, err := strconv.Atoi(index)
		if err != nil || json.Unmarshal(raw, &list) != nil || i < 0 || i >= len(list) {
			return value{}
		}
		if more {
			return descend(list[i], rest)
		}
		return scalar(list[i])
	}
	return value{}
}

// scalar reads a JSON value that is a field. As at AWS, true is 1 and false 0.
func scalar(raw json.RawMessage) value {
	switch raw[0] {
	case '"':
		var s string
		if json.Unmarshal(raw, &s) == nil {
			return textValue(s)
		}
	case 't', 'f':
		return boolValue(raw[0] == 't')
	case 'n', '{', '[':
	default:
		v := textValue(string(raw))
		if n, ok := v.asNumber(); ok {
			return value{kind: number, number: n, text: v.text}
		}
		return v // too large for a number
	}
	return value{}
}

// reportLine is a line that Lambda writes about an invocation, and reportField a
// field of it.
var (
	reportLine  = regexp.MustCompile(`^(START|END|REPORT) RequestId: (\S+)`)
	reportField = regexp.MustCompile(`\t(Duration|Billed Duration|Init Duration|Memory Size|Max Memory Used): ([0-9.]+) (ms|MB)`)
)

// reportNames are the fields' names in a query. Durations are in milliseconds,
// memory in bytes.
var reportNames = map[string]string{
	"Duration": "@duration", "Billed Duration": "@billedDuration", "Init Duration": "@initDuration",
	"Memory Size": "@memorySize", "Max Memory Used": "@maxMemoryUsed",
}

func discoverReport(found map[string]value, message string) {
	line := reportLine.FindStringSubmatch(message)
	if line == nil {
		return
	}
	found["@type"], found["@requestId"] = textValue(line[1]), textValue(line[2])
	for _, field := range reportField.FindAllStringSubmatch(message, -1) {
		n, err := strconv.ParseFloat(field[2], 64)
		if err != nil {
			continue // digits and points that are no number
		}
		if field[3] == "MB" {
			n *= 1e6
		}
		found[reportNames[field[1]]] = numberValue(n)
	}
}
