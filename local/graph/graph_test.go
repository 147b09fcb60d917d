package graph

import (
	"testing"
)

func TestEvaluate(t *testing.T) {
	t.Parallel()
	for _, stack := range []string{"dev", "staging", "prod"} {
		g, err := Evaluate(Options{Root: "../..", Stack: stack, APIURL: "http://127.0.0.1:8080", AWSURL: "http://127.0.0.1:4566"})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range g.Resources {
			t.Log(r.Type, r.Name, r.ID)
		}
		t.Log(g.Outputs)
	}
}

func BenchmarkEvaluate(b *testing.B) {
	for b.Loop() {
		if _, err := Evaluate(Options{Root: "../..", Stack: "dev", APIURL: "http://127.0.0.1:8080", AWSURL: "http://127.0.0.1:4566"}); err != nil {
			b.Fatal(err)
		}
	}
}
