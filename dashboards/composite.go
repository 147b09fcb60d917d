package dashboards

import "strings"

// StagePipeline is the stage of the composite alarm over all others.
const StagePipeline = "pipeline"

// signalHealth is the signal of the composite alarms, and their runbook.
const signalHealth = "health"

// Composite is an alarm that is on while one of its children is.
type Composite struct {
	Stage string

	Name        string // the physical one
	Description string
	Runbook     string   // file name in docs/runbooks
	Children    []string // names of alarms
	Rule        string   // as PutCompositeAlarm takes it
}

// Key is the alarm within its stack.
func (c Composite) Key() string { return joined(c.Stage, signalHealth) }

// Composites gives one alarm for each stage that has alarms, and at last the
// pipeline's over the stages. A dead letter is not among those: what it tells of has told
// the pipeline when it happened, and it lies there until somebody has taken it away. An
// alarm that stays on for so long says nothing of the next outage.
func Composites(s Stack, settings Settings) ([]Composite, error) {
	alarms, err := Alarms(s, settings)
	if err != nil {
		return nil, err
	}
	var list []Composite
	pipeline := s.composite(StagePipeline, "Something is wrong with the pipeline.", "See which stage is in alarm.", settings)
	for _, a := range alarms {
		if len(list) == 0 || list[len(list)-1].Stage != a.Stage {
			list = append(list, s.composite(a.Stage, "Something is wrong with the stage "+a.Stage+".", "See which of its alarms is on.", settings))
			if a.Stage != StageDeadLetters {
				pipeline.Children = append(pipeline.Children, list[len(list)-1].Name)
			}
		}
		last := &list[len(list)-1]
		last.Children = append(last.Children, a.Name)
	}
	list = append(list, pipeline)
	for i := range list {
		list[i].Rule = anyOf(list[i].Children)
	}
	return list, checkComposites(list)
}

func (s Stack) composite(stage, wrong, todo string, settings Settings) Composite {
	c := Composite{Stage: stage, Runbook: signalHealth + ".md"}
	c.Name = s.name(c.Key())
	c.Description = describe(wrong, todo, settings, c.Runbook)
	return c
}

// anyOf is a rule that holds while one of the alarms is on. Pulumi's names have no quotes
// in them, nor have the stages.
func anyOf(names []string) string {
	terms := make([]string, len(names))
	for i, name := range names {
		terms[i] = `ALARM("` + name + `")`
	}
	return strings.Join(terms, " OR ")
}
