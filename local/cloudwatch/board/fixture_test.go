package board

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"strings"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/metric"
)

// noon is the end of every range in the tests.
var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// waves is a source with a curve for every metric, which its name decides; a
// metric Gap has holes, Lonely a point every ten periods, Nothing none. No curve
// has more than 5,000 points.
type waves struct{}

func (waves) Read(id metric.ID, statistic string, period time.Duration, start, end time.Time) ([]metric.Point, error) {
	h := fnv.New32a()
	fmt.Fprint(h, id.Namespace, id.Name, id.Dimensions, statistic)
	phase := float64(h.Sum32()%628) / 100
	level := 20 + float64(h.Sum32()%80)
	var points []metric.Point
	for t := floor(start, period); t.Before(end) && len(points) < 5000; t = t.Add(period) {
		n := int(t.Unix() / int64(period/time.Second))
		if id.Name == "Nothing" || id.Name == "Gap" && n%40 < 12 || id.Name == "Lonely" && n%10 != 0 {
			continue
		}
		x := float64(t.Unix()) / 3600
		points = append(points, metric.Point{Time: t, Value: level * (1.2 + math.Sin(x+phase) + .1*math.Sin(37*x))})
	}
	return points, nil
}

func (waves) Unit(id metric.ID) string {
	switch {
	case strings.Contains(id.Name, "Duration"):
		return "Milliseconds"
	case strings.Contains(id.Name, "Bytes"):
		return "Megabytes"
	case strings.Contains(id.Name, "Share"):
		return "Percent"
	}
	return "None"
}

// sources have metrics, an alarm of each state, and a row of logs.
func sources() Sources {
	return Sources{
		Metrics: waves{},
		Alarm: func(arn string) (AlarmState, bool) {
			name := arn[strings.LastIndex(arn, ":")+1:]
			value := map[byte]string{'a': "ALARM", 'i': "INSUFFICIENT_DATA", 'o': "OK"}[(name + "-")[0]]
			return AlarmState{Name: name, Value: value, Reason: "Threshold Crossed", Updated: noon.Add(-time.Hour)}, value != ""
		},
		Logs: func(context.Context, string, time.Time, time.Time) (Table, error) {
			return Table{Columns: []string{"@timestamp", "error"}, Rows: [][]string{{"2026-03-04 11:59:00.000", "resize: <b>out of memory</b>"}}}, nil
		},
	}
}
