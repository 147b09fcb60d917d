package board

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/chart"
	"github.com/pixline/pixline/local/cloudwatch/scene"
)

// parseAnnotations reads lines and bands at values and times, and the alarm that
// the widget is a graph of.
func (g *metricGraph) parseAnnotations(o object) {
	var alarms []string
	o.take("alarms", &alarms)
	if len(alarms) > 0 {
		g.alarm = alarms[0]
	}
	if len(alarms) > 1 {
		o.problem("alarms", "has more than one alarm")
	}
	for i, part := range o.list("horizontal") {
		g.parseHorizontal(part, o.at(fmt.Sprintf("horizontal[%d]", i)), o.problems)
	}
	for i, part := range o.list("vertical") {
		g.parseVertical(part, o.at(fmt.Sprintf("vertical[%d]", i)), o.problems)
	}
	o.done()
}

func (o object) list(name string) []json.RawMessage {
	var list []json.RawMessage
	o.take(name, &list)
	return list
}

// ends reads an annotation: an object, or an array of two for a band.
func ends(raw json.RawMessage, path string, problems *[]string) (first, second object, band bool) {
	var pair []json.RawMessage
	if err := json.Unmarshal(raw, &pair); err != nil {
		return read(raw, path, problems), object{}, false
	}
	if len(pair) != 2 {
		*problems = append(*problems, path+" is a band without two ends")
		return object{problems: problems}, object{}, false
	}
	return read(pair[0], path+"[0]", problems), read(pair[1], path+"[1]", problems), true
}

// annotation is what lines of values and of times have in common.
type annotation struct {
	label   string
	color   scene.Color
	fill    chart.Fill
	visible bool
}

func parseAnnotation(o object, above, below string) annotation {
	a := annotation{color: scene.Alarm, visible: true}
	o.take("label", &a.label)
	o.take("visible", &a.visible)
	var color string
	if o.take("color", &color) {
		if scene.Hex(color) {
			a.color = scene.Color(color)
		} else {
			o.problem("color", "is %q, not #rrggbb", color)
		}
	}
	a.fill = map[string]chart.Fill{above: chart.Above, below: chart.Below}[o.choose("fill", "none", above, below)]
	return a
}

func (g *metricGraph) parseHorizontal(raw json.RawMessage, path string, problems *[]string) {
	first, second, band := ends(raw, path, problems)
	a := parseAnnotation(first, "above", "below")
	h := chart.Horizontal{Label: a.label, Color: a.color, Fill: a.fill}
	known := first.take("value", &h.Value)
	h.Right = first.choose("yAxis", "left", "right") == "right"
	first.done()
	if band {
		h.Fill = chart.Between
		known = second.take("value", &h.To) && known
		second.take("label", &h.ToLabel)
		second.ignore("yAxis", "visible", "color", "fill")
		second.done()
	}
	if !known {
		*problems = append(*problems, path+" has no value")
	} else if a.visible {
		g.horizontal = append(g.horizontal, h)
	}
}

func (g *metricGraph) parseVertical(raw json.RawMessage, path string, problems *[]string) {
	first, second, band := ends(raw, path, problems)
	a := parseAnnotation(first, "after", "before")
	v := chart.Vertical{Label: a.label, Color: a.color, Fill: a.fill}
	known := takeTime(first, &v.Time)
	first.done()
	if band {
		v.Fill = chart.Between
		known = takeTime(second, &v.To) && known
		second.take("label", &v.ToLabel)
		second.ignore("visible", "color", "fill")
		second.done()
	}
	if !known {
		*problems = append(*problems, path+" has no value that is a time")
	} else if a.visible {
		g.vertical = append(g.vertical, v)
	}
}

func takeTime(o object, t *time.Time) bool {
	var s string
	if !o.take("value", &s) {
		return false
	}
	at, err := time.Parse(time.RFC3339Nano, s)
	*t = at
	return err == nil
}

// watch makes the widget a graph of its alarm: the metrics that it evaluates, and
// its threshold with the side on which it fires.
func (g *metricGraph) watch(r request) error {
	if r.Alarm == nil {
		return fmt.Errorf("there are no alarms here")
	}
	alarm, ok := r.Alarm(g.alarm)
	if !ok {
		return fmt.Errorf("there is no alarm %s", g.alarm)
	}
	if len(alarm.Queries) == 0 {
		return fmt.Errorf("the alarm %s is of no metric of its own", alarm.Name)
	}
	g.metrics = nil
	for _, q := range alarm.Queries {
		g.metrics = append(g.metrics, plotted{Query: q})
	}
	identify(g.metrics)
	fill, sign := chart.Above, ">"
	if strings.HasPrefix(alarm.Comparison, "LessThan") {
		fill, sign = chart.Below, "<"
	}
	if strings.Contains(alarm.Comparison, "OrEqualTo") {
		sign = map[string]string{">": "≥", "<": "≤"}[sign]
	}
	// A copy: the same board may be drawn by several at once.
	g.horizontal = append(slices.Clone(g.horizontal), chart.Horizontal{
		Value: alarm.Threshold, Label: fmt.Sprintf("%s %s %s", alarm.Name, sign, chart.Full(alarm.Threshold, "")), Color: scene.Alarm, Fill: fill,
	})
	return nil
}
