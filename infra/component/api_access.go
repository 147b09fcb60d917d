package component

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigateway"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pixline/pixline/infra/config"
	"github.com/pixline/pixline/pkg/contract"
)

// Names of the stack outputs that a caller of the API needs.
const (
	OutputAPIAuth         = "apiAuth"         // config.API.Auth
	OutputAPIKey          = "apiKey"          // secret; with auth apiKey
	OutputInvokePolicyARN = "invokePolicyArn" // to attach to who may call; with auth iam
)

// noSource is an address that no packet comes from (RFC 919).
const noSource = "255.255.255.255/32"

// addressPolicy refuses callers from addresses that are not in the list. Without a list it
// refuses nobody, and is there all the same: a deployment is a snapshot, and Pulumi
// deletes what is no longer declared only after it. What the last list refused, the API
// would refuse for ever.
func (b *routeBuilder) addressPolicy() error {
	everything := pulumi.Sprintf("%s/*", b.api.ExecutionArn)
	refused := Statement{
		Sid: "OtherAddresses", Effect: "Deny", Principal: pulumi.String("*"),
		Action: []string{"execute-api:Invoke"}, Resource: everything,
		Condition: pulumi.Map{"NotIpAddress": pulumi.Map{"aws:SourceIp": pulumi.ToStringArray(b.config.AllowedCIDRs)}},
	}
	if len(b.config.AllowedCIDRs) == 0 {
		refused.Condition = pulumi.Map{"IpAddress": pulumi.Map{"aws:SourceIp": pulumi.ToStringArray([]string{noSource})}}
	}
	statements := []Statement{refused}
	// An API with a policy answers unsigned requests only where it allows them. A
	// signed one needs no more than its identity's permission, and an Allow for
	// everyone would let in the identities of other accounts, too.
	// Source: API Gateway Developer Guide, "How API Gateway resource policies affect authorization workflow".
	if b.config.Auth != config.AuthIAM {
		statements = append(statements, Statement{
			Sid: "Everyone", Principal: pulumi.String("*"), Action: []string{"execute-api:Invoke"}, Resource: everything,
		})
	} else if len(b.config.CORSOrigins) > 0 { // a browser signs no preflight
		statements = append(statements, Statement{
			Sid: "Preflight", Principal: pulumi.String("*"), Action: []string{"execute-api:Invoke"},
			Resource: pulumi.Sprintf("%s/*/OPTIONS/*", b.api.ExecutionArn),
		})
	}
	policy, err := apigateway.NewRestApiPolicy(b.ctx, "addresses", &apigateway.RestApiPolicyArgs{
		RestApiId: b.api.ID(), Policy: policyDocument(statements...),
	}, b.child)
	if err != nil {
		return err
	}
	b.add(policy, policy.Policy)
	return nil
}

// newLimits throttles every method of the stage: those that only ask for a status by
// a rate of their own, since the quota that they use up is the account's.
func newLimits(ctx *pulumi.Context, name string, c config.API, stage *apigateway.Stage, child pulumi.ResourceOption) error {
	all, err := newLimit(ctx, name, "*/*", c.ThrottleRate, c.ThrottleBurst, stage, child)
	if err != nil {
		return err
	}
	// One after the other: both change the stage.
	_, err = newLimit(ctx, name+"-status", methodPath(contract.PathExecution, http.MethodGet), c.StatusRate, c.StatusBurst, stage,
		pulumi.Composite(child, pulumi.DependsOn([]pulumi.Resource{all})))
	return err
}

// methodPath is a method as a stage's settings name it: a JSON Pointer's part
// (RFC 6901), which the provider passes on as it is.
// Source: API Gateway API Reference, "PatchOperation".
func methodPath(path, method string) string {
	return strings.ReplaceAll(path, "/", "~1") + "/" + method
}

