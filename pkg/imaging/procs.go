package imaging

import "runtime"

// bild's parallel package calls runtime.GOMAXPROCS(runtime.NumCPU()) when it is
// initialised. That overrides the value that Go derives from a container's CPU
// quota, and stops Go from following a quota that changes: more threads than the
// quota feeds are throttled. This restores Go's default. A package is initialised after
// those that it imports, so this runs after bild's, in every program that
// reaches bild through this package.
//
// SetDefaultGOMAXPROCS ignores the environment variable GOMAXPROCS, as does
// bild. A program that wants another value calls runtime.GOMAXPROCS in main.
func init() { runtime.SetDefaultGOMAXPROCS() }
