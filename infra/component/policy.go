package component

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Statement is one statement of an IAM policy. Its values may be outputs.
type Statement struct {
	Sid       string
	Effect    string // Allow where empty
	Principal pulumi.Input
	Action    []string
	Resource  pulumi.Input // a string or a list of them
	Condition pulumi.Map
}

// policyDocument renders statements as IAM's JSON.
func policyDocument(statements ...Statement) pulumi.StringOutput {
	list := pulumi.Array{}
	for _, s := range statements {
		effect := s.Effect
		if effect == "" {
			effect = "Allow"
		}
		statement := pulumi.Map{
			"Sid":    pulumi.String(s.Sid),
			"Effect": pulumi.String(effect),
			"Action": pulumi.ToStringArray(s.Action),
		}
		if s.Resource != nil {
			statement["Resource"] = s.Resource
		}
		if s.Principal != nil {
			statement["Principal"] = s.Principal
		}
		if s.Condition != nil {
			statement["Condition"] = s.Condition
		}
		list = append(list, statement)
	}
	return pulumi.JSONMarshal(pulumi.Map{"Version": pulumi.String("2012-10-17"), "Statement": list})
}

// tlsOnly refuses every action on the resources over a plain connection.
func tlsOnly(service string, resources pulumi.Input) Statement {
	return Statement{
		Sid:       "TlsOnly",
		Effect:    "Deny",
		Principal: pulumi.String("*"),
		Action:    []string{service + ":*"},
		Resource:  resources,
		Condition: pulumi.Map{"Bool": pulumi.Map{"aws:SecureTransport": pulumi.String("false")}},
	}
}

// newRole creates a role that may do exactly what the statements say.
func newRole(ctx *pulumi.Context, name string, trust pulumi.StringOutput, statements []Statement, opts ...pulumi.ResourceOption) (*iam.Role, pulumi.Resource, error) {
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		AssumeRolePolicy: trust,
	}, opts...)
	if err != nil {
		return nil, nil, err
	}
	policy, err := iam.NewRolePolicy(ctx, name, &iam.RolePolicyArgs{
		Role:   role.Name,
		Policy: policyDocument(statements...),
	}, opts...)
	return role, policy, err
}

// trust lets one AWS service take on a role. Conditions are for the services
// that say for whom they act when they do: Step Functions does (ofMachines), Lambda
// names its account (ofAccount), API Gateway names nothing, and with a condition could not
// take it on. Sources: Lambda Developer Guide, "Working with AWS managed policies in
// the execution role"; for API Gateway, whose guide names neither key, a trial:
// github.com/aws-solutions-library-samples/accelerated-intelligent-document-processing-on-aws/pull/479.
func trust(service string, condition pulumi.Map) pulumi.StringOutput {
	return policyDocument(Statement{
		Sid:       "Service",
		Principal: pulumi.Map{"Service": pulumi.String(service)},
		Action:    []string{"sts:AssumeRole"},
		Condition: condition,
	})
}

// ofAccount is the condition against a confused deputy for a service that acts for
// resources that come after their role, by names that AWS makes up: it acts for this account.
func ofAccount(account pulumi.StringInput) pulumi.Map {
	return pulumi.Map{"StringEquals": pulumi.Map{"aws:SourceAccount": account}}
}

// ofMachines is the condition against a confused deputy: Step Functions acts for
// state machines of this account and region alone. Their names are left open, as
// AWS shows it: the machine comes after its role. Source: Step Functions
// Developer Guide, "Prevent cross-service confused deputy issue".
func ofMachines(region string, account pulumi.StringInput) pulumi.Map {
	return pulumi.Map{
		"StringEquals": pulumi.Map{"aws:SourceAccount": account},
		"ArnLike":      pulumi.Map{"aws:SourceArn": pulumi.Sprintf("arn:aws:states:%s:%s:stateMachine:*", region, account)},
	}
}