// newLimit sets all there is to set: what a method has of its own does not add to
// what all methods have, but replaces it.
func newLimit(ctx *pulumi.Context, name, methodPath string, rate, burst int, stage *apigateway.Stage, opt pulumi.ResourceOption) (*apigateway.MethodSettings, error) {
	return apigateway.NewMethodSettings(ctx, name, &apigateway.MethodSettingsArgs{
		RestApi: stage.RestApi, StageName: stage.StageName,
		MethodPath: pulumi.String(methodPath),
		Settings: apigateway.MethodSettingsSettingsArgs{
			MetricsEnabled: pulumi.Bool(true),
			// The access log says what is needed; these would write to a group that API
			// Gateway creates itself, without retention, and hold whole requests.
			LoggingLevel:         pulumi.String("OFF"),
			DataTraceEnabled:     pulumi.Bool(false),
			ThrottlingRateLimit:  pulumi.Float64(rate),
			ThrottlingBurstLimit: pulumi.Int(burst),
		},
	}, opt)
}

// newAccess creates what callers need besides the address, and gives it as
// stack outputs.
func newAccess(ctx *pulumi.Context, name string, c config.API, api *apigateway.RestApi, stage *apigateway.Stage, child pulumi.ResourceOption) (pulumi.Map, error) {
	outputs := pulumi.Map{OutputAPIAuth: pulumi.String(c.Auth)}
	switch c.Auth {
	case config.AuthIAM:
		policy, err := iam.NewPolicy(ctx, name+"-invoke", &iam.PolicyArgs{
			Description: pulumi.String("May start and follow executions of the image pipeline"),
			Policy:      policyDocument(Statement{Sid: "Invoke", Action: []string{"execute-api:Invoke"}, Resource: methodARNs(api)}),
		}, child)
		if err != nil {
			return nil, err
		}
		outputs[OutputInvokePolicyARN] = policy.Arn
	case config.AuthAPIKey:
		key, err := newKey(ctx, name, c, api, stage, child)
		if err != nil {
			return nil, err
		}
		outputs[OutputAPIKey] = pulumi.ToSecret(key.Value)
	}
	return outputs, nil
}

var pathParameter = regexp.MustCompile(`\{[^}]+\}`)

// methodARNs are the names of the routes in policies.
func methodARNs(api *apigateway.RestApi) pulumi.Array {
	var arns pulumi.Array
	for _, r := range routes {
		arns = append(arns, pulumi.Sprintf("%s/%s/%s%s", api.ExecutionArn, StageName, r.method, pathParameter.ReplaceAllString(r.path, "*")))
	}
	return arns
}

// newKey creates an API key, whose value AWS makes up, in a usage plan of its
// own: a key counts only on the stages of its plans.
func newKey(ctx *pulumi.Context, name string, c config.API, api *apigateway.RestApi, stage *apigateway.Stage, child pulumi.ResourceOption) (*apigateway.ApiKey, error) {
	key, err := apigateway.NewApiKey(ctx, name, &apigateway.ApiKeyArgs{
		Description: pulumi.String("Starts and follows executions of the image pipeline"),
	}, child)
	if err != nil {
		return nil, err
	}
	args := &apigateway.UsagePlanArgs{
		ApiStages: apigateway.UsagePlanApiStageArray{apigateway.UsagePlanApiStageArgs{ApiId: api.ID(), Stage: stage.StageName}},
		ThrottleSettings: apigateway.UsagePlanThrottleSettingsArgs{
			RateLimit: pulumi.Float64(c.ThrottleRate + c.StatusRate), BurstLimit: pulumi.Int(c.ThrottleBurst + c.StatusBurst),
		},
	}
	if c.QuotaPerDay > 0 {
		args.QuotaSettings = apigateway.UsagePlanQuotaSettingsArgs{Limit: pulumi.Int(c.QuotaPerDay), Period: pulumi.String("DAY")}
	}
	plan, err := apigateway.NewUsagePlan(ctx, name, args, child)
	if err != nil {
		return nil, err
	}
	_, err = apigateway.NewUsagePlanKey(ctx, name, &apigateway.UsagePlanKeyArgs{
		KeyId: key.ID(), KeyType: pulumi.String("API_KEY"), UsagePlanId: plan.ID(),
		// It repeats the key's value, which is in the state unencrypted otherwise.
	}, child, pulumi.AdditionalSecretOutputs([]string{"value"}))
	return key, err
}
