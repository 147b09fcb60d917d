package board

import (
	"strings"

	"github.com/pixline/pixline/local/cloudwatch/scene"
)

// span is text that is set alike.
type span struct {
	text    string
	set     scene.Type
	link    string
	newLine bool // a line ends after it
}

// line is spans beside each other.
type line []span

func (l line) paint(to *scene.Layer, at scene.Point) {
	for _, s := range l {
		layer := to
		if s.link != "" {
			layer = to.Group(scene.Group{Link: s.link})
		}
		s.set.Exact = len(l) > 1
		layer.Text(at, strings.TrimRight(s.text, " "), s.set)
		at.X += scene.Measure(s.text, s.set.Size, s.set.Font)
	}
}

// wrap breaks spans into lines at spaces. A word wider than a line is shortened.
func wrap(spans []span, width, size float64) []line {
	var lines []line
	var current line
	used := 0.0
	flush := func() {
		lines, current, used = append(lines, current), nil, 0
	}
	for _, s := range spans {
		if s.set.Size == 0 {
			s.set.Size = size
		}
		for _, word := range strings.SplitAfter(s.text, " ") {
			if word == "" {
				continue
			}
			wide := scene.Measure(strings.TrimRight(word, " "), s.set.Size, s.set.Font)
			if used > 0 && used+wide > width {
				flush()
			}
			if used == 0 && wide > width {
				word = scene.Fit(word, s.set.Size, s.set.Font, width)
			}
			// Words of one span are one text.
			if n := len(current); n > 0 && current[n-1].set == s.set && current[n-1].link == s.link {
				current[n-1].text += word
			} else {
				current = append(current, span{text: word, set: s.set, link: s.link})
			}
			used += scene.Measure(word, s.set.Size, s.set.Font)
		}
		if s.newLine {
			flush()
		}
	}
	if len(current) > 0 {
		flush()
	}
	return lines
}
