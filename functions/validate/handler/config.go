package handler

import (
	"strings"

	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/function"
	"github.com/pixline/pixline/pkg/imaging"
)

// Config is what the function is told by its environment.
type Config struct {
	InputBucket  string
	OutputPrefix string
	Suffixes     []string
	Limits       imaging.Limits
}

// LoadConfig reads the configuration; the environment keeps what is wrong.
func LoadConfig(e *function.Environment) Config {
	suffixes := strings.Split(e.Text(contract.EnvSupportedSuffixes), ",")
	formats, err := imaging.FormatsOf(suffixes)
	if err != nil {
		e.Problem(contract.EnvSupportedSuffixes, err)
	}
	return Config{
		InputBucket:  e.Text(contract.EnvInputBucket),
		OutputPrefix: e.Text(contract.EnvOutputPrefix),
		Suffixes:     suffixes,
		Limits: imaging.Limits{
			MaxBytes:  e.Positive(contract.EnvMaxBytes),
			MaxPixels: e.Positive(contract.EnvMaxPixels),
			MaxFrames: e.Positive(contract.EnvMaxFrames),
			Formats:   formats,
		},
	}
}
