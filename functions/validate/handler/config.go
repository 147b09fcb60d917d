package handler

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pixline/pixline/pkg/contract"
)

// Config is what the function is told by its environment.
type Config struct {
	InputBucket  string
	OutputPrefix string
	Suffixes     []string
	MaxBytes     int64
	MaxPixels    int64
}

// LoadConfig reads the configuration through getenv and reports every problem
// at once, each with its variable.
func LoadConfig(getenv func(string) string) (Config, error) {
	c := Config{
		InputBucket:  getenv(contract.EnvInputBucket),
		OutputPrefix: getenv(contract.EnvOutputPrefix),
		Suffixes:     strings.Split(getenv(contract.EnvSupportedSuffixes), ","),
	}
	var problems []error
	for _, name := range []string{contract.EnvInputBucket, contract.EnvOutputPrefix, contract.EnvSupportedSuffixes} {
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
	return c, errors.Join(problems...)
}
