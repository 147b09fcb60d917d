package metric

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Notice says how the clock differs from the machine's, for whoever compares times
// of the two. It is "" where the clock runs as fast, and is at most a minute ahead.
func (c *Clock) Notice() string {
	now := time.Now()
	ahead := c.At(now).Sub(now)
	var differs []string
	if c.speed != 1 {
		differs = append(differs, "runs "+strconv.FormatFloat(c.speed, 'f', -1, 64)+" times as fast")
	}
	if ahead > time.Minute {
		differs = append(differs, "is "+spelled(ahead)+" ahead")
	}
	if differs == nil {
		return ""
	}
	return "CloudWatch's clock " + strings.Join(differs, " and ") +
		": metrics and alarms have its times, executions and logs this machine's."
}

// spelled is a duration of a minute or more, without what does not matter.
func spelled(d time.Duration) string {
	days, hours, minutes := int(d/(24*time.Hour)), int(d/time.Hour)%24, int(d/time.Minute)%60
	switch {
	case days > 0:
		return fmt.Sprintf("%d d %d h", days, hours)
	case hours > 0:
		return fmt.Sprintf("%d h %d min", hours, minutes)
	}
	return fmt.Sprintf("%d min", minutes)
}
