// Package config is the stack's configuration: defaults, load, one Validate
// that reports every problem at once. Pulumi.yaml types and describes each key.
package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumiconfig "github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"github.com/pixline/pixline/dashboards"
	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/imaging"
)

// Project is the namespace of the keys.
const Project = "pixline"

// Function is what each function's configuration key holds.
type Function struct {
	MemoryMB            int `json:"memoryMb"`            // 128 to 10240
	TimeoutSeconds      int `json:"timeoutSeconds"`      // 1 to 900
	ReservedConcurrency int `json:"reservedConcurrency"` // -1: unreserved
}

// Config is one environment.
type Config struct {
	Region                 string
	Renditions             []imaging.Rendition
	SupportedSuffixes      []string
	OutputPrefix           string
	MaxBytes               int64
	MaxPixels              int64 // 0: PixelLimit derives it
	MaxFrames              int64
	KeepCopyright          bool
	Placeholder            string // one of contract.Placeholders
	Validate               Function
	Resize                 Function
	Notify                 Function
	WorkflowTimeoutSeconds int
	LogRetentionDays       int
	DestroyableBuckets     bool
	Encryption             string // one of encryptions
	Retention              Retention
	Protect                bool
	ManageAPIAccount       bool
	API                    API
	Dashboards             []string // names of the dashboards package
	Alarms                 Alarms
}

// defaults are an environment of low traffic.
func defaults() Config {
	return Config{
		Renditions: []imaging.Rendition{
			{Name: "large", Width: 1600, Height: 1600, Fit: imaging.Contain, Quality: 80},
			{Name: "medium", Width: 800, Height: 800, Fit: imaging.Contain, Quality: 80},
			{Name: "square", Width: 320, Height: 320, Fit: imaging.Cover, Quality: 80},
		},
		SupportedSuffixes:      []string{".jpg", ".jpeg", ".png"},
		OutputPrefix:           contract.DefaultOutputPrefix,
		MaxBytes:               30 << 20,
		MaxPixels:              0,
		MaxFrames:              1000,
		KeepCopyright:          false,
		Placeholder:            contract.PlaceholderNone,
		Validate:               Function{MemoryMB: 256, TimeoutSeconds: 10, ReservedConcurrency: -1},
		Resize:                 Function{MemoryMB: 2048, TimeoutSeconds: 60, ReservedConcurrency: -1},
		Notify:                 Function{MemoryMB: 128, TimeoutSeconds: 10, ReservedConcurrency: -1},
		WorkflowTimeoutSeconds: 600,
		LogRetentionDays:       14,
		DestroyableBuckets:     false,
		Encryption:             EncryptionS3,
		Retention:              Retention{OldVersionDays: 30, OutputDays: 0, DeadLetterDays: maxDeadLetterDays},
		Protect:                false,
		ManageAPIAccount:       true,
		API:                    defaultAPI(),
		Dashboards:             []string{dashboards.Overview},
		Alarms:                 defaultAlarms(),
	}
}

// Load reads the stack's configuration over the defaults and validates it.
func Load(ctx *pulumi.Context) (Config, error) {
	c := defaults()
	keys := pulumiconfig.New(ctx, Project)
	c.Region = pulumiconfig.New(ctx, "aws").Get("region")
	var found problems
	for key, target := range c.keys() {
		text, err := keys.Try(key)
		if errors.Is(err, pulumiconfig.ErrMissingVar) {
			continue
		}
		if err == nil {
			err = decode(text, target)
		}
		if err != nil {
			found.add(Project+":"+key, err)
		}
	}
	c.check(ctx.Stack(), &found)
	if err := found.err(); err != nil {
		return Config{}, fmt.Errorf("the configuration of stack %s cannot be used (docs/config.md describes each key):\n%w", ctx.Stack(), err)
	}
	return c, nil
}

// CheckKeys refuses a key of the project that does not exist, such as one that
// is misspelt. Pulumi gives a program no list of what is configured: whoever
// runs it passes the names, such as pixline:maxBytes; other namespaces pass.
func CheckKeys(configured []string) error {
	var c Config
	known := c.keys()
	var found problems
	for _, name := range configured {
		key, ours := strings.CutPrefix(name, Project+":")
		if _, exists := known[key]; ours && !exists {
			found.add(name, fmt.Errorf("there is no such key; the keys are %s", strings.Join(slices.Sorted(maps.Keys(known)), ", ")))
		}
	}
	return found.err()
}

// keys are the names that Pulumi.yaml declares.
func (c *Config) keys() map[string]any {
	return map[string]any{
		"renditions":             &c.Renditions,
		"supportedSuffixes":      &c.SupportedSuffixes,
		"outputPrefix":           &c.OutputPrefix,
		"maxBytes":               &c.MaxBytes,
		"maxPixels":              &c.MaxPixels,
		"maxFrames":              &c.MaxFrames,
		"keepCopyright":          &c.KeepCopyright,
		"placeholder":            &c.Placeholder,
		"validate":               &c.Validate,
		"resize":                 &c.Resize,
		"notify":                 &c.Notify,
		"workflowTimeoutSeconds": &c.WorkflowTimeoutSeconds,
		"logRetentionDays":       &c.LogRetentionDays,
		"destroyableBuckets":     &c.DestroyableBuckets,
		"encryption":             &c.Encryption,
		"retention":              &c.Retention,
		"protect":                &c.Protect,
		"manageApiAccount":       &c.ManageAPIAccount,
		"api":                    &c.API,
		"dashboards":             &c.Dashboards,
		"alarms":                 &c.Alarms,
	}
}

// decode reads a value as Pulumi hands it over: JSON, but for strings, which
// are bare.
func decode(text string, target any) error {
	if s, ok := target.(*string); ok {
		*s = text
		return nil
	}
	if list, ok := target.(*[]imaging.Rendition); ok {
		var err error
		*list, err = imaging.ParseRenditions(text)
		return err
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(target); err != nil {
		return fmt.Errorf("%s: %w", text, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: there is more than one value", text)
	}
	return nil
}
