package pipeline_test

import (
	"slices"

	"github.com/pixline/pixline/infra/config"
)

const (
	bucketKind     = "aws:s3/bucketV2:BucketV2"
	blockKind      = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
	ownershipKind  = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
	encryptionKind = "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2"
	lifecycleKind  = "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2"
	versioningKind = "aws:s3/bucketVersioningV2:BucketVersioningV2"
	topicKind      = "aws:sns/topic:Topic"
	queueKind      = "aws:sqs/queue:Queue"
	functionKind   = "aws:lambda/function:Function"
	groupKind      = "aws:cloudwatch/logGroup:LogGroup"
	keyKind        = "aws:kms/key:Key"
)

var storageInvariants = []invariant{
	{
		name: "no public bucket", check: private,
		breaks: map[string]func(*world){
			"no block":     func(w *world) { w.remove(blockKind, "input") },
			"half a block": func(w *world) { w.one(blockKind, "output").in["restrictPublicBuckets"] = false },
			"access lists": func(w *world) {
				w.one(ownershipKind, "input").in["rule"] = map[string]any{"objectOwnership": "ObjectWriter"}
			},
			"a public document": func(w *world) { w.allow(bucketPolicyKind, "input", "*", "s3:GetObject") },
		},
	},
	{
		name: "everything encrypted", check: encrypted,
		breaks: map[string]func(*world){
			"a bucket": func(w *world) { w.remove(encryptionKind, "input") },
			"a bucket by S3's key": func(w *world) {
				rule(w, "output")["applyServerSideEncryptionByDefault"] = map[string]any{"sseAlgorithm": "AES256"}
			},
			"no bucket key":              func(w *world) { delete(rule(w, "output"), "bucketKeyEnabled") },
			"the topic":                  func(w *world) { delete(w.one(topicKind, "outcomes").in, "kmsMasterKeyId") },
			"the topic of alarms":        func(w *world) { delete(w.one(topicKind, "alarms").in, "kmsMasterKeyId") },
			"a queue":                    func(w *world) { delete(w.one(queueKind, "failed-executions").in, "kmsMasterKeyId") },
			"another key":                func(w *world) { w.one(queueKind, "undelivered").in["kmsMasterKeyId"] = "alias/aws/sqs" },
			"a log group":                func(w *world) { delete(w.one(groupKind, "api").in, "kmsKeyId") },
			"variables":                  func(w *world) { delete(w.one(functionKind, "notify").in, "kmsKeyArn") },
			"a key that does not rotate": func(w *world) { w.one(keyKind, "data").in["enableKeyRotation"] = false },
			"a queue" + withoutKey:       func(w *world) { delete(w.one(queueKind, "undelivered").in, "sqsManagedSseEnabled") },
			"a bucket" + withoutKey:      func(w *world) { w.remove(encryptionKind, "output") },
			"the wrong cipher" + withoutKey: func(w *world) {
				rule(w, "output")["applyServerSideEncryptionByDefault"] = map[string]any{"sseAlgorithm": "none"}
			},
		},
	},
	{
		name: "TLS only", check: tls,
		breaks: map[string]func(*world){
			"no policy":    func(w *world) { w.remove(topicPolicyKind, "outcomes") },
			"alarms":       func(w *world) { w.drop(topicPolicyKind, "alarms", "TlsOnly") },
			"no such deny": func(w *world) { w.drop(queuePolicyKind, "undelivered", "TlsOnly") },
			"not the objects": func(w *world) {
				w.edit(bucketPolicyKind, "input", "TlsOnly", func(s statement) { s["Resource"] = s.list("Resource")[:1] })
			},
		},
	},
	{
		name: "the key outlives what is encrypted", check: outliving,
		breaks: map[string]func(*world){
			"it goes": func(w *world) { w.one(keyKind, "data").retained = false },
			"for nothing": func(w *world) {
				for _, b := range w.of(bucketKind) {
					b.in["forceDestroy"] = true
				}
			},
			"a bucket": func(w *world) { w.one(bucketKind, "output").retained = true },
		},
	},
	{
		name: "nothing is kept for ever that nobody can use", check: ending,
		breaks: map[string]func(*world){
			"uploads":       func(w *world) { w.one(lifecycleKind, "output").in["rules"] = []any{} },
			"old versions":  func(w *world) { w.one(lifecycleKind, "input").in["rules"] = w.one(lifecycleKind, "output").in["rules"] },
			"renditions":    func(w *world) { w.one(lifecycleKind, "output").in["rules"] = w.one(lifecycleKind, "input").in["rules"] },
			"logs":          func(w *world) { delete(w.one(groupKind, "workflow").in, "retentionInDays") },
			"no versioning": func(w *world) { w.remove(versioningKind, "input") },
		},
	},
}

func rule(w *world, bucket string) map[string]any {
	return w.one(encryptionKind, bucket).in["rules"].([]any)[0].(map[string]any)
}

// settingOf is the part of a kind that is about a bucket.
func (w *world) settingOf(bucket *part, kind string) *part {
	for _, p := range w.of(kind) {
		if p.text("bucket") == bucket.id {
			return p
		}
	}
	return &part{}
}

