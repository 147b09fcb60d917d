package gateway

import (
	"fmt"
	"regexp"
	"strings"
)

// variableName is context.a.b or stageVariables.a.
const variableName = `(?:context|stageVariables)(?:\.[A-Za-z0-9_-]*[A-Za-z0-9_])+`

// variable is such a name after $, also in braces.
var variable = regexp.MustCompile(`\$\{` + variableName + `\}|\$` + variableName)

// velocity is what a gateway response template might take for VTL.
var velocity = regexp.MustCompile(`\$!?\{?(?:input|util)\b|#(?:set|if|foreach)\s*\(`)

// substitute replaces the variables of an access log format or of a gateway
// response template; API Gateway processes neither as VTL. What has no value
// becomes missing.
func substitute(format string, value func(name string) (string, bool), missing string) string {
	return variable.ReplaceAllStringFunc(format, func(v string) string {
		if s, ok := value(strings.Trim(v, "${}")); ok {
			return s
		}
		return missing
	})
}

// Variables of $context by name or, with a dot at the end, by prefix: those
// that have values here, and those of features that are not modelled, which
// print as a variable without a value does. From "Variables for access logging
// for API Gateway".
var contextVariables = strings.Fields(`
	accountId apiId domainName domainPrefix error.message error.messageString error.responseType
	error.validationErrorString extendedRequestId httpMethod identity.sourceIp identity.userAgent
	integration.error integration.integrationStatus integration.latency integration.requestId integration.status
	integrationLatency integrationStatus path protocol requestId requestTime requestTimeEpoch resourcePath
	responseLatency responseLength stage status
	authenticate. authorize. authorizer. awsEndpointRequestId awsEndpointRequestId2 customDomain. deploymentId
	endpointType identity. integrationErrorMessage isCanaryRequest resourceId tlsVersion cipherSuite waf. wafResponseCode webaclArn
	xrayTraceId requestOverride. responseOverride.`)

// checkVariables refuses a variable that API Gateway does not have.
func checkVariables(format string) error {
	for _, v := range variable.FindAllString(format, -1) {
		if name, ok := strings.CutPrefix(strings.Trim(v, "${}"), "context."); ok && !knownVariable(name) {
			return fmt.Errorf("there is no variable $context.%s", name)
		}
	}
	return nil
}

func knownVariable(name string) bool {
	for _, known := range contextVariables {
		if name == known || strings.HasSuffix(known, ".") && strings.HasPrefix(name, known) {
			return true
		}
	}
	return false
}
