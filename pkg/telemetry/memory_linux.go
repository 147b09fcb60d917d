package telemetry

import (
	"bytes"
	"os"
	"strconv"
)

// peakMemory is the most memory, in bytes, that this process has had resident;
// 0 where the system does not tell. Not from getrusage, which on Linux counts
// what a child shares with its parent between fork and exec: a function of the
// local runner would report the runner's.
//
// Source: proc_pid_status(5), VmHWM; getrusage(2), ru_maxrss.
func peakMemory() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(status, []byte("\nVmHWM:"))
	line, _, _ := bytes.Cut(rest, []byte("kB"))
	kb, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 10, 64)
	if err != nil {
		return 0
	}
	return kb << 10
}
