package main

import (
	"os"
	"os/exec"
	goruntime "runtime"
	"strconv"
	"strings"
	"time"
)

// settledGoroutines counts goroutines once those that are about to end have.
func settledGoroutines(atMost int) int {
	n := goruntime.NumGoroutine()
	for range 100 {
		if n <= atMost {
			break
		}
		time.Sleep(20 * time.Millisecond)
		n = goruntime.NumGoroutine()
	}
	return n
}

// children counts the processes that this one has started and that are still
// there, ps itself aside.
func children() (int, error) {
	out, err := exec.Command("ps", "-A", "-o", "ppid=,comm=").Output()
	if err != nil {
		return 0, err
	}
	n := 0
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) > 1 && fields[0] == strconv.Itoa(os.Getpid()) && fields[1] != "ps" {
			n++
		}
	}
	return n, nil
}
