// Package build makes the functions' deployment packages. The same sources
// give the same bytes, on any machine: otherwise every deployment would replace
// every function.
package build

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// epoch is the time of every entry: the earliest that a zip can hold.
var epoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// Zip builds functions/<stage> below root for Lambda (provided.al2023, arm64)
// and packs it. It returns the path of the zip, bin/<stage>.zip below root.
func Zip(ctx context.Context, root, stage string) (string, error) {
	binary, err := compile(ctx, root, stage)
	if err != nil {
		return "", err
	}
	packed, err := pack(binary)
	if err != nil {
		return "", fmt.Errorf("pack function %s: %w", stage, err)
	}
	path := filepath.Join(root, "bin", stage+".zip")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, packed, 0o644)
}

// compile returns the binary of functions/<stage>.
func compile(ctx context.Context, root, stage string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "pixline-build-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "bootstrap")
	cmd := exec.CommandContext(ctx, "go", "build",
		"-trimpath", "-buildvcs=false", // neither the folder nor the commit may show in the bytes
		"-tags", "lambda.norpc", // the RPC of the retired go1.x runtime
		"-ldflags", "-s -w -buildid=",
		"-o", out, ".")
	cmd.Dir = filepath.Join(root, "functions", stage)
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	if message, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build functions/%s: %w\n%s", stage, err, message)
	}
	return os.ReadFile(out)
}

// pack returns a zip of one executable named bootstrap, as provided.al2023
// wants it.
func pack(binary []byte) ([]byte, error) {
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate, Modified: epoch}
	header.SetMode(0o755)
	entry, err := archive.CreateHeader(header)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(entry, bytes.NewReader(binary)); err != nil {
		return nil, err
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
