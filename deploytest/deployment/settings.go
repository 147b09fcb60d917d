package deployment

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"
)

// services are those that the program's resources belong to, as aws:endpoints
// names them; sts answers who the caller is.
var services = []string{
	"apigateway", "cloudwatch", "events", "iam", "kms", "lambda", "logs", "s3", "sfn", "sns", "sqs", "sts", "wafv2", "xray",
}

// forEmulator are the keys of the AWS provider with which it takes an emulator
// for AWS. With endpoints they name the addresses, too.
func forEmulator(endpoint string, endpoints bool) map[string]any {
	keys := map[string]any{
		"aws:s3UsePathStyle":            true,
		"aws:skipCredentialsValidation": true,
		"aws:skipMetadataApiCheck":      true,
	}
	if endpoints {
		addresses := map[string]string{}
		for _, service := range services {
			addresses[service] = endpoint
		}
		keys["aws:endpoints"] = []any{addresses}
	}
	return keys
}

// configure adds keys to the stack's file, as an operator would.
func configure(root, stack string, keys map[string]any) error {
	path := filepath.Join(root, "Pulumi."+stack+".yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var settings map[string]any
	if err := yaml.Unmarshal(text, &settings); err != nil {
		return fmt.Errorf("read %s: %w", filepath.Base(path), err)
	}
	config, ok := settings["config"].(map[string]any)
	if !ok {
		return fmt.Errorf("%s has no config", filepath.Base(path))
	}
	maps.Copy(config, keys)
	if text, err = yaml.Marshal(settings); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

// environment is what the CLI, the provider and the program are given, over
// what this process has.
func (o Options) environment() map[string]string {
	variables := map[string]string{
		"PULUMI_BACKEND_URL":                          "file://" + o.State,
		"PULUMI_CONFIG_PASSPHRASE":                    "test",
		"PULUMI_SKIP_UPDATE_CHECK":                    "true",
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
		"AWS_ACCESS_KEY_ID":                           "test",
		"AWS_SECRET_ACCESS_KEY":                       "test",
		"AWS_SESSION_TOKEN":                           "",
		"AWS_PROFILE":                                 "",
		"AWS_CONFIG_FILE":                             os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE":                 os.DevNull,
		"AWS_EC2_METADATA_DISABLED":                   "true",
		"AWS_MAX_ATTEMPTS":                            "3",
		"AWS_ENDPOINT_URL":                            o.Endpoint,
		"NO_PROXY":                                    "127.0.0.1",
	}
	if o.EndpointsInConfig {
		variables["AWS_ENDPOINT_URL"] = ""
	}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
		variables[name], variables[strings.ToLower(name)] = o.Proxy, o.Proxy
	}
	return variables
}
