package component

import (
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pixline/pixline/dashboards"
)

// Watched are the resources that CloudWatch watches, by their names in Stack.
type Watched struct {
	// Stack is what is known of them before AWS has named anything.
	Stack dashboards.Stack

	Account     pulumi.StringInput
	Functions   map[string]*Function // by stage
	Workflow    *Workflow
	API         *API
	Buckets     map[string]*Bucket // by label
	Topic       *Notifications
	DeadLetters map[string]pulumi.StringOutput // names of the queues, by label
}

// named is the output of the dashboards.Stack with all names.
func (w Watched) named() pulumi.Output {
	functions, groups, buckets, queues := pulumi.StringMap{}, pulumi.StringMap{}, pulumi.StringMap{}, pulumi.StringMap{}
	for stage, f := range w.Functions {
		functions[stage], groups[stage] = f.Name, f.LogGroup
	}
	for label, b := range w.Buckets {
		buckets[label] = b.Name
	}
	for label, name := range w.DeadLetters {
		queues[label] = name
	}
	around := pulumi.StringMap{
		"account": w.Account, "machine": w.Workflow.ARN, "machineLogs": w.Workflow.LogGroup,
		"api": w.API.Name, "apiStage": w.API.Stage, "topic": w.Topic.Name,
	}
	return pulumi.All(functions, groups, buckets, queues, around).ApplyT(func(v []any) dashboards.Stack {
		names := func(i int) map[string]string { return v[i].(map[string]string) }
		s, around := w.Stack, names(4)
		s.Account, s.Topic = around["account"], around["topic"]
		s.Workflow.ARN, s.Workflow.LogGroup = around["machine"], around["machineLogs"]
		s.API = dashboards.API{Name: around["api"], Stage: around["apiStage"]}
		s.Functions, s.Buckets, s.DeadLetters = maps.Clone(s.Functions), slices.Clone(s.Buckets), slices.Clone(s.DeadLetters)
		for stage, f := range s.Functions {
			f.Name, f.LogGroup = names(0)[stage], names(1)[stage]
			s.Functions[stage] = f
		}
		for i := range s.Buckets {
			s.Buckets[i].Name = names(2)[s.Buckets[i].Label]
		}
		for i := range s.DeadLetters {
			s.DeadLetters[i].Name = names(3)[s.DeadLetters[i].Label]
		}
		return s
	})
}
