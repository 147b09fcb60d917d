package handler

import (
	"strings"

	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/function"
)

// Config is what the function is told by its environment.
type Config struct {
	InputBucket  string
	OutputPrefix string
	Suffixes     []string
	MaxBytes     int64
	MaxPixels    int64
}

// LoadConfig reads the configuration; the environment keeps what is wrong.
func LoadConfig(e *function.Environment) Config {
	return Config{
		InputBucket:  e.Text(contract.EnvInputBucket),
		OutputPrefix: e.Text(contract.EnvOutputPrefix),
		Suffixes:     strings.Split(e.Text(contract.EnvSupportedSuffixes), ","),
		MaxBytes:     e.Positive(contract.EnvMaxBytes),
		MaxPixels:    e.Positive(contract.EnvMaxPixels),
	}
}
