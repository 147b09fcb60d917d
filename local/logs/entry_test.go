package logs

import (
	"bytes"
	"encoding/json"
	"testing"
)

// FuzzReadEntry: a line that readEntry reads is what encoding/json reads, and
// append's own lines are read unless they hold a \u escape.
func FuzzReadEntry(f *testing.F) {
	for _, message := range []string{"", "plain", "a \"quoted\" \\ line\n\tand é <&>", "\x01\u2028", "\xff"} {
		f.Add("2026/11/23/[$LATEST]0123", int64(1795428000000), message, true, []byte(`{"s":"a","t":1,"i":2,"m":"\/"}`+"\n"))
	}
	f.Fuzz(func(t *testing.T, stream string, at int64, message string, created bool, line []byte) {
		var text bytes.Buffer
		lines := json.NewEncoder(&text)
		lines.SetEscapeHTML(false)
		if err := lines.Encode(entry{Stream: stream, Time: at, Ingested: -at, Message: message, Created: created}); err != nil {
			t.Fatal(err)
		}
		if _, ok := readEntry(text.Bytes()); !ok && !bytes.Contains(text.Bytes(), []byte(`\u`)) {
			t.Errorf("%s is not read", text.Bytes())
		}
		for _, l := range [][]byte{text.Bytes(), line} {
			got, ok := readEntry(l)
			if !ok {
				continue
			}
			var want entry
			if err := json.Unmarshal(l, &want); err != nil || got != want {
				t.Errorf("%q is %+v, not %+v, %v", l, got, want, err)
			}
		}
	})
}
