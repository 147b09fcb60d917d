package deploytest

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/pixline/pixline/local/graph"
)

func buckets(s *standing) *s3.Client {
	return s3.NewFromConfig(s.aws, func(o *s3.Options) { o.UsePathStyle = true })
}

var ofBuckets = map[string]comparison{
	"aws:s3/bucketV2:BucketV2": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		tags, err := buckets(s).GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: aws.String(s.id(r))})
		if err != nil {
			return nil, nil, err
		}
		found := map[string]any{}
		for _, t := range tags.TagSet {
			found[aws.ToString(t.Key)] = t.Value
		}
		return of(r, "tags"), properties{"tags": found}, nil
	},
	"aws:s3/bucketVersioningV2:BucketVersioningV2": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		v, err := buckets(s).GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: aws.String(s.text(r, "bucket"))})
		if err != nil {
			return nil, nil, err
		}
		return properties{"status": field(r, "versioningConfiguration", "status")}, properties{"status": v.Status}, nil
	},
	"aws:s3/bucketPolicy:BucketPolicy": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		p, err := buckets(s).GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: aws.String(s.text(r, "bucket"))})
		if err != nil {
			return nil, nil, err
		}
		return of(r, "policy"), properties{"policy": p.Policy}, nil
	},
	"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		b, err := buckets(s).GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: aws.String(s.text(r, "bucket"))})
		if err != nil {
			return nil, nil, err
		}
		c := b.PublicAccessBlockConfiguration
		return of(r, "blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), properties{
			"blockPublicAcls": c.BlockPublicAcls, "blockPublicPolicy": c.BlockPublicPolicy,
			"ignorePublicAcls": c.IgnorePublicAcls, "restrictPublicBuckets": c.RestrictPublicBuckets,
		}, nil
	},
	"aws:s3/bucketOwnershipControls:BucketOwnershipControls": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		o, err := buckets(s).GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: aws.String(s.text(r, "bucket"))})
		if err != nil {
			return nil, nil, err
		}
		got := properties{}
		for _, rule := range o.OwnershipControls.Rules {
			got["ownership"] = rule.ObjectOwnership
		}
		return properties{"ownership": field(r, "rule", "objectOwnership")}, got, nil
	},
	"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		e, err := buckets(s).GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: aws.String(s.text(r, "bucket"))})
		if err != nil {
			return nil, nil, err
		}
		var got []properties
		for _, rule := range e.ServerSideEncryptionConfiguration.Rules {
			d := rule.ApplyServerSideEncryptionByDefault
			got = append(got, properties{
				"applyServerSideEncryptionByDefault": properties{"sseAlgorithm": d.SSEAlgorithm, "kmsMasterKeyId": d.KMSMasterKeyID},
				"bucketKeyEnabled":                   rule.BucketKeyEnabled,
			})
		}
		return of(r, "rules"), properties{"rules": got}, nil
	},
	"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		l, err := buckets(s).GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: aws.String(s.text(r, "bucket"))})
		if err != nil {
			return nil, nil, err
		}
		var got []properties
		for _, rule := range l.Rules {
			p := properties{"id": rule.ID, "status": rule.Status}
			if rule.Filter != nil {
				p["filter"] = properties{"prefix": rule.Filter.Prefix}
			}
			if a := rule.AbortIncompleteMultipartUpload; a != nil {
				p["abortIncompleteMultipartUpload"] = properties{"daysAfterInitiation": a.DaysAfterInitiation}
			}
			if e := rule.Expiration; e != nil {
				p["expiration"] = properties{"days": e.Days, "expiredObjectDeleteMarker": e.ExpiredObjectDeleteMarker}
			}
			if e := rule.NoncurrentVersionExpiration; e != nil {
				p["noncurrentVersionExpiration"] = properties{"noncurrentDays": e.NoncurrentDays, "newerNoncurrentVersions": e.NewerNoncurrentVersions}
			}
			got = append(got, p)
		}
		return of(r, "rules"), properties{"rules": got}, nil
	},
}
