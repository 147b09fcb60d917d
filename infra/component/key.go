package component

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// deletionDays are those between the deletion of a key and its end: the fewest that
// KMS takes. The key encrypts nothing then that anybody wants.
const deletionDays = 7

// What uses of a key for data are to KMS.
const (
	Decrypt         = "kms:Decrypt"
	GenerateDataKey = "kms:GenerateDataKey"
)

// KeyArgs configures a Key.
type KeyArgs struct {
	Account     pulumi.StringInput
	Region      string
	Destroyable bool // delete it with the stack; otherwise it outlives it, as the objects do
	Protect     bool // let nobody delete it by Pulumi
}

// Key is the stack's own key. A stack whose data is encrypted by the services'
// keys has none: its *Key is nil, and all methods answer what stands for that.
type Key struct {
	pulumi.ResourceState

	ARN    pulumi.StringOutput
	region string
}

// NewKey creates a Key.
func NewKey(ctx *pulumi.Context, name string, args KeyArgs, opts ...pulumi.ResourceOption) (*Key, error) {
	self := &Key{region: args.Region}
	if err := ctx.RegisterComponentResource("pixline:component:Key", name, self, opts...); err != nil {
		return nil, err
	}
	child := pulumi.Parent(self)
	// Buckets with objects outlive the stack, or the change to other keys, unless they are
	// destroyable. From the moment in which a key's deletion is scheduled, nobody could read them.
	key, err := kms.NewKey(ctx, name, &kms.KeyArgs{
		Description:          pulumi.Sprintf("Data of %s in the stack %s", ctx.Project(), ctx.Stack()),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(deletionDays),
		Policy:               policyDocument(keyStatements(ctx, args)...),
	}, child, pulumi.Protect(args.Protect), pulumi.RetainOnDelete(!args.Destroyable))
	if err != nil {
		return nil, err
	}
	if _, err := kms.NewAlias(ctx, name, &kms.AliasArgs{
		Name:        pulumi.Sprintf("alias/%s-%s", ctx.Project(), ctx.Stack()),
		TargetKeyId: key.KeyId,
	}, child); err != nil {
		return nil, err
	}
	self.ARN = key.Arn
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{"arn": self.ARN})
}

// keyStatements are the key's policy. "*" is the key itself: no other resource
// can stand in a key's policy. What the policy names by their names are
// resources that do not exist yet: without a key, they cannot be created.
//
// S3 and Lambda are not in it: they use the key as who calls them, whom the
// statement for the account leaves to IAM. Source: AWS KMS Developer Guide,
// "Key policies" and "Default key policy".
func keyStatements(ctx *pulumi.Context, args KeyArgs) []Statement {
	itself := pulumi.String("*")
	service := func(name string) pulumi.Map { return pulumi.Map{"Service": pulumi.String(name)} }
	own := func(service, rest string) pulumi.StringOutput {
		return pulumi.Sprintf("arn:aws:%s:%s:%s:"+rest, service, args.Region, args.Account, ctx.Project(), ctx.Stack())
	}
	return []Statement{
		// Without it nobody, the administrators included, could manage the key.
		{
			Sid: "AdministrationByIAM", Action: []string{"kms:*"}, Resource: itself,
			Principal: pulumi.Map{"AWS": pulumi.Sprintf("arn:aws:iam::%s:root", args.Account)},
		},
		// CloudWatch Logs says by the encryption context which group it acts for. Source:
		// CloudWatch Logs User Guide, "Encrypt log data … using AWS KMS".
		{
			Sid: "LogGroups", Resource: itself, Principal: service("logs." + args.Region + ".amazonaws.com"),
			Action: []string{"kms:Encrypt", Decrypt, "kms:ReEncryptFrom", "kms:ReEncryptTo", GenerateDataKey, "kms:GenerateDataKeyWithoutPlaintext", "kms:DescribeKey"},
			Condition: pulumi.Map{"ArnLike": pulumi.Map{"kms:EncryptionContext:aws:logs:arn": pulumi.Array{
				own("logs", "log-group:*/%s-%s"), own("logs", "log-group:*/%s-%s-*"),
			}}},
		},
		// What a topic cannot deliver goes to an encrypted queue. SNS is not known to say the
		// account, which the topic's ARN has. Source: SNS Developer Guide, "Key management for
		// encrypted topics".
		{
			Sid: "DeadLettersOfTopics", Action: []string{Decrypt, GenerateDataKey}, Resource: itself, Principal: service("sns.amazonaws.com"),
			Condition: pulumi.Map{"ArnLike": pulumi.Map{"aws:SourceArn": own("sns", "%s-%s-*")}},
		},
		// Without conditions: "Adding the aws:SourceAccount and aws:SourceArn to a AWS KMS
		// policy is not supported for EventBridge-to-encrypted topics". Source: ibid.
		{
			Sid: "Events", Action: []string{Decrypt, GenerateDataKey}, Resource: itself, Principal: service("events.amazonaws.com"),
		},
		// Alarms publish to an encrypted topic, and these conditions are supported. Source: ibid.
		{
			Sid: "Alarms", Action: []string{Decrypt, GenerateDataKey}, Resource: itself, Principal: service(alarmService),
			Condition: ofAlarms(ctx, args.Region, args.Account),
		},
	}
}

// Use lets a role use the key by way of a service alone.
func (k *Key) Use(sid, service string, actions ...string) []Statement {
	if k == nil {
		return nil
	}
	return []Statement{{
		Sid: sid, Action: actions, Resource: k.ARN,
		Condition: pulumi.Map{"StringEquals": pulumi.Map{"kms:ViaService": pulumi.String(service + "." + k.region + ".amazonaws.com")}},
	}}
}

// id is the key for a resource that is to be encrypted with it: nil, which
// leaves the property out, without a key.
func (k *Key) id() pulumi.StringPtrInput {
	if k == nil {
		return nil
	}
	return k.ARN
}
