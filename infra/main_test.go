package main

import (
	"strings"
	"testing"
)

// TestCheckKeys reads the configuration as Pulumi passes it in PULUMI_CONFIG.
func TestCheckKeys(t *testing.T) {
	t.Parallel()
	for configuration, want := range map[string]string{
		"": "",
		`{"aws:region": "eu-west-1", "pixline:maxBytes": "5"}`: "",
		`{"pixline:maxbytes": "5"}`:                            "pixline:maxbytes: there is no such key",
		`[]`:                                                   "read PULUMI_CONFIG",
	} {
		err := checkKeys(configuration)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", configuration, err, want)
		}
	}
}
