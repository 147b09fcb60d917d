package component

import (
	"net/http"
	"reflect"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigateway"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pixline/pixline/infra/config"
	"github.com/pixline/pixline/pkg/contract"
)

// providerVersion is that of the packages of pulumi-aws, which a test compares:
// the resources below belong to the same provider as all others.
const providerVersion = "6.83.2"

// rateWindowSeconds is AWS WAF's window for counting a sender's requests, and
// minRateLimit is well above the least that it takes for one. floodBody names the
// answer to who sends more.
const (
	floodBody = "flood"

	rateWindowSeconds = 300
	minRateLimit      = 100
)

// bodyRules look for attacks in the body: here it is the name of an object, which
// may hold anything (../, <script>, a URL), and reaches no file system, page or
// network. They count what they find and let it pass.
// Source: AWS WAF Developer Guide, "Core rule set (CRS) managed rule group".
var bodyRules = []string{"CrossSiteScripting_BODY", "EC2MetaDataSSRF_BODY", "GenericLFI_BODY", "GenericRFI_BODY"}

// webACL is the resource of that name. The Go package of AWS WAF has 137,000
// lines of types, for statements nested in statements: it would double the time
// that everything takes to compile. The program uses one of them.
type webACL struct {
	pulumi.CustomResourceState

	ARN pulumi.StringOutput `pulumi:"arn"`
}

// webACLArgs are its arguments, by the names that Pulumi's SDKs have, and
// webACLInputs what they become.
type webACLArgs struct {
	Description      pulumi.StringInput
	Scope            pulumi.StringInput
	DefaultAction    pulumi.MapInput
	Rules            pulumi.ArrayInput
	VisibilityConfig pulumi.MapInput
	Tags             pulumi.StringMapInput

	CustomResponseBodies pulumi.ArrayInput
}

type webACLInputs struct {
	Description      string            `pulumi:"description"`
	Scope            string            `pulumi:"scope"`
	DefaultAction    map[string]any    `pulumi:"defaultAction"`
	Rules            []any             `pulumi:"rules"`
	VisibilityConfig map[string]any    `pulumi:"visibilityConfig"`
	Tags             map[string]string `pulumi:"tags"`

	CustomResponseBodies []any `pulumi:"customResponseBodies"`
}

// ElementType implements pulumi.Input.
func (webACLArgs) ElementType() reflect.Type { return reflect.TypeFor[webACLInputs]() }

type webACLAssociation struct{ pulumi.CustomResourceState }

// newFirewall puts AWS WAF before the stage: AWS's own rules, and a limit for
// each sender.
func newFirewall(ctx *pulumi.Context, name string, c config.API, stage *apigateway.Stage, child pulumi.ResourceOption) error {
	opts := []pulumi.ResourceOption{child, pulumi.Version(providerVersion)}
	var overrides pulumi.Array
	for _, rule := range bodyRules {
		overrides = append(overrides, pulumi.Map{"name": pulumi.String(rule), "actionToUse": pulumi.Map{"count": pulumi.Map{}}})
	}
	acl := &webACL{}
	if err := ctx.RegisterResource("aws:wafv2/webAcl:WebAcl", name, &webACLArgs{
		Description:      pulumi.String("The API of the image pipeline"),
		Scope:            pulumi.String("REGIONAL"),
		DefaultAction:    pulumi.Map{"allow": pulumi.Map{}},
		VisibilityConfig: visibility("firewall"),
		CustomResponseBodies: pulumi.Array{pulumi.Map{
			"key": pulumi.String(floodBody), "contentType": pulumi.String("APPLICATION_JSON"),
			"content": errorDocument(contract.CodeThrottled, `"This address sends too many requests. Try again in a few minutes."`),
		}},
		Rules: pulumi.Array{
			managedRules(0, "AWSManagedRulesCommonRuleSet", overrides),
			managedRules(1, "AWSManagedRulesKnownBadInputsRuleSet", nil),
			pulumi.Map{
				"name": pulumi.String("rate"), "priority": pulumi.Int(2),
				// Who floods the API is told so as by the API's own throttle.
				"action": pulumi.Map{"block": pulumi.Map{"customResponse": pulumi.Map{
					"responseCode": pulumi.Int(http.StatusTooManyRequests), "customResponseBodyKey": pulumi.String(floodBody),
				}}},
				// All callers may stand behind one address. One that keeps to the stage's own
				// limits is never refused here.
				"statement": pulumi.Map{"rateBasedStatement": pulumi.Map{
					"limit":            pulumi.Int(max(minRateLimit, (c.ThrottleRate+c.StatusRate)*rateWindowSeconds)),
					"aggregateKeyType": pulumi.String("IP"),
				}},
				"visibilityConfig": visibility("rate"),
			},
		},
	}, acl, opts...); err != nil {
		return err
	}
	return ctx.RegisterResource("aws:wafv2/webAclAssociation:WebAclAssociation", name, pulumi.Map{
		"resourceArn": stage.Arn, "webAclArn": acl.ARN,
	}, &webACLAssociation{}, opts...)
}

func managedRules(priority int, group string, overrides pulumi.Array) pulumi.Map {
	statement := pulumi.Map{"vendorName": pulumi.String("AWS"), "name": pulumi.String(group)}
	if len(overrides) > 0 {
		statement["ruleActionOverrides"] = overrides
	}
	return pulumi.Map{
		"name": pulumi.String(group), "priority": pulumi.Int(priority),
		"overrideAction":   pulumi.Map{"none": pulumi.Map{}},
		"statement":        pulumi.Map{"managedRuleGroupStatement": statement},
		"visibilityConfig": visibility(group),
	}
}

// visibility counts requests, and keeps no samples of them: a sample shows the
// headers, and with them an API key. The names All and Default_Action are AWS
// WAF's own. Source: AWS WAF API Reference, "VisibilityConfig".
func visibility(metric string) pulumi.Map {
	return pulumi.Map{
		"cloudwatchMetricsEnabled": pulumi.Bool(true), "sampledRequestsEnabled": pulumi.Bool(false), "metricName": pulumi.String(metric),
	}
}
