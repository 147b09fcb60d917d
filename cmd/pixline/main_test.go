package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/pixline/pixline/cmd/pixline/client"
	"github.com/pixline/pixline/pkg/imaging/sample"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"pixline": main})
}

// patience is far longer than anything that a script waits for takes.
const patience = 2 * time.Minute

// TestScripts runs the real command. Each runner of a script has ports and a
// data folder of its own, so that scripts run side by side, and beside a
// developer's runner.
func TestScripts(t *testing.T) {
	t.Parallel()
	repository, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	caches, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE", "GOPATH").Output()
	if err != nil {
		t.Fatalf("ask go for its caches: %v", err)
	}
	folders := strings.Split(strings.TrimSpace(string(caches)), "\n")
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("REPOSITORY", repository)
			e.Setenv("HOME", e.WorkDir)
			for i, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} {
				e.Setenv(name, folders[i])
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"samples":    samples,
			"await":      await,
			"executions": executions,
			"addresses":  addresses,
			"signal":     signalRunner,
			"functions":  functions,
			"gone":       gone,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// samples DIR writes the demo's pictures.
func samples(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o755))
	for _, s := range sample.Samples() {
		ts.Check(os.WriteFile(filepath.Join(dir, filepath.Base(s.Key)), s.Data, 0o644))
	}
}

// await FILE [TEXT] waits until the file is there, and holds the text: a runner
// that has written its outputs serves.
func await(ts *testscript.TestScript, _ bool, args []string) {
	eventually(ts, strings.Join(args, " has no "), func() bool {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		return err == nil && (len(args) == 1 || strings.Contains(string(text), args[1]))
	})
}

// executions DATA STATUS N waits until N executions have the status.
func executions(ts *testscript.TestScript, _ bool, args []string) {
	var stack client.Stack
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(filepath.Join(args[0], "outputs.json"))), &stack))
	cl, err := client.New(context.Background(), stack)
	ts.Check(err)
	eventually(ts, "there are not as many executions: "+strings.Join(args[1:], " "), func() bool {
		list, err := cl.SFN.ListExecutions(context.Background(), &sfn.ListExecutionsInput{
			StateMachineArn: &stack.StateMachineARN, StatusFilter: types.ExecutionStatus(args[1]),
		})
		ts.Check(err)
		return strconv.Itoa(len(list.Executions)) == args[2]
	})
}

// addresses DATA sets $API and $AWS to the addresses of the data folder's runner.
func addresses(ts *testscript.TestScript, _ bool, args []string) {
	var outputs struct{ ProcessURL, AWSEndpoint string }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(filepath.Join(args[0], "outputs.json"))), &outputs))
	ts.Setenv("API", strings.TrimSuffix(strings.TrimPrefix(outputs.ProcessURL, "http://"), "/process"))
	ts.Setenv("AWS", strings.TrimPrefix(outputs.AWSEndpoint, "http://"))
}

// signal NAME DATA signals the runner of the data folder.
func signalRunner(ts *testscript.TestScript, _ bool, args []string) {
	signals := map[string]syscall.Signal{"TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "KILL": syscall.SIGKILL}
	ts.Check(syscall.Kill(runnerPid(ts, args[1]), signals[args[0]]))
}

func runnerPid(ts *testscript.TestScript, data string) int {
	text := ts.ReadFile(filepath.Join(data, "runner.pid"))
	pid, err := strconv.Atoi(strings.TrimSpace(text))
	ts.Check(err)
	return pid
}

// functions save|stop|continue DATA FILE finds the runner's function processes
// and writes their ids to FILE; stop freezes them, continue thaws those in FILE.
func functions(ts *testscript.TestScript, _ bool, args []string) {
	file := ts.MkAbs(args[2])
	if args[0] == "continue" {
		for _, pid := range pids(ts, args[2]) {
			// One that was ended meanwhile, for its timeout, is thawed enough.
			if err := syscall.Kill(pid, syscall.SIGCONT); !errors.Is(err, syscall.ESRCH) {
				ts.Check(err)
			}
		}
		return
	}
	var list strings.Builder
	for _, pid := range children(ts, runnerPid(ts, args[1])) {
		if args[0] == "stop" {
			ts.Check(syscall.Kill(pid, syscall.SIGSTOP))
		}
		fmt.Fprintln(&list, pid)
	}
	if list.Len() == 0 {
		ts.Fatalf("the runner has no function process")
	}
	ts.Check(os.WriteFile(file, []byte(list.String()), 0o644))
}

// gone FILE holds that none of the processes in FILE is left.
func gone(ts *testscript.TestScript, _ bool, args []string) {
	for _, pid := range pids(ts, args[0]) {
		eventually(ts, fmt.Sprintf("process %d is still there", pid), func() bool {
			return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || state(pid) == "Z"
		})
	}
}

func pids(ts *testscript.TestScript, file string) []int {
	var list []int
	for field := range strings.FieldsSeq(ts.ReadFile(file)) {
		pid, err := strconv.Atoi(field)
		ts.Check(err)
		list = append(list, pid)
	}
	return list
}

// children reads /proc: the scripts that ask for it say [linux].
func children(ts *testscript.TestScript, parent int) []int {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	ts.Check(err)
	var list []int
	for _, path := range stats {
		fields := stat(path)
		if len(fields) < 2 || fields[1] != strconv.Itoa(parent) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		ts.Check(err)
		list = append(list, pid)
	}
	return list
}

// state is Z for a process that has ended and that nobody waits for.
func state(pid int) string {
	if fields := stat(fmt.Sprintf("/proc/%d/stat", pid)); len(fields) > 0 {
		return fields[0]
	}
	return ""
}

// stat has a process's fields from the third one on: state, parent. It is nil
// for one that ended meanwhile.
func stat(path string) []string {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	return strings.Fields(rest)
}

func eventually(ts *testscript.TestScript, problem string, holds func() bool) {
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			ts.Fatalf("%s", problem)
		}
	}
}
