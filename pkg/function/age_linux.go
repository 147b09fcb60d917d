package function

import (
	"bytes"
	"os"
	"strconv"
	"time"
)

// processAge is how long ago the system started this process, to the 10 ms that
// it counts in; 0 where it does not tell.
//
// Source: proc_pid_stat(5), starttime in ticks since boot, of which Linux has 100
// a second for programs on any processor; proc_uptime(5).
func processAge() time.Duration {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0
	}
	uptime, err := os.ReadFile("/proc/uptime")
	if err != nil {
		return 0
	}
	// The name, in parentheses, may have any character. What follows begins with field 3.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	up := bytes.Fields(uptime)
	if len(fields) < 20 || len(up) == 0 {
		return 0
	}
	ticks, err := strconv.ParseInt(string(fields[22-3]), 10, 64)
	if err != nil {
		return 0
	}
	seconds, err := strconv.ParseFloat(string(up[0]), 64)
	if err != nil {
		return 0
	}
	age := time.Duration(seconds*float64(time.Second)) - time.Duration(ticks)*(time.Second/100)
	// In some containers the two are of different clocks.
	if age < 0 || age > time.Minute {
		return 0
	}
	return age.Round(time.Second / 100)
}
