//go:build !linux

package telemetry

// peakMemory is not known: the functions run on Linux, and no other system
// measures what Lambda limits.
func peakMemory() int64 { return 0 }
