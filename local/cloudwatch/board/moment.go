package board

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// moment is a time of a body: fixed, or before the present.
type moment struct {
	fixed  time.Time
	before time.Duration
	months int // years and months, which differ in length
}

func (m moment) at(now time.Time) time.Time {
	if !m.fixed.IsZero() {
		return m.fixed
	}
	return now.AddDate(0, -m.months, 0).Add(-m.before)
}

var duration = regexp.MustCompile(`^-?P(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?$`)

// parseMoment reads an ISO 8601 time or a duration before the present, such as
// -PT8H or -P7D.
func parseMoment(s string) (moment, error) {
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return moment{fixed: t}, nil
	}
	parts := duration.FindStringSubmatch(s)
	if parts == nil || s[len(s)-1] == 'P' || s[len(s)-1] == 'T' {
		return moment{}, fmt.Errorf("%q is neither a time such as 2026-01-02T15:04:05Z nor a duration such as -PT3H", s)
	}
	n := make([]int, len(parts))
	for i, p := range parts[1:] {
		if p != "" {
			n[i], _ = strconv.Atoi(p) // digits alone, and few
		}
	}
	day := 24 * time.Hour
	return moment{
		months: 12*n[0] + n[1],
		before: time.Duration(7*n[2]+n[3])*day + time.Duration(n[4])*time.Hour + time.Duration(n[5])*time.Minute + time.Duration(n[6])*time.Second,
	}, nil
}

// mostPoints of one series that a graph shows when the period is automatic.
const mostPoints = 1440

// automatic adapts a period to the range, as periodOverride "auto" (the
// default) asks for: never finer than CloudWatch keeps data of that age (user
// guide, "Metrics retention"), and coarser when there would be too many points.
func automatic(period time.Duration, start, end time.Time) time.Duration {
	const day = 24 * time.Hour
	span := end.Sub(start)
	switch {
	case span > 63*day:
		period = max(period, time.Hour)
	case span > 15*day:
		period = max(period, 5*time.Minute)
	case span > 3*time.Hour:
		period = max(period, time.Minute)
	}
	for _, coarser := range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, day, 7 * day, 30 * day} {
		if span/max(period, 1) <= mostPoints {
			break
		}
		period = max(period, coarser)
	}
	return period
}
