package meter

import (
	"errors"
	"strings"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/logs"
)

// Logs extracts the metrics of log events in the embedded metric format. An event
// in another format is none of its business. From one that says it is in the
// format but is not, nothing is extracted: it is logged by the runner, and counted
// as AWS counts it, in AWS/Logs by LogGroupName.
//
// Source: CloudWatch User Guide, "Specification: Embedded metric format";
// CloudWatch Logs User Guide, "Monitoring with CloudWatch metrics".
func (m *Meter) Logs(group string, events []logs.Event) {
	for _, e := range events {
		// Most lines of a log are not, and in the text of one that is not, the quotes
		// of a name are escaped.
		if !strings.Contains(e.Message, `"_aws"`) {
			continue
		}
		now := time.Now()
		data, err := extract(e.Message, now)
		if err != nil {
			m.refuse(group, now, err)
			continue
		}
		for i := range data {
			data[i].Time = m.options.Clock.At(data[i].Time)
		}
		m.options.Put(data...)
	}
}

func (m *Meter) refuse(group string, at time.Time, err error) {
	name := "EMFValidationErrors"
	if _, ok := errors.AsType[*parsingError](err); ok {
		name = "EMFParsingErrors"
	}
	m.options.Log.Warn("a log event says that it has metrics, and has none", "group", group, "error", err)
	m.put(at, "AWS/Logs", []dimensions{{{Name: "LogGroupName", Value: group}}}, value{name, unitCount, 1})
}

// extract gives the metrics of one event, in the machine's time; none of an event
// without directives.
func extract(message string, now time.Time) ([]metric.Datum, error) {
	line, err := parseLine(message)
	if err != nil || len(line.directives) == 0 {
		return nil, err
	}
	at, err := line.time(now)
	if err != nil {
		return nil, err
	}
	var data []metric.Datum
	for _, d := range line.directives {
		if data, err = line.follow(data, d, at); err != nil {
			return nil, err
		}
	}
	return data, nil
}
