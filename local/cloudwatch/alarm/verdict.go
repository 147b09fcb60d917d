package alarm

import "time"

// How missing data are treated.
const (
	missing      = "missing"
	ignore       = "ignore"
	breaching    = "breaching"
	notBreaching = "notBreaching"
)

// extraPeriods is how much farther an evaluation looks back than N periods, for
// data in place of those that are missing. AWS gives the length of this
// "evaluation range" for an example alone: five periods for N of three.
const extraPeriods = 2

// datapoint is one period that has data.
type datapoint struct {
	time     time.Time
	value    float64
	breaches bool
	age      int // in periods: the newest of the range is 1
}

// verdict is what an evaluation comes to.
type verdict struct {
	value     Value // "" keeps the state as it is
	evaluated []datapoint
	filled    int // periods without data that were evaluated
}

// judge decides on the data of an evaluation range, newest first. Source:
// CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data".
func (d *Definition) judge(known []datapoint) verdict {
	n, m := d.EvaluationPeriods, d.datapoints()
	v := verdict{evaluated: known[:min(n, len(known))], filled: max(n-len(known), 0)}
	over := 0
	for _, p := range v.evaluated {
		if p.breaches {
			over++
		}
	}
	if v.filled > 0 && d.TreatMissingData == breaching {
		over += v.filled
	}
	switch {
	case over >= m:
		v.value = InAlarm
	case v.filled == 0, d.TreatMissingData == breaching, d.TreatMissingData == notBreaching:
		v.value = OK
	case over < len(known):
		v.value = OK // one of the few says so
	case d.TreatMissingData == ignore:
		v.value = ""
	case over > 0 && known[over-1].age >= m:
		// Nothing but breaching data, and the oldest has been there long enough: those
		// to come could not undo it. A younger one waits, lest it be a false alarm.
		v.value = InAlarm
	default:
		v.value = InsufficientData
	}
	return v
}
