package main

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pixline/pixline/bench/images/trial"
)

// TestServe: both contestants make the sizes that a job asks for, as often as
// asked, and save what they made; a source that is none is an answer.
func TestServe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	img := image.NewRGBA(image.Rect(0, 0, 96, 64))
	for i := range 96 * 64 {
		img.SetRGBA(i%96, i/96, color.RGBA{uint8(2 * (i % 96)), uint8(3 * (i / 96)), 90, 255})
	}
	var source bytes.Buffer
	if err := jpeg.Encode(&source, img, nil); err != nil {
		t.Fatal(err)
	}
	good, bad := filepath.Join(dir, "good"), filepath.Join(dir, "bad")
	for path, data := range map[string][]byte{good: source.Bytes(), bad: []byte("no image")} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"pixline", "naive"} {
		ask := func(input, save string) trial.Answer {
			t.Helper()
			job, err := json.Marshal(trial.Job{Input: input, Format: "jpeg", Sizes: []trial.Size{{Width: 48, Height: 32}, {Width: 12, Height: 8}}, Cores: 1})
			if err != nil {
				t.Fatal(err)
			}
			request, err := json.Marshal(trial.Request{Iterations: 2, Quality: 80, Save: save})
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := serve(t.Context(), []string{name, string(job)}, bytes.NewReader(request), &out); err != nil {
				t.Fatal(err)
			}
			var hello trial.Hello
			var answer trial.Answer
			for d, v := json.NewDecoder(&out), []any{&hello, &answer}; len(v) > 0; v = v[1:] {
				if err := d.Decode(v[0]); err != nil {
					t.Fatal(err)
				}
			}
			if hello.Version == "" || hello.Missing != "" {
				t.Errorf("%s says %+v", name, hello)
			}
			return answer
		}
		save := filepath.Join(dir, name)
		if err := os.Mkdir(save, 0o700); err != nil {
			t.Fatal(err)
		}
		answer := ask(good, save)
		if answer.Error != "" || len(answer.Milliseconds) != 2 || len(answer.Bytes) != 2 {
			t.Fatalf("%s answers %+v", name, answer)
		}
		for i, want := range []image.Point{{48, 32}, {12, 8}} {
			data, err := os.ReadFile(filepath.Join(save, string(rune('0'+i))))
			if err != nil {
				t.Fatal(err)
			}
			small, err := jpeg.DecodeConfig(bytes.NewReader(data))
			if err != nil || small.Width != want.X || small.Height != want.Y || int64(len(data)) != answer.Bytes[i] {
				t.Errorf("%s made %+v of %d bytes (%v), want %v of %d", name, small, len(data), err, want, answer.Bytes[i])
			}
		}
		if answer := ask(bad, ""); answer.Error == "" {
			t.Errorf("%s answers %+v to what is no image", name, answer)
		}
	}
	if err := serve(t.Context(), []string{"another", "{}"}, strings.NewReader(""), &bytes.Buffer{}); err == nil {
		t.Error("a contestant that does not exist is there")
	}
}
