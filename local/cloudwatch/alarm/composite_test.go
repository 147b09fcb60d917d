package alarm

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/metric"
)

func TestRule(t *testing.T) {
	t.Parallel()
	values := map[string]Value{"a": InAlarm, "b": OK, "c": InsufficientData, `d "x" (1)`: InAlarm}
	resolve := func(reference string) (string, error) {
		return strings.TrimPrefix(reference, "arn:aws:cloudwatch:::alarm:"), nil
	}
	for source, want := range map[string]bool{
		`ALARM("a")`:                                   true,
		`ALARM(a)`:                                     true,
		` ALARM ( a ) `:                                true,
		`ALARM(arn:aws:cloudwatch:::alarm:a)`:          true,
		`ALARM("arn:aws:cloudwatch:::alarm:b")`:        false,
		`OK(b) AND INSUFFICIENT_DATA(c)`:               true,
		`NOT OK(b)`:                                    false,
		`NOT NOT OK(b)`:                                true,
		`ALARM("d \"x\" (1)")`:                         true,
		`TRUE OR FALSE AND FALSE`:                      true,
		`(TRUE OR FALSE) AND FALSE`:                    false,
		`NOT FALSE AND FALSE`:                          false,
		`NOT (FALSE AND FALSE)`:                        true,
		"ALARM(b)\n\tOR ALARM(c)\n\tOR (ALARM(a))":     true,
		`ALARM(a)AND(OK(b))`:                           true,
		`true and not false`:                           true,
		`ALARM(a) AND ALARM(b) OR OK(a) OR OK(c)`:      false,
		`ALARM("a") AND (OK("b") OR OK("c")) AND TRUE`: true,
	} {
		r, err := parseRule(source, resolve)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if got := r.holds(func(name string) Value { return values[name] }); got != want {
			t.Errorf("%s is %v", source, got)
		}
	}
	for source, want := range map[string]string{
		"":                                "character 1: a condition is missing",
		"ALARM":                           "needs an alarm in parentheses",
		`ALARM("a"`:                       "character 10: a closing parenthesis is missing",
		`ALARM("a`:                        "a closing quote is missing",
		`ALARM(a`:                         "a closing parenthesis is missing",
		`ALARM(a) ALARM(b)`:               `character 10: "ALARM" is one too many`,
		`ALARM(a) AND`:                    "a condition is missing",
		`(TRUE`:                           "a closing parenthesis is missing",
		`TRUE)`:                           `")" is one too many`,
		`WRONG(a)`:                        `"WRONG" is not a condition`,
		`OR TRUE`:                         `"OR" is not a condition`,
		strings.Repeat("(", maxRule+1):    "more than 10240 characters",
		strings.Repeat("NOT ", maxRule/4): "a condition is missing",
	} {
		if _, err := parseRule(source, resolve); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v", source, err)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	with := func(change func(*Definition)) Definition {
		d := errorsAbove("a", 1, 1, missing)
		change(&d)
		return d
	}
	for want, definitions := range map[string][]Definition{
		"there are two of this name":               {errorsAbove("a", 1, 1, ""), errorsAbove("a", 1, 1, "")},
		`there is no alarm "gone"`:                 {composite("c", "ALARM(gone)")},
		`"c" watches itself`:                       {composite("c", "ALARM(c)")},
		`watches itself through its rule`:          {composite("c", "ALARM(e)"), composite("d", "OK(c)"), composite("e", "NOT ALARM(d)")},
		"not 2":                                    {with(func(d *Definition) { d.Queries = append(d.Queries, d.Queries...) })},
		"not 0":                                    {with(func(d *Definition) { d.Queries = nil })},
		`the comparison "Equal" is not known`:      {with(func(d *Definition) { d.Comparison = "Equal" })},
		"2 of 1 periods":                           {with(func(d *Definition) { d.DatapointsToAlarm = 2 })},
		"0 of 0 periods":                           {with(func(d *Definition) { d.DatapointsToAlarm, d.EvaluationPeriods = 0, 0 })},
		"1 periods of 1s are not possible":         {with(func(d *Definition) { d.Period = time.Second })},
		"1441 periods of 1m0s are not possible":    {with(func(d *Definition) { d.EvaluationPeriods = 1441 })},
		`missing data cannot be treated as "well"`: {with(func(d *Definition) { d.TreatMissingData = "well" })},
		`few samples cannot be treated as "well"`:  {with(func(d *Definition) { d.LowSamplePercentiles = "well" })},
		"a name of at most 255 characters":         {with(func(d *Definition) { d.Name = strings.Repeat("x", 256) })},
	} {
		if _, err := Open(Options{Definitions: definitions, Clock: metric.NewClock(1)}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestComposite: a change of a metric alarm goes through a chain of composite
// alarms in the round in which it happens, whatever their names.
func TestComposite(t *testing.T) {
	t.Parallel()
	d := data{"Errors Sum": series("0", noon)}
	f := open(t, file(t), d,
		composite("a-pipeline", `ALARM("z-stage") OR ALARM(calm)`), composite("z-stage", "ALARM(errors)"),
		errorsAbove("errors", 1, 1, ""), errorsAbove("calm", 2, 2, notBreaching))
	f.evaluate(t, noon)
	if s := f.state(t, "a-pipeline"); s.Value != OK || !strings.HasSuffix(s.Reason, ":alarm:a-pipeline was created and its alarm rule evaluates to OK") {
		t.Errorf("at first: %+v", s)
	}
	d["Errors Sum"] = series("X", noon)
	f.sent = nil
	f.evaluate(t, noon)
	const arn = "arn:aws:cloudwatch:eu-west-1:000000000000:alarm:"
	want := State{
		Value: InAlarm, Reason: arn + "z-stage transitioned to ALARM at Monday 23 November, 2026 12:00:30 UTC",
		ReasonData: `{"triggeringAlarms":[{"arn":"` + arn + `z-stage","state":{"value":"ALARM","timestamp":"2026-11-23T12:00:30.000+0000"}}]}`,
		Updated:    noon, Changed: noon,
	}
	if got := f.state(t, "a-pipeline"); got != want {
		t.Errorf("%+v\nnot %+v", got, want)
	}
	const message = `{"AlarmName":"a-pipeline","AlarmDescription":null,"AWSAccountId":"000000000000",`
	const rest = `"AlarmRule":"ALARM(\"z-stage\") OR ALARM(calm)","TriggeringChildren":[{"Arn":"` + arn + `z-stage","State":{"Value":"ALARM","Timestamp":"2026-11-23T12:00:30.000+0000"}}]}`
	if len(f.sent) != 3 || !strings.HasPrefix(f.sent[2].message, message) || !strings.HasSuffix(f.sent[2].message, rest) || strings.Contains(f.sent[2].message, "Trigger\"") {
		t.Errorf("sent: %+v", f.sent)
	}
	if got := f.Parents("errors"); len(got) != 1 || got[0] != "z-stage" {
		t.Errorf("parents: %v", got)
	}
	if got := f.Children("a-pipeline"); len(got) != 2 || got[0] != "z-stage" || got[1] != "calm" {
		t.Errorf("children: %v", got)
	}
}

// TestSet: what is set by hand is undone by the next evaluation, or with a
// composite alarm by the next change of a child; both have their actions.
func TestSet(t *testing.T) {
	t.Parallel()
	d := data{"Errors Sum": series("0", noon)}
	f := open(t, "", d, errorsAbove("errors", 1, 1, ""), composite("stage", "ALARM(errors)"))
	f.evaluate(t, noon)
	f.sent = nil
	f.set(t, "errors", InAlarm)
	if f.state(t, "errors").Reason != "by hand" || f.state(t, "stage").Value != InAlarm || len(f.sent) != 2 {
		t.Errorf("%+v %+v %+v", f.state(t, "errors"), f.state(t, "stage"), f.sent)
	}
	was := f.state(t, "errors")
	f.set(t, "errors", InAlarm)
	if now := f.state(t, "errors"); len(f.sent) != 2 || now.Changed != was.Changed || !now.Updated.After(was.Updated) {
		t.Errorf("what did not change was told as a change: %+v, before %+v", now, was)
	}
	f.evaluate(t, noon)
	if f.state(t, "errors").Value != OK || f.state(t, "stage").Value != OK || len(f.sent) != 3 {
		t.Errorf("%+v %+v %+v", f.state(t, "errors"), f.state(t, "stage"), f.sent)
	}
	f.set(t, "stage", InAlarm)
	f.evaluate(t, noon)
	if f.state(t, "stage").Value != InAlarm {
		t.Error("the composite alarm went back without a change of its child")
	}
	d["Errors Sum"] = series("X", noon)
	f.evaluate(t, noon)
	d["Errors Sum"] = series("0", noon)
	f.evaluate(t, noon)
	if f.state(t, "stage").Value != OK {
		t.Error("the composite alarm did not go back with its child")
	}
	for want, err := range map[string]error{
		"ResourceNotFound":          f.Set(t.Context(), "gone", OK, "", ""),
		"ValidationError: \"FINE":   f.Set(t.Context(), "stage", "FINE", "", ""),
		"ValidationError: A reason": f.Set(t.Context(), "stage", OK, strings.Repeat("x", maxReason+1), ""),
		"InvalidFormat":             f.Set(t.Context(), "stage", OK, "", "{"),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if err := f.Set(t.Context(), "stage", InAlarm, "drill", `{"by": "me"}`); err != nil {
		t.Fatal(err)
	}
	var kept struct {
		NewState struct{ StateReasonData struct{ By string } }
	}
	if err := json.Unmarshal([]byte(f.History("stage")[1].Data), &kept); err != nil || kept.NewState.StateReasonData.By != "me" {
		t.Errorf("%v %+v", err, f.History("stage")[1])
	}
}

// FuzzRule: a rule is understood or refused, and what is understood can be asked.
func FuzzRule(f *testing.F) {
	f.Add(`ALARM("a") AND (NOT OK(b) OR INSUFFICIENT_DATA("c \" d"))`)
	f.Fuzz(func(t *testing.T, source string) {
		r, err := parseRule(source, func(reference string) (string, error) { return reference, nil })
		if err != nil {
			return
		}
		r.holds(func(string) Value { return OK })
	})
}
