//go:build unix && !linux

package runtime

import (
	"os"
	"syscall"
)

// processAttributes puts the process in its own group. There is no parent-death
// signal here: when the runner is killed, the function's poll of the Runtime API
// fails, and aws-lambda-go exits by itself.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// livePeak is unknown: there is no /proc.
func livePeak(int) int64 { return 0 }

// exitPeak is the peak resident memory of a process that ended, in bytes (as
// macOS counts ru_maxrss).
func exitPeak(state *os.ProcessState) int64 {
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		return usage.Maxrss
	}
	return 0
}
