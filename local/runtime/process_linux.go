package runtime

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

// processAttributes puts the process in its own group, and has the kernel kill
// it when the runner dies, however it dies. See spawner for the condition.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// livePeak is the peak resident memory, in bytes, of a running process.
func livePeak(pid int) int64 {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0 // it has just ended
	}
	_, rest, _ := bytes.Cut(status, []byte("\nVmHWM:"))
	line, _, _ := bytes.Cut(rest, []byte("kB"))
	kb, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 10, 64)
	if err != nil {
		return 0 // a zombie has no VmHWM
	}
	return kb * 1024
}

// exitPeak is unknown on Linux: ru_maxrss of a child counts the memory that it
// shared with us between fork and exec.
func exitPeak(*os.ProcessState) int64 { return 0 }
