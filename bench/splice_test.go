package main

import (
	"strings"
	"testing"
)

// TestSplice: measuring one part again changes that part alone, and the order
// is always the same.
func TestSplice(t *testing.T) {
	t.Parallel()
	first := splice("an older report, without marks", "runner", "## Runner\n\nold\n")
	if strings.Contains(first, "older") || !strings.Contains(first, "old\n") {
		t.Errorf("the first section gives\n%s", first)
	}
	both := splice(first, "images", "## Images\n\nnew\n")
	again := splice(splice(both, "runner", "## Runner\n\nnew\n"), "runner", "## Runner\n\nold\n")
	if again != both {
		t.Errorf("the runner's section put in twice and taken back gives\n%s\nwant\n%s", again, both)
	}
	images, runner := strings.Index(both, "## Images"), strings.Index(both, "## Runner")
	if images < 0 || runner < images || strings.Count(both, heading) != 1 {
		t.Errorf("the sections are not in order\n%s", both)
	}
}
