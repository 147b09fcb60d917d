package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"strconv"
	"time"
)

// formats are the functions of the templates.
var formats = template.FuncMap{
	"clock":    clock,
	"instant":  func(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) },
	"moment":   func(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05.000 MST") },
	"ticks":    func(t time.Time) string { return t.Local().Format("15:04:05.000") },
	"percent":  func(share float64) string { return strconv.FormatFloat(100*share, 'f', -1, 64) + " %" },
	"duration": duration,
	"bytes":    byteCount,
	"json":     indented,
	"cause":    cause,
	"line":     func(n int) int { return n + 1 }, // CSS counts the lines of a grid from 1
}

// clock is a time as one says it: today's without the date.
func clock(t time.Time) string {
	local, now := t.Local(), time.Now()
	if local.YearDay() == now.YearDay() && local.Year() == now.Year() {
		return local.Format("15:04:05")
	}
	return local.Format("2 Jan 2006, 15:04:05")
}

// ago is how long ago something was, roughly.
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	}
	return fmt.Sprintf("%d days ago", int(d.Hours()/24))
}

func duration(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.2f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}

func byteCount(n int64) string {
	switch {
	case n < 1000:
		return strconv.FormatInt(n, 10) + " B"
	case n < 1_000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

// indented is a JSON text over several lines; what is not JSON stays as it is.
func indented(text string) string {
	var b bytes.Buffer
	if json.Indent(&b, []byte(text), "", "  ") != nil {
		return text
	}
	return b.String()
}

// cause is what an error says: of a function's, which is a document, the message.
func cause(text string) string {
	var document struct {
		Message string `json:"errorMessage"`
	}
	if json.Unmarshal([]byte(text), &document) == nil && document.Message != "" {
		return document.Message
	}
	return text
}
