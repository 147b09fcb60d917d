package handler

import (
	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/function"
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

// LoadConfig reads the configuration; the environment keeps what is wrong.
func LoadConfig(e *function.Environment) Config {
	renditions, err := imaging.ParseRenditions(e.Text(contract.EnvRenditions))
	if err != nil {
		e.Problem(contract.EnvRenditions, err)
	}
	return Config{
		OutputBucket: e.Text(contract.EnvOutputBucket),
		OutputPrefix: e.Text(contract.EnvOutputPrefix),
		Renditions:   renditions,
		MaxBytes:     e.Positive(contract.EnvMaxBytes),
		MaxPixels:    e.Positive(contract.EnvMaxPixels),
	}
}
