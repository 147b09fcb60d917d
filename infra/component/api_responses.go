package component

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigateway"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pixline/pixline/infra/config"
	"github.com/pixline/pixline/pkg/contract"
)

// pushToLogs is AWS's policy for API Gateway's logs. API Gateway checks for all
// of it when the account's role is set.
const pushToLogs = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"

// gatewayResponse is an answer that API Gateway gives by itself.
type gatewayResponse struct {
	kind    string
	status  string // empty for the DEFAULT kinds: the status of what they stand for
	code    string
	message string // what stands in the JSON document, quotes included
}

// gatewayResponses say their statuses even where they are API Gateway's own: they
// are part of what clients rely on. What is not among them has the answer of
// its DEFAULT kind.
func gatewayResponses(auth string) []gatewayResponse {
	list := []gatewayResponse{
		{kind: "BAD_REQUEST_BODY", status: "400", code: contract.CodeInvalidRequest, message: `"The body is not a valid request: $context.error.validationErrorString"`},
		{kind: "BAD_REQUEST_PARAMETERS", status: "400", code: contract.CodeInvalidRequest, message: `$context.error.messageString`},
		// A request of this API has at most a few kilobytes: larger ones are as invalid as malformed ones.
		{kind: "REQUEST_TOO_LARGE", status: "400", code: contract.CodeInvalidRequest, message: `"The body is too large."`},
		{kind: "UNSUPPORTED_MEDIA_TYPE", status: "400", code: contract.CodeInvalidRequest, message: `"The Content-Type must be application/json."`},
		{kind: "ACCESS_DENIED", status: "403", code: contract.CodeRefused, message: `$context.error.messageString`},
		{kind: "EXPIRED_TOKEN", status: "403", code: contract.CodeRefused, message: `$context.error.messageString`},
		{kind: "INVALID_SIGNATURE", status: "403", code: contract.CodeRefused, message: `$context.error.messageString`},
		{kind: "INVALID_API_KEY", status: "403", code: contract.CodeRefused, message: `"The header x-api-key holds no valid API key."`},
		{kind: "WAF_FILTERED", status: "403", code: contract.CodeRefused, message: `"The firewall refuses the request."`},
		{kind: "THROTTLED", status: "429", code: contract.CodeThrottled, message: `"Too many requests. Try again later."`},
		{kind: "QUOTA_EXCEEDED", status: "429", code: contract.CodeThrottled, message: `"The API key's quota of the day is used up."`},
		{kind: "DEFAULT_4XX", code: contract.CodeRefused, message: `$context.error.messageString`},
		{kind: "DEFAULT_5XX", code: contract.CodeInternal, message: `$context.error.messageString`},
	}
	// API Gateway gives the same answer for an unknown route and for a signature
	// that is missing.
	unknown := gatewayResponse{kind: "MISSING_AUTHENTICATION_TOKEN", status: "403", code: contract.CodeUnknownRoute, message: `"There is no such route."`}
	if auth == config.AuthIAM {
		unknown.code, unknown.message = contract.CodeRefused, `"The request is not signed (AWS Signature Version 4), or there is no such route."`
	}
	return append(list, unknown)
}

func (b *routeBuilder) gatewayResponses() error {
	headers := b.refusalHeaders()
	for _, r := range gatewayResponses(b.config.Auth) {
		args := &apigateway.ResponseArgs{
			RestApiId:         b.api.ID(),
			ResponseType:      pulumi.String(r.kind),
			ResponseTemplates: pulumi.StringMap{jsonType: errorDocument(r.code, r.message)},

			ResponseParameters: headers,
		}
		if r.status != "" {
			args.StatusCode = pulumi.String(r.status)
		}
		answer, err := apigateway.NewResponse(b.ctx, r.kind, args, b.child)
		if err != nil {
			return err
		}
		b.add(answer, answer.ResponseType, answer.StatusCode, answer.ResponseTemplates)
		if headers != nil {
			b.add(answer, answer.ResponseParameters)
		}
	}
	return nil
}

// errorDocument is the body of a refusal; the message is JSON, or a variable that is.
func errorDocument(code, message string) pulumi.String {
	return pulumi.String(fmt.Sprintf(`{"error": {"code": "%s", "message": %s}}`, code, message))
}

// newAccount sets the role by which API Gateway writes logs in this account
// and region.
func newAccount(ctx *pulumi.Context, name string, opts ...pulumi.ResourceOption) (*apigateway.Account, error) {
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{AssumeRolePolicy: trust("apigateway.amazonaws.com", nil)}, opts...)
	if err != nil {
		return nil, err
	}
	attachment, err := iam.NewRolePolicyAttachment(ctx, name, &iam.RolePolicyAttachmentArgs{Role: role.Name, PolicyArn: pulumi.String(pushToLogs)}, opts...)
	if err != nil {
		return nil, err
	}
	return apigateway.NewAccount(ctx, name, &apigateway.AccountArgs{CloudwatchRoleArn: role.Arn}, append(opts, pulumi.DependsOn([]pulumi.Resource{attachment}))...)
}
