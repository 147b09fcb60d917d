package local

import (
	"github.com/pixline/pixline/local/access"
	"github.com/pixline/pixline/local/graph"
)

// roles are the graph's roles with their policies.
func roles(g *graph.Graph) []access.Role {
	var found []access.Role
	for _, r := range g.Of("aws:iam/role:Role") {
		role := access.Role{Name: r.String("name"), ARN: r.String("arn"), Trust: []byte(r.String("assumeRolePolicy")), Policies: map[string][]byte{}}
		for _, p := range g.Of("aws:iam/rolePolicy:RolePolicy") {
			if p.String("role") == role.Name {
				role.Policies[p.String("name")] = []byte(p.String("policy"))
			}
		}
		for _, a := range g.Of("aws:iam/rolePolicyAttachment:RolePolicyAttachment") {
			if a.String("role") == role.Name {
				role.ManagedARNs = append(role.ManagedARNs, a.String("policyArn"))
			}
		}
		found = append(found, role)
	}
	return found
}

// resourcePolicies are the policies of the graph's buckets and API, by their ARN.
func resourcePolicies(g *graph.Graph) map[string][]byte {
	policies := apiPolicies(g)
	for _, p := range g.Of("aws:s3/bucketPolicy:BucketPolicy") {
		policies["arn:aws:s3:::"+p.String("bucket")] = []byte(p.String("policy"))
	}
	return policies
}