func private(w *world) []string {
	var p problems
	for _, b := range w.of(bucketKind) {
		block := w.settingOf(b, blockKind)
		for _, switched := range []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
			if block.in[switched] != true {
				p.add("%s: %s is not on", b, switched)
			}
		}
		if w.settingOf(b, ownershipKind).at("rule", "objectOwnership") != "BucketOwnerEnforced" {
			p.add("%s: has access lists", b)
		}
		for _, s := range statementsOf(w.settingOf(b, bucketPolicyKind)) {
			if s.allows() {
				p.add("%s: its policy allows %v", b, s)
			}
		}
	}
	return p
}

// encrypted: where there is no key of the stack's own, S3 and SQS are told to use
// theirs, and the others do without being told: Lambda and CloudWatch Logs always
// encrypt; a topic lies on disks that SNS encrypts, since no rule could publish to one
// with the key alias/aws/sns, whose policy nobody can change. Source: SNS
// Developer Guide, "Securing Amazon SNS data with server-side encryption".
func encrypted(w *world) []string {
	var p problems
	key := any(nil)
	if w.config("encryption", config.EncryptionS3) == config.EncryptionKMS {
		for _, k := range w.of(keyKind) {
			key = k.arn
			if k.in["enableKeyRotation"] != true {
				p.add("%s does not rotate", k)
			}
		}
	}
	for _, b := range w.of(bucketKind) {
		setting := w.settingOf(b, encryptionKind)
		algorithm, used := setting.at("rules", "applyServerSideEncryptionByDefault", "sseAlgorithm"), setting.at("rules", "applyServerSideEncryptionByDefault", "kmsMasterKeyId")
		if key == nil && algorithm != "AES256" || key != nil && (algorithm != "aws:kms" || used != key || setting.at("rules", "bucketKeyEnabled") != true) {
			p.add("%s is encrypted by %v with %v", b, algorithm, used)
		}
	}
	for _, q := range w.of(queueKind) {
		if q.in["kmsMasterKeyId"] != key || key == nil && q.in["sqsManagedSseEnabled"] != true {
			p.add("%s is encrypted by %v", q, q.in["kmsMasterKeyId"])
		}
	}
	for kind, property := range map[string]string{topicKind: "kmsMasterKeyId", functionKind: "kmsKeyArn", groupKind: "kmsKeyId"} {
		for _, r := range w.of(kind) {
			if r.in[property] != key {
				p.add("%s is encrypted by %v", r, r.in[property])
			}
		}
	}
	return p
}

// tls: what is reached over HTTP too refuses it. API Gateway has no HTTP.
func tls(w *world) []string {
	var p problems
	for kind, policy := range map[string]string{bucketKind: bucketPolicyKind, queueKind: queuePolicyKind, topicKind: topicPolicyKind} {
		for _, r := range w.of(kind) {
			refused := map[string]bool{}
			for _, s := range w.policyOf(r, policy) {
				if s["Effect"] == "Deny" && s["Principal"] == "*" && s.condition("Bool", "aws:SecureTransport") == "false" {
					for _, resource := range s.list("Resource") {
						refused[resource] = true
					}
				}
			}
			if !refused[r.arn] || kind == bucketKind && !refused[r.arn+"/*"] {
				p.add("%s answers over plain connections", r)
			}
		}
	}
	return p
}

func ending(w *world) []string {
	var p problems
	for _, g := range w.of(groupKind) {
		if days, _ := g.in["retentionInDays"].(float64); days < 1 {
			p.add("%s has no retention", g)
		}
	}
	for _, b := range w.of(bucketKind) {
		ends := map[string]bool{}
		rules, _ := w.settingOf(b, lifecycleKind).in["rules"].([]any)
		for _, rule := range rules {
			r := part{in: rule.(map[string]any)}
			if r.in["status"] != "Enabled" || r.at("filter", "prefix") != "" {
				continue
			}
			ends["uploads"] = ends["uploads"] || r.at("abortIncompleteMultipartUpload", "daysAfterInitiation") != nil
			ends["versions"] = ends["versions"] || r.at("noncurrentVersionExpiration", "noncurrentDays") != nil && r.at("expiration", "expiredObjectDeleteMarker") == true
			ends["objects"] = ends["objects"] || r.at("expiration", "days") != nil
		}
		versioned := w.settingOf(b, versioningKind).at("versioningConfiguration", "status") == "Enabled"
		if !ends["uploads"] || ends["versions"] != versioned || versioned != (b.name == "input") {
			p.add("%s: versioned %t, what ends is %v", b, versioned, ends)
		}
		var kept struct{ OutputDays int }
		decode(w.config("retention", "{}"), &kept)
		if ends["objects"] != (b.name == "output" && kept.OutputDays > 0) {
			p.add("%s: its objects end: %t", b, ends["objects"])
		}
	}
	return p
}

// outliving: a bucket that is not destroyed with its objects keeps them beyond the
// stack, and beyond the change to other keys. So does the key, and nothing else.
func outliving(w *world) []string {
	var p problems
	kept := slices.ContainsFunc(w.of(bucketKind), func(b *part) bool { return b.in["forceDestroy"] != true })
	for _, r := range w.parts {
		if want := kept && r.kind == keyKind; r.retained != want {
			p.add("%s: outlives the stack %t, want %t", r, r.retained, want)
		}
	}
	return p
}
