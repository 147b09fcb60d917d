// Package browsertest tests the runner's pages in a real browser: that they show
// what happened, stay up to date, ask no other host for anything, and can be used
// by keyboard, on a phone, in the dark and in the light. It has tests only.
package browsertest
