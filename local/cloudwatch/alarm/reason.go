package alarm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	initialReason = "Unchecked: Initial alarm creation"
	// inlinePoints is from how many data points on a reason names but the most
	// recent ones, and recentPoints how many.
	inlinePoints = 4
	recentPoints = 5
	// maxReasonPoints keeps the reason's data below CloudWatch's 4,000 characters.
	maxReasonPoints = 25
	stampLayout     = "2006-01-02T15:04:05.000-0700"
)

// stamp is a time as CloudWatch writes it in JSON.
type stamp time.Time

func (s stamp) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Time(s).UTC().Format(stampLayout))
}

// number is a number as CloudWatch, which is of Java, writes it: 3.0, 1.0E7.
type number float64

func (n number) String() string {
	f := float64(n)
	format := byte('f')
	if abs := max(f, -f); abs != 0 && (abs < 1e-3 || abs >= 1e7) {
		format = 'E'
	}
	text := strconv.FormatFloat(f, format, -1, 64)
	mantissa, exponent, scientific := strings.Cut(text, "E")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	if !scientific {
		return mantissa
	}
	sign, digits := strings.TrimPrefix(exponent[:1], "+"), strings.TrimLeft(exponent[1:], "0")
	return mantissa + "E" + sign + digits
}

func (n number) MarshalJSON() ([]byte, error) { return []byte(n.String()), nil }

// marshal writes JSON as CloudWatch does: with < and > as they are.
func marshal(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// plural is "1 datapoint" or "3 datapoints".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

func verb(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// reason says in CloudWatch's words why the alarm has the verdict's value.
func (e *evaluation) reason() string {
	n, received := e.EvaluationPeriods, len(e.evaluated)
	if e.value == InsufficientData {
		return fmt.Sprintf("Insufficient Data: %s %s unknown.", plural(e.filled, "datapoint"), verb(e.filled))
	}
	var deciding []string
	for _, p := range e.evaluated {
		if p.breaches == (e.value == InAlarm) {
			deciding = append(deciding, fmt.Sprintf("%s (%s)", number(p.value), p.time.Format("02/01/06 15:04:05")))
		}
	}
	filled := ""
	if e.filled > 0 {
		filled = fmt.Sprintf(" and %s %s treated as [%s]", plural(e.filled, "missing datapoint"), verb(e.filled), treatments[e.TreatMissingData])
	}
	k := len(deciding)
	switch {
	case received == 0:
		return fmt.Sprintf("Threshold Crossed: no datapoints were received for %s%s.", plural(n, "period"), filled)
	case k == 0:
		return fmt.Sprintf("Threshold Crossed: %s %s received for %s%s.", plural(received, "datapoint"), verb(received), plural(n, "period"), filled)
	}
	which, minimum := plural(k, "datapoint"), ""
	if e.DatapointsToAlarm > 0 {
		which = fmt.Sprintf("%d out of the last %s", k, plural(n, "datapoint"))
		if n == 1 {
			which += "s" // CloudWatch's own: 1 out of the last 1 datapoints
		}
		minimum = fmt.Sprintf(" (minimum %s for OK -> ALARM transition)", plural(e.DatapointsToAlarm, "datapoint"))
		if e.value == OK {
			minimum = fmt.Sprintf(" (minimum %s for ALARM -> OK transition)", plural(n-e.DatapointsToAlarm+1, "datapoint"))
		}
	}
	not := ""
	if e.value == OK {
		not = "not "
	}
	crossed := fmt.Sprintf("%s %s%s the threshold (%s)%s", verb(k), not, comparisons[e.Comparison].words, number(e.Threshold), filled)
	if k <= inlinePoints {
		return fmt.Sprintf("Threshold Crossed: %s [%s] %s%s.", which, strings.Join(deciding, ", "), crossed, minimum)
	}
	return fmt.Sprintf("Threshold Crossed: %s %s. The most recent datapoints which crossed the threshold: [%s]%s.",
		which, crossed, strings.Join(deciding[:recentPoints], ", "), minimum)
}

var treatments = map[string]string{"": "Missing", missing: "Missing", ignore: "Ignored", breaching: "Breaching", notBreaching: "NonBreaching"}

type reasonData struct {
	Version   string           `json:"version"`
	QueryDate stamp            `json:"queryDate"`
	StartDate *stamp           `json:"startDate,omitempty"`
	Statistic string           `json:"statistic,omitempty"`
	Period    int              `json:"period"`
	Recent    []number         `json:"recentDatapoints"` // oldest first
	Threshold number           `json:"threshold"`
	Evaluated []evaluatedPoint `json:"evaluatedDatapoints"` // newest first
}

type evaluatedPoint struct {
	Timestamp   stamp   `json:"timestamp"`
	SampleCount *number `json:"sampleCount,omitempty"`
	Value       *number `json:"value,omitempty"`
}

// data is the reason for programs.
func (e *evaluation) data(now time.Time) (string, error) {
	if err := e.count(); err != nil {
		return "", err
	}
	d := reasonData{Version: "1.0", QueryDate: stamp(now), Period: int(e.Period / time.Second), Recent: []number{}, Threshold: number(e.Threshold)}
	if q, ok := e.Single(); ok {
		d.Statistic = q.Statistic
	}
	for i, p := range e.evaluated[:min(len(e.evaluated), maxReasonPoints)] {
		value, at := number(p.value), stamp(p.time)
		d.Recent = append([]number{value}, d.Recent...)
		d.StartDate = &at
		d.Evaluated = append(d.Evaluated, evaluatedPoint{Timestamp: at, Value: &value})
		if count, ok := e.samples[p.time]; ok {
			d.Evaluated[i].SampleCount = new(number)
			*d.Evaluated[i].SampleCount = number(count)
		}
	}
	if len(e.evaluated) == 0 {
		for i := range min(e.EvaluationPeriods, maxReasonPoints) {
			d.Evaluated = append(d.Evaluated, evaluatedPoint{Timestamp: stamp(e.end.Add(-time.Duration(i+1) * e.Period))})
		}
	}
	return marshal(d)
}
