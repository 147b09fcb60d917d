package build

import (
	"archive/zip"
	"bytes"
	"context"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// maxZip is the size of a package up to which Lambda's cold start stays short.
const maxZip = 8 << 20

// TestReproducible builds the largest function in two copies of the sources, in
// different folders: the bytes must be the same.
func TestReproducible(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("compiles a function twice")
	}
	var zips [][]byte
	for range 2 {
		root := t.TempDir()
		for _, dir := range []string{"pkg", "functions/resize"} {
			target := filepath.Join(root, filepath.Dir(dir))
			if err := os.MkdirAll(target, 0o755); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command("cp", "-R", filepath.Join("../..", dir), target).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		}
		path, err := Zip(context.Background(), root, "resize")
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		zips = append(zips, data)
	}
	if !bytes.Equal(zips[0], zips[1]) {
		t.Error("two builds of the same sources differ")
	}
	if len(zips[0]) > maxZip {
		t.Errorf("the package has %d bytes, more than %d", len(zips[0]), maxZip)
	}
	t.Logf("resize.zip: %d bytes", len(zips[0]))
	checkBootstrap(t, zips[0])
}

// checkBootstrap holds what provided.al2023 on arm64 needs.
func checkBootstrap(t *testing.T, data []byte) {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if len(archive.File) != 1 || archive.File[0].Name != "bootstrap" || archive.File[0].Mode().Perm() != 0o755 {
		t.Fatalf("%v", archive.File[0].FileHeader)
	}
	entry, err := archive.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	defer entry.Close()
	var binary bytes.Buffer
	if _, err := binary.ReadFrom(entry); err != nil {
		t.Fatal(err)
	}
	program, err := elf.NewFile(bytes.NewReader(binary.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	libraries, err := program.ImportedLibraries()
	if err != nil || program.Machine != elf.EM_AARCH64 || len(libraries) != 0 {
		t.Errorf("machine %v, libraries %v, %v", program.Machine, libraries, err)
	}
}
