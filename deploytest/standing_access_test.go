package deploytest

import (
	"context"
	"net/url"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/pixline/pixline/local/graph"
)

var ofAccess = map[string]comparison{
	"aws:iam/role:Role": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		client, name := iam.NewFromConfig(s.aws), aws.String(s.text(r, "name"))
		role, err := client.GetRole(ctx, &iam.GetRoleInput{RoleName: name})
		if err != nil {
			return nil, nil, err
		}
		trust, err := url.QueryUnescape(aws.ToString(role.Role.AssumeRolePolicyDocument))
		if err != nil {
			return nil, nil, err
		}
		// Its policies are those of the program, and none besides them.
		inline, err := client.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: name})
		if err != nil {
			return nil, nil, err
		}
		attached, err := client.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: name})
		if err != nil {
			return nil, nil, err
		}
		want := of(r, "name", "assumeRolePolicy")
		want["inline"] = ofRole(s.graph, "aws:iam/rolePolicy:RolePolicy", r, "name")
		want["attached"] = ofRole(s.graph, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", r, "policyArn")
		var managed []string
		for _, p := range attached.AttachedPolicies {
			managed = append(managed, aws.ToString(p.PolicyArn))
		}
		return want, properties{
			"name": role.Role.RoleName, "assumeRolePolicy": trust,
			"inline": inline.PolicyNames, "attached": slices.Sorted(slices.Values(managed)),
		}, nil
	},
	"aws:iam/policy:Policy": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		client := iam.NewFromConfig(s.aws)
		p, err := client.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: aws.String(s.id(r))})
		if err != nil {
			return nil, nil, err
		}
		v, err := client.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: p.Policy.Arn, VersionId: p.Policy.DefaultVersionId})
		if err != nil {
			return nil, nil, err
		}
		policy, err := url.QueryUnescape(aws.ToString(v.PolicyVersion.Document))
		return of(r, "name", "policy"), properties{"name": p.Policy.PolicyName, "policy": policy}, err
	},
	"aws:kms/key:Key": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		client, id := kms.NewFromConfig(s.aws), aws.String(s.id(r))
		k, err := client.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: id})
		if err != nil {
			return nil, nil, err
		}
		policy, err := client.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: id, PolicyName: aws.String("default")})
		if err != nil {
			return nil, nil, err
		}
		rotation, err := client.GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: id})
		if err != nil {
			return nil, nil, err
		}
		return of(r, "description", "policy", "enableKeyRotation"), properties{
			"description": k.KeyMetadata.Description, "policy": policy.Policy, "enableKeyRotation": rotation.KeyRotationEnabled,
		}, nil
	},
	"aws:kms/alias:Alias": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		k, err := kms.NewFromConfig(s.aws).DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(r.String("name"))})
		if err != nil {
			return nil, nil, err
		}
		return of(r, "targetKeyId"), properties{"targetKeyId": k.KeyMetadata.KeyId}, nil
	},
	"aws:iam/rolePolicy:RolePolicy": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		p, err := iam.NewFromConfig(s.aws).GetRolePolicy(ctx, &iam.GetRolePolicyInput{
			RoleName: aws.String(s.text(r, "role")), PolicyName: aws.String(s.text(r, "name")),
		})
		if err != nil {
			return nil, nil, err
		}
		policy, err := url.QueryUnescape(aws.ToString(p.PolicyDocument))
		return of(r, "role", "policy"), properties{"role": p.RoleName, "policy": policy}, err
	},
}

// ofRole lists a property of the resources of a type that belong to a role.
func ofRole(g *graph.Graph, kind string, role graph.Resource, property string) []string {
	var list []string
	for _, r := range g.Of(kind) {
		if r.String("role") == role.String("name") {
			list = append(list, r.String(property))
		}
	}
	slices.Sort(list)
	return list
}
