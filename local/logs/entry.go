package logs

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// entry is one line of a segment: an event, or the creation of a stream.
type entry struct {
	Stream   string `json:"s"`
	Time     int64  `json:"t"` // Unix milliseconds
	Ingested int64  `json:"i"` // Unix milliseconds
	Message  string `json:"m,omitempty"`
	Created  bool   `json:"c,omitempty"`

	// Not stored: where the line is.
	segment int
	offset  int64
}

// readEntry reads a line of a segment as append writes it. It is several times
// as fast as encoding/json, by which a query over a full group would take most
// of its time; what it does not read, such as \u escapes, encoding/json does.
func readEntry(line []byte) (e entry, ok bool) {
	r := entryReader{rest: line, ok: true}
	r.skip(`{"s":`)
	e.Stream = r.string()
	r.skip(`,"t":`)
	e.Time = r.integer()
	r.skip(`,"i":`)
	e.Ingested = r.integer()
	if bytes.HasPrefix(r.rest, []byte(`,"m":`)) {
		r.skip(`,"m":`)
		e.Message = r.string()
	}
	if bytes.HasPrefix(r.rest, []byte(`,"c":true`)) {
		r.skip(`,"c":true`)
		e.Created = true
	}
	r.skip("}\n")
	if !r.ok || len(r.rest) > 0 {
		return entry{}, false
	}
	return e, true
}

type entryReader struct {
	rest []byte
	ok   bool
}

func (r *entryReader) skip(text string) {
	rest, found := bytes.CutPrefix(r.rest, []byte(text))
	r.rest, r.ok = rest, r.ok && found
}

func (r *entryReader) integer() int64 {
	end := bytes.IndexAny(r.rest, ",}")
	if end < 0 {
		r.ok = false
		return 0
	}
	digits := string(r.rest[:end])
	n, err := strconv.ParseInt(digits, 10, 64)
	// JSON has neither +1 nor 01.
	r.rest, r.ok = r.rest[end:], r.ok && err == nil && strconv.FormatInt(n, 10) == digits
	return n
}

// escapes are those of JSON that stand for one byte.
var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'n': '\n', 't': '\t', 'r': '\r', 'b': '\b', 'f': '\f'}

func (r *entryReader) string() string {
	r.skip(`"`)
	var text []byte // what came before the last escape
	for r.ok {
		end := 0
		for end < len(r.rest) && r.rest[end] != '"' && r.rest[end] != '\\' && r.rest[end] >= ' ' {
			end++
		}
		if end == len(r.rest) || r.rest[end] < ' ' {
			break
		}
		if r.rest[end] == '"' {
			last := r.rest[:end]
			if text != nil {
				last = append(text, last...)
			}
			r.rest = r.rest[end+1:]
			r.ok = utf8.Valid(last) // encoding/json mends what is not
			return string(last)
		}
		if end+1 == len(r.rest) || escapes[r.rest[end+1]] == 0 {
			break
		}
		if text == nil {
			text = make([]byte, 0, len(r.rest))
		}
		text = append(append(text, r.rest[:end]...), escapes[r.rest[end+1]])
		r.rest = r.rest[end+2:]
	}
	r.ok = false
	return ""
}
