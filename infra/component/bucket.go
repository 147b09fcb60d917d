package component

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pixline/pixline/infra/config"
)

// abortUploadDays is when parts of an upload that was never completed are
// deleted: they cost, and nothing lists them.
const abortUploadDays = 7

// BucketArgs configures a Bucket.
type BucketArgs struct {
	Versioned      bool
	OldVersionDays int  // of a versioned bucket: how long versions are kept that were overwritten or deleted
	ExpireDays     int  // how long objects are kept; 0 keeps them
	Destroyable    bool // destroy it with its objects
	Protect        bool // let nobody delete it by Pulumi
	Key            *Key
}

// Bucket is a private, encrypted bucket that answers over TLS alone.
type Bucket struct {
	pulumi.ResourceState

	Name pulumi.StringOutput
	ARN  pulumi.StringOutput
}

// NewBucket creates a Bucket.
func NewBucket(ctx *pulumi.Context, name string, args BucketArgs, opts ...pulumi.ResourceOption) (*Bucket, error) {
	self := &Bucket{}
	if err := ctx.RegisterComponentResource("pixline:component:Bucket", name, self, opts...); err != nil {
		return nil, err
	}
	child := pulumi.Parent(self)
	bucket, err := s3.NewBucketV2(ctx, name, &s3.BucketV2Args{ForceDestroy: pulumi.Bool(args.Destroyable)}, child, pulumi.Protect(args.Protect))
	if err != nil {
		return nil, err
	}
	access, err := s3.NewBucketPublicAccessBlock(ctx, name, &s3.BucketPublicAccessBlockArgs{
		Bucket:                bucket.ID(),
		BlockPublicAcls:       pulumi.Bool(true),
		BlockPublicPolicy:     pulumi.Bool(true),
		IgnorePublicAcls:      pulumi.Bool(true),
		RestrictPublicBuckets: pulumi.Bool(true),
	}, child)
	if err != nil {
		return nil, err
	}
	if _, err := s3.NewBucketOwnershipControls(ctx, name, &s3.BucketOwnershipControlsArgs{
		Bucket: bucket.ID(),
		Rule:   s3.BucketOwnershipControlsRuleArgs{ObjectOwnership: pulumi.String("BucketOwnerEnforced")},
	}, child); err != nil {
		return nil, err
	}
	if _, err := s3.NewBucketServerSideEncryptionConfigurationV2(ctx, name, &s3.BucketServerSideEncryptionConfigurationV2Args{
		Bucket: bucket.ID(),
		Rules:  s3.BucketServerSideEncryptionConfigurationV2RuleArray{encryptionRule(args.Key)},
	}, child); err != nil {
		return nil, err
	}
	// Two writers of a bucket's policy at once conflict: one after the other.
	if _, err := s3.NewBucketPolicy(ctx, name, &s3.BucketPolicyArgs{
		Bucket: bucket.ID(),
		Policy: policyDocument(tlsOnly("s3", pulumi.Array{bucket.Arn, pulumi.Sprintf("%s/*", bucket.Arn)})),
	}, child, pulumi.DependsOn([]pulumi.Resource{access})); err != nil {
		return nil, err
	}
	// What becomes of old versions is said of a bucket that has versions.
	var before []pulumi.Resource
	if args.Versioned {
		versioning, err := s3.NewBucketVersioningV2(ctx, name, &s3.BucketVersioningV2Args{
			Bucket:                  bucket.ID(),
			VersioningConfiguration: s3.BucketVersioningV2VersioningConfigurationArgs{Status: pulumi.String("Enabled")},
		}, child)
		if err != nil {
			return nil, err
		}
		before = append(before, versioning)
	}
	if _, err := s3.NewBucketLifecycleConfigurationV2(ctx, name, &s3.BucketLifecycleConfigurationV2Args{
		Bucket: bucket.ID(),
		Rules:  lifecycleRules(args),
	}, child, pulumi.DependsOn(before)); err != nil {
		return nil, err
	}
	// Without it S3 publishes no metrics of requests, and alarms on them are dead.
	if _, err := s3.NewBucketMetric(ctx, name, &s3.BucketMetricArgs{Bucket: bucket.ID(), Name: pulumi.String(config.RequestMetrics)}, child); err != nil {
		return nil, err
	}
	self.Name, self.ARN = bucket.Bucket, bucket.Arn
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{"name": self.Name, "arn": self.ARN})
}

// encryptionRule encrypts by the key, with a bucket key in between so that not
// each object is a call to KMS, or by S3's own.
func encryptionRule(key *Key) s3.BucketServerSideEncryptionConfigurationV2RuleArgs {
	if key == nil {
		return s3.BucketServerSideEncryptionConfigurationV2RuleArgs{
			ApplyServerSideEncryptionByDefault: s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{
				SseAlgorithm: pulumi.String("AES256"),
			},
		}
	}
	return s3.BucketServerSideEncryptionConfigurationV2RuleArgs{
		ApplyServerSideEncryptionByDefault: s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{
			SseAlgorithm:   pulumi.String("aws:kms"),
			KmsMasterKeyId: key.ARN,
		},
		BucketKeyEnabled: pulumi.Bool(true),
	}
}

// lifecycleRules end what nobody can use any more.
func lifecycleRules(args BucketArgs) s3.BucketLifecycleConfigurationV2RuleArray {
	rule := func(id string) s3.BucketLifecycleConfigurationV2RuleArgs {
		return s3.BucketLifecycleConfigurationV2RuleArgs{
			Id:     pulumi.String(id),
			Status: pulumi.String("Enabled"),
			Filter: s3.BucketLifecycleConfigurationV2RuleFilterArgs{Prefix: pulumi.String("")},
		}
	}
	uploads := rule("abort-uploads")
	uploads.AbortIncompleteMultipartUpload = s3.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs{DaysAfterInitiation: pulumi.Int(abortUploadDays)}
	rules := s3.BucketLifecycleConfigurationV2RuleArray{uploads}
	if args.Versioned {
		versions := rule("old-versions")
		versions.NoncurrentVersionExpiration = s3.BucketLifecycleConfigurationV2RuleNoncurrentVersionExpirationArgs{NoncurrentDays: pulumi.Int(args.OldVersionDays)}
		// A marker of a deletion below which no version is left.
		versions.Expiration = s3.BucketLifecycleConfigurationV2RuleExpirationArgs{ExpiredObjectDeleteMarker: pulumi.Bool(true)}
		rules = append(rules, versions)
	}
	if args.ExpireDays > 0 {
		objects := rule("expire")
		objects.Expiration = s3.BucketLifecycleConfigurationV2RuleExpirationArgs{Days: pulumi.Int(args.ExpireDays)}
		rules = append(rules, objects)
	}
	return rules
}
