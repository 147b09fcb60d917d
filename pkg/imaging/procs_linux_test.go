package imaging

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// followsCPUs asks the test binary to run runFollowsCPUs in place of the tests:
// the testing package itself calls runtime.GOMAXPROCS.
const followsCPUs = "IMAGING_TEST_FOLLOWS_CPUS"

func TestMain(m *testing.M) {
	if os.Getenv(followsCPUs) != "" {
		os.Exit(runFollowsCPUs())
	}
	os.Exit(m.Run())
}

// TestGoSchedulerKeepsItsDefault proves that Go, not bild's init, decides
// GOMAXPROCS: a process that has linked this package still follows a CPU set that shrinks.
func TestGoSchedulerKeepsItsDefault(t *testing.T) {
	t.Parallel()
	if runtime.NumCPU() < 2 {
		t.Skip("needs 2 CPUs: with one, Go's default and bild's value are the same")
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), followsCPUs+"=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// runFollowsCPUs confines all threads to one CPU and waits until Go, which looks
// about once a second, has noticed.
func runFollowsCPUs() int {
	var mask [128]byte // 1024 CPUs, as in glibc
	size, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, 0, uintptr(len(mask)), uintptr(unsafe.Pointer(&mask)))
	if errno != 0 {
		fmt.Println("sched_getaffinity:", errno)
		return 1
	}
	for kept, i := false, 0; i < int(size)*8; i++ {
		bit := byte(1) << (i % 8)
		if mask[i/8]&bit != 0 && kept {
			mask[i/8] &^= bit
		} else if mask[i/8]&bit != 0 {
			kept = true
		}
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			fmt.Println(err)
			return 1
		}
		for _, thread := range threads {
			if id, err := strconv.Atoi(thread.Name()); err == nil {
				// A thread that has just ended is no failure.
				_, _, _ = syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, uintptr(id), size, uintptr(unsafe.Pointer(&mask)))
			}
		}
		if runtime.GOMAXPROCS(0) == 1 {
			return 0
		}
	}
	fmt.Printf("GOMAXPROCS is still %d on one CPU\n", runtime.GOMAXPROCS(0))
	return 1
}
