package local

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/imaging/sample"
)

// crashData is set for the process of TestCrash that is killed: its data.
const crashData = "PIXLINE_TEST_CRASH_DATA"

// A runner that is killed in the middle of an execution leaves no process
// behind, and the next one goes on with the execution.
func TestCrash(t *testing.T) {
	if data := os.Getenv(crashData); data != "" {
		waitForTheKill(t, data)
		return
	}
	data := t.TempDir()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	runner := exec.Command(binary, "-test.run=^TestCrash$", "-test.v")
	// What it cannot tidy up, such as its socket, goes with this folder.
	temporary, err := os.MkdirTemp("", "crash")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(temporary)
	runner.Dir, runner.Env = filepath.Join(root, "local"), append(os.Environ(), crashData+"="+data, "TMPDIR="+temporary)
	out, err := runner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	runner.Stderr = os.Stderr
	if err := runner.Start(); err != nil {
		t.Fatal(err)
	}
	killed := false
	defer func() {
		if !killed {
			_ = runner.Process.Kill()
			_ = runner.Wait()
		}
	}()
	var accepted answer
	lines := bufio.NewScanner(out)
	for accepted.ExecutionARN == "" && lines.Scan() {
		if arn, found := strings.CutPrefix(lines.Text(), "held "); found {
			accepted = answer{Status: http.StatusAccepted, ExecutionARN: arn, ExecutionID: "crash", StatusURL: "/executions/crash"}
		} else {
			t.Log(lines.Text())
		}
	}
	functions := children(t, runner.Process.Pid)
	if accepted.ExecutionARN == "" || len(functions) < 2 {
		t.Fatalf("the runner's execution is %q, its functions %v", accepted.ExecutionARN, functions)
	}
	if err := runner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	killed = true
	_ = runner.Wait() // it was killed
	deadline := time.Now().Add(20 * time.Second)
	for pid, name := range functions {
		for alive(pid, name) {
			if time.Now().After(deadline) {
				t.Fatalf("%s (process %d) outlives the runner", name, pid)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}

	p, err := tryStart(t, data, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.stop(t)
	ended := p.wait(t, accepted)
	checkSucceeded(t, ended)
	for _, r := range ended.Outcome.Renditions {
		p.checkRendition(t, r)
	}
	if n := p.received(t, "outcomes", "earlier", "crash"); n != 2 {
		t.Errorf("the queue has %d messages, want one for each execution", n)
	}
}

// waitForTheKill is the runner that is killed.
func waitForTheKill(t *testing.T, data string) {
	x := &wire{}
	p, err := tryStart(t, data, func(o *Options) { o.WrapAWS = x.wrap })
	if err != nil {
		t.Fatal(err)
	}
	p.subscribedQueue(t, "outcomes")
	p.upload(t, "crash.jpg", sample.Oriented(1))
	checkSucceeded(t, p.wait(t, p.process(t, "crash.jpg", contract.HeaderIdempotencyKey, "earlier")))
	reading := x.hold(t, 1, p.reads(contract.StageResize, "crash.jpg"))
	accepted := p.process(t, "crash.jpg", contract.HeaderIdempotencyKey, "crash")
	<-reading.arrived
	fmt.Printf("\nheld %s\n", accepted.ExecutionARN)
	select {}
}

// alive tells whether a process of this number and name runs. One that has
// ended and waits for init to notice does not.
func alive(pid int, name string) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && bytes.Contains(text, []byte("("+name+") ")) && !bytes.Contains(text, []byte(") Z "))
}

// After Close, nothing of the runner is left: no goroutine, no process.
func TestNothingIsLeft(t *testing.T) {
	before := goleak.IgnoreCurrent()
	x := &wire{}
	p, err := tryStart(t, t.TempDir(), func(o *Options) { o.WrapAWS = x.wrap })
	if err != nil {
		t.Fatal(err)
	}
	p.subscribedQueue(t, "outcomes")
	var accepted []answer
	for i := range 8 {
		key := fmt.Sprintf("%d.jpg", i)
		p.upload(t, key, sample.Oriented(1))
		accepted = append(accepted, p.process(t, key))
	}
	for _, a := range accepted {
		checkSucceeded(t, p.wait(t, a))
	}
	p.call(t, http.MethodGet, "/executions/unknown", "")
	p.upload(t, "held.jpg", sample.Oriented(1))
	reading := x.hold(t, 1, p.reads(contract.StageValidate, "held.jpg"))
	p.process(t, "held.jpg")
	<-reading.arrived
	p.stop(t)
	http.DefaultClient.CloseIdleConnections()
	// fasthttp, in versitygw: the goroutine ends by itself, but looks only every
	// ten seconds whether it should.
	cleaner := goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2")
	if err := goleak.Find(before, cleaner); err != nil {
		t.Error(err)
	}
	if left := children(t, os.Getpid()); len(left) > 0 {
		t.Errorf("these processes are left: %v", left)
	}
}
