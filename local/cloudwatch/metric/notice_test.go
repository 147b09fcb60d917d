package metric

import (
	"testing"
	"time"
)

// TestNotice says something only of a clock that is not the machine's.
func TestNotice(t *testing.T) {
	t.Parallel()
	const which = ": metrics and alarms have its times, executions and logs this machine's."
	for _, test := range []struct {
		speed float64
		ahead time.Duration
		want  string
	}{
		{1, 0, ""},
		{1, 59 * time.Second, ""},
		{1, 5*time.Minute + 30*time.Second, "CloudWatch's clock is 5 min ahead" + which},
		{1, 51*time.Hour + time.Second, "CloudWatch's clock is 2 d 3 h ahead" + which},
		{10, 0, "CloudWatch's clock runs 10 times as fast" + which},
		{1.5, 70*time.Minute + time.Second, "CloudWatch's clock runs 1.5 times as fast and is 1 h 10 min ahead" + which},
	} {
		c := NewClock(test.speed)
		c.Advance(test.ahead)
		if got := c.Notice(); got != test.want {
			t.Errorf("at the speed of %v, %v ahead: %q, want %q", test.speed, test.ahead, got, test.want)
		}
	}
}
