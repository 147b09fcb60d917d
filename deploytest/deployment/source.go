package deployment

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/pixline/pixline/infra/build"
	"github.com/pixline/pixline/pkg/contract"
)

// stages are the functions that the program builds while it runs.
var stages = []string{contract.StageValidate, contract.StageResize, contract.StageNotify}

// checkOut copies the repository without what is generated, installed or
// hidden: what a clone has.
func checkOut(source, target string) error {
	return filepath.WalkDir(source, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(source, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name == "bin" || entry.Name() == "node_modules" || name != "." && strings.HasPrefix(entry.Name(), ".") {
				return fs.SkipDir
			}
			return os.MkdirAll(filepath.Join(target, name), 0o755)
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(target, name), text, 0o600)
	})
}

// warm builds what the program and its functions are made of, before anyone is
// cut off from the module proxy.
func warm(ctx context.Context, root string) error {
	for _, stage := range stages {
		if _, err := build.Zip(ctx, root, stage); err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", os.DevNull, "./infra")
	cmd.Dir = root
	if message, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the program: %w\n%s", err, message)
	}
	return nil
}
