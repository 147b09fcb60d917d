package pipeline

import (
	"maps"
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Tags that every resource has which AWS lets have any. A stack's environment is
// its name.
const (
	TagProject   = "project"
	TagStack     = "stack"
	TagStage     = "stage"
	TagManagedBy = "managed-by"
)

// tagEverything tags what is registered from here on. It does not take the
// provider's default tags for it, since those are a matter of the stack's file;
// they are added to these.
func tagEverything(ctx *pulumi.Context) error {
	tags := map[string]string{TagProject: ctx.Project(), TagStack: ctx.Stack(), TagStage: ctx.Stack(), TagManagedBy: "pulumi"}
	return ctx.RegisterStackTransformation(func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		place := tagsOf(args.Props)
		if !place.IsValid() {
			return nil // AWS has no tags for it
		}
		all := pulumi.ToStringMap(tags).ToStringMapOutput()
		if own, ok := place.Interface().(pulumi.StringMapInput); ok {
			all = own.ToStringMapOutput().ApplyT(func(own map[string]string) map[string]string {
				merged := maps.Clone(tags)
				maps.Copy(merged, own)
				return merged
			}).(pulumi.StringMapOutput)
		}
		place.Set(reflect.ValueOf(all))
		return &pulumi.ResourceTransformationResult{Props: args.Props, Opts: args.Opts}
	})
}

// tagsOf is the field Tags of a resource's arguments. All of the provider's that
// can be tagged have it, and share no interface.
func tagsOf(args pulumi.Input) reflect.Value {
	v := reflect.ValueOf(args)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return reflect.Value{}
	}
	field := v.Elem().FieldByName("Tags")
	if !field.IsValid() || field.Type() != reflect.TypeFor[pulumi.StringMapInput]() {
		return reflect.Value{}
	}
	return field
}
