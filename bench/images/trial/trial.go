// Package trial is what the benchmark and the process of a contestant say to
// each other, one line of JSON at a time: the job is the process's argument; it
// answers with a [Hello], and then each [Request] on its standard input with an
// [Answer], until that ends.
//
// The processes stay while others are measured, so that rounds can be
// interleaved, and no start of an interpreter is ever part of a figure.
package trial

// Job is what a process does in every iteration: the bytes of one file in, the
// bytes of each output out.
type Job struct {
	// Input is the path of the source. Reading it is not measured.
	Input string `json:"input"`
	// Format of source and outputs: "jpeg" or "png".
	Format string `json:"format"`
	// Sizes are the outputs', in pixels.
	Sizes []Size `json:"sizes"`
	// Method is the way, where a contestant has several.
	Method string `json:"method"`
	// Cores is how many threads to use.
	Cores int `json:"cores"`
}

// Size is in pixels.
type Size struct {
	Width  int `json:"width"`
	Height int `json:"height"`
}

// Hello says what the contestant is. If Missing is set, it is not there, and the
// process has ended.
type Hello struct {
	Version string `json:"version"`
	Missing string `json:"missing"`
}

// Request asks for some iterations.
type Request struct {
	Iterations int `json:"iterations"`
	// Quality of a JPEG, 1 to 100.
	Quality int `json:"quality"`
	// Save is the folder for the outputs of the last iteration, named 0, 1 and so
	// on; empty saves none.
	Save string `json:"save"`
}

// Answer is what a request led to.
type Answer struct {
	// Milliseconds that each iteration took.
	Milliseconds []float64 `json:"milliseconds"`
	// Bytes is the size of each output.
	Bytes []int64 `json:"bytes"`
	// PeakBytes is the process's largest resident set until now (VmHWM of
	// proc_pid_status(5)), 0 where the system does not tell.
	PeakBytes int64 `json:"peakBytes"`
	// Error says why there is nothing else.
	Error string `json:"error"`
}
