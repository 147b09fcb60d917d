package images

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// The contestants' names, in the order of the tables.
const (
	pixline   = "pixline"
	sharp     = "sharp"
	resize    = "Pillow resize"
	thumbnail = "Pillow thumbnail"
	naive     = "naive port"
)

var names = []string{pixline, sharp, resize, thumbnail, naive}

// contestant is a way to start one. Where a name has several, the fastest counts.
type contestant struct {
	name   string
	method string   // of the job
	note   string   // what is said of the method if there are several outputs
	many   bool     // only where there are several outputs
	argv   []string // the job follows
}

func contestants(root, program string) []contestant {
	node := []string{"node", filepath.Join(root, "bench/images/sharp/measure.mjs")}
	// Debian's own Python is the one that python3-pil is for.
	python := []string{"/usr/bin/python3", filepath.Join(root, "bench/images/pillow/measure.py")}
	if _, err := os.Stat(python[0]); err != nil {
		python[0] = "python3"
	}
	return []contestant{
		{name: pixline, argv: []string{program, "pixline"}},
		{name: sharp, method: "separate", note: "a pipeline each", argv: node},
		{name: sharp, method: "clone", note: "clones of one", many: true, argv: node},
		{name: resize, method: "resize", argv: python},
		{name: thumbnail, method: "thumbnail", argv: python},
		{name: naive, argv: []string{program, "naive"}},
	}
}

// setting is how many cores a process may use, and which.
type setting struct {
	cores int
	pin   []string // the command in front of the contestant's, nil if there is none
}

// settings returns one core and, where there are more, two. Affinity is what
// holds every contestant to them: libvips and Go both count the cores that they
// may run on. Without taskset there is one setting, all cores.
func settings() (list []setting, pinned bool) {
	taskset, err := exec.LookPath("taskset")
	cpus := allowed()
	if err != nil || len(cpus) == 0 {
		return []setting{{cores: runtime.NumCPU()}}, false
	}
	for n := 1; n <= min(2, len(cpus)); n++ {
		list = append(list, setting{n, []string{taskset, "-c", strings.Join(cpus[:n], ",")}})
	}
	return list, true
}

// allowed returns the numbers of the CPUs that this process may run on, nil
// where the system does not tell.
func allowed() []string {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(status)) {
		if list, ok := strings.CutPrefix(line, "Cpus_allowed_list:"); ok {
			return expand(strings.TrimSpace(list))
		}
	}
	return nil
}

// expand turns "0-2,5" into 0, 1, 2, 5 (cpuset(7), list format).
func expand(list string) []string {
	var cpus []string
	for part := range strings.SplitSeq(list, ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		first, err1 := strconv.Atoi(from)
		last, err2 := strconv.Atoi(to)
		if err1 != nil || err2 != nil {
			return nil
		}
		for cpu := first; cpu <= last; cpu++ {
			cpus = append(cpus, strconv.Itoa(cpu))
		}
	}
	return cpus
}
