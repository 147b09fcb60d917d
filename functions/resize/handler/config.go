package handler

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/imaging"
)

// Config is what the function is told by its environment.
type Config struct {
	OutputBucket string
	OutputPrefix string
	Renditions   []imaging.Rendition
	MaxBytes     int64
	MaxPixels    int64
}

// LoadConfig reads the configuration through getenv and reports every problem
// at once, each with its variable.
func LoadConfig(getenv func(string) string) (Config, error) {
	c := Config{OutputBucket: getenv(contract.EnvOutputBucket), OutputPrefix: getenv(contract.EnvOutputPrefix)}
	var problems []error
	for _, name := range []string{contract.EnvOutputBucket, contract.EnvOutputPrefix} {
		if getenv(name) == "" {
			problems = append(problems, fmt.Errorf("%s is not set", name))
		}
	}
	for name, target := range map[string]*int64{contract.EnvMaxBytes: &c.MaxBytes, contract.EnvMaxPixels: &c.MaxPixels} {
		value, err := strconv.ParseInt(getenv(name), 10, 64)
		if err != nil || value < 1 {
			problems = append(problems, fmt.Errorf("%s is %q; it must be a positive number", name, getenv(name)))
		}
		*target = value
	}
	var err error
	if c.Renditions, err = imaging.ParseRenditions(getenv(contract.EnvRenditions)); err != nil {
		problems = append(problems, fmt.Errorf("%s: %w", contract.EnvRenditions, err))
	}
	return c, errors.Join(problems...)
}
