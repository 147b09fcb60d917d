package access

import "strings"

// modelledKeys are the condition keys, besides the global ones, that this
// package or the local services fill in.
var modelledKeys = []string{
	"s3:prefix", "s3:delimiter", "s3:max-keys", "s3:versionid", "s3:x-amz-acl", "s3:x-amz-copy-source",
	"s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id",
	"s3:x-amz-storage-class", "s3:x-amz-metadata-directive", "s3:x-amz-content-sha256",
	"s3:authtype", "s3:signatureversion",
	"sns:protocol", "sns:endpoint",
	"sts:externalid",
	"kms:viaservice",
}

// globalKeys are AWS's global condition keys. Those that attributes and
// context do not fill in are absent from every request here, as in an AWS
// account without organisation, VPC, tags or federation.
// Source: IAM User Guide, "AWS global condition context keys".
var globalKeys = []string{
	"calledvia", "calledviafirst", "calledvialast", "currenttime", "ec2instancesourceprivateipv4", "ec2instancesourcevpc",
	"epochtime", "federatedprovider", "multifactorauthage", "multifactorauthpresent", "principalaccount", "principalarn",
	"principalisawsservice", "principalorgid", "principalorgpaths", "principalservicename", "principalservicenameslist",
	"principaltype", "referer", "requestedregion", "resourceaccount", "resourceorgid", "resourceorgpaths",
	"securetransport", "sourceaccount", "sourcearn", "sourceidentity", "sourceip", "sourceorgid", "sourceorgpaths",
	"sourcevpc", "sourcevpcarn", "sourcevpce", "tagkeys", "tokenissuetime", "useragent", "userid", "username",
	"viaawsservice", "vpceaccount", "vpceorgid", "vpceorgpaths", "vpcsourceip",
}

// knownKey takes a lower-cased key.
func knownKey(key string) bool {
	for _, known := range modelledKeys {
		if key == known {
			return true
		}
	}
	if strings.HasPrefix(key, encryptionContextPrefix) {
		return true
	}
	name, global := strings.CutPrefix(key, "aws:")
	if !global {
		return false
	}
	for _, known := range globalKeys {
		if name == known {
			return true
		}
	}
	tag, _, tagged := strings.Cut(name, "/")
	return tagged && (tag == "principaltag" || tag == "requesttag" || tag == "resourcetag")
}
