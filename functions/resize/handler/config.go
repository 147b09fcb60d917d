package handler

import (
	"strings"

	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/function"
	"github.com/pixline/pixline/pkg/imaging"
)

// Config is what the function is told by its environment.
type Config struct {
	OutputBucket  string
	OutputPrefix  string
	Renditions    []imaging.Rendition
	Limits        imaging.Limits // those that validate has, too: it saw the header alone
	KeepCopyright bool
	ThumbHash     bool // whether the outcome has a placeholder
}

// LoadConfig reads the configuration; the environment keeps what is wrong.
func LoadConfig(e *function.Environment) Config {
	renditions, err := imaging.ParseRenditions(e.Text(contract.EnvRenditions))
	if err != nil {
		e.Problem(contract.EnvRenditions, err)
	}
	formats, err := imaging.FormatsOf(strings.Split(e.Text(contract.EnvSupportedSuffixes), ","))
	if err != nil {
		e.Problem(contract.EnvSupportedSuffixes, err)
	}
	return Config{
		OutputBucket: e.Text(contract.EnvOutputBucket),
		OutputPrefix: e.Text(contract.EnvOutputPrefix),
		Renditions:   renditions,
		Limits: imaging.Limits{
			MaxBytes:  e.Positive(contract.EnvMaxBytes),
			MaxPixels: e.Positive(contract.EnvMaxPixels),
			MaxFrames: e.Positive(contract.EnvMaxFrames),
			Formats:   formats,
		},
		KeepCopyright: e.Flag(contract.EnvKeepCopyright),
		ThumbHash:     e.OneOf(contract.EnvPlaceholder, contract.Placeholders()...) == contract.PlaceholderThumbHash,
	}
}
