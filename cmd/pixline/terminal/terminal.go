// Package terminal keeps libraries from talking to the terminal before main.
//
// The Pulumi SDK brings github.com/charmbracelet/bubbletea, whose init asks the
// terminal for its background colour: it writes escape sequences to standard
// output, eats what is typed ahead, and waits five seconds where nobody
// answers (docker run -t, script, many runners of tests). It does not ask where
// the variable CI is set. Importing this package sets CI until Restore.
//
// That works because Go initialises packages in the order of their import
// paths, as far as their imports allow: this one imports the standard library
// alone, and bubbletea needs golang.org/x/sys, which is later in the order.
// A test runs the command on a terminal and would show it if that changed.
// Source: The Go Programming Language Specification, "Program initialization".
package terminal

import "os"

const variable = "CI"

var before, found = os.LookupEnv(variable)

func init() {
	if before == "" {
		os.Setenv(variable, "true") // where it fails, the terminal is asked
	}
}

// Restore gives the environment back as it was. Call it first in main.
func Restore() {
	if !found {
		os.Unsetenv(variable) // of a name that is valid: it cannot fail
		return
	}
	os.Setenv(variable, before) // as it was before, so it can be set
}
