package runner

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
	n := goroutines()
	for range 100 {
		if n <= atMost {
			break
		}
		time.Sleep(20 * time.Millisecond)
		n = goroutines()
	}
	return n
}

// goroutines counts all but those of fasthttp, under versitygw: it keeps a
// clock for the whole process, and its workers' cleaner sleeps for ten seconds
// before it sees that its server has stopped.
func goroutines() int {
	stacks := make([]byte, 16<<20)
	stacks = stacks[:goruntime.Stack(stacks, true)]
	n := 0
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		if !strings.Contains(stack, "github.com/valyala/fasthttp.") {
			n++
		}
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
