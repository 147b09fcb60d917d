package component

import (
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pixline/pixline/dashboards"
)

// ObservabilityArgs names what the dashboards watch.
type ObservabilityArgs struct {
	Region          string
	Functions       map[string]*Function // by stage
	StateMachineARN pulumi.StringOutput
	APIName         pulumi.StringOutput
	APIStage        pulumi.StringOutput
}

// Observability is the stack's dashboards.
type Observability struct {
	pulumi.ResourceState

	Dashboards pulumi.StringArrayOutput // their names
}

// NewObservability creates Observability.
func NewObservability(ctx *pulumi.Context, name string, args ObservabilityArgs, opts ...pulumi.ResourceOption) (*Observability, error) {
	self := &Observability{}
	if err := ctx.RegisterComponentResource("pixline:component:Observability", name, self, opts...); err != nil {
		return nil, err
	}
	stages := slices.Sorted(maps.Keys(args.Functions))
	functions := pulumi.StringMap{}
	for _, stage := range stages {
		functions[stage] = args.Functions[stage].Name
	}
	body := pulumi.All(functions, args.StateMachineARN, args.APIName, args.APIStage).ApplyT(func(v []any) (string, error) {
		return dashboards.Overview(dashboards.Stack{
			Region:          args.Region,
			Functions:       v[0].(map[string]string),
			StateMachineARN: v[1].(string),
			APIName:         v[2].(string),
			APIStage:        v[3].(string),
		})
	}).(pulumi.StringOutput)
	overview, err := cloudwatch.NewDashboard(ctx, "overview", &cloudwatch.DashboardArgs{
		// The name is what people type and link: the stack is part of it.
		DashboardName: pulumi.Sprintf("%s-%s-overview", ctx.Project(), ctx.Stack()),
		DashboardBody: body,
	}, pulumi.Parent(self))
	if err != nil {
		return nil, err
	}
	self.Dashboards = pulumi.StringArray{overview.DashboardName}.ToStringArrayOutput()
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{"dashboards": self.Dashboards})
}
