package dashboards

import "testing"

// BenchmarkDashboards is all that a stack needs: the program is evaluated by every
// preview, every start of the local runner and most of their tests.
func BenchmarkDashboards(b *testing.B) {
	s, settings := sample()
	for b.Loop() {
		if _, err := Dashboards(s, settings); err != nil {
			b.Fatal(err)
		}
	}
}
