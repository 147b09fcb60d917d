package local

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pixline/pixline/local/gateway"
	"github.com/pixline/pixline/local/graph"
)

// throttle is what the graph says of a limit; a rate below 0 is none.
type throttle struct {
	Rate  float64
	Burst int
}

func (t throttle) limit() gateway.Throttle {
	if t.Rate < 0 {
		return gateway.Throttle{}
	}
	return gateway.Throttle{Rate: t.Rate, Burst: t.Burst}
}

// allMethods is the path of the settings that all methods have.
const allMethods = "*/*"

// setThrottles gives the API's stage and methods the limits that the graph sets them.
func setThrottles(g *graph.Graph, api *gateway.API) error {
	for _, r := range g.Of(apiPackage + "methodSettings:MethodSettings") {
		var m struct {
			MethodPath string `json:"methodPath"`
			Settings   struct {
				Rate  *float64 `json:"throttlingRateLimit"`
				Burst int      `json:"throttlingBurstLimit"`
			} `json:"settings"`
		}
		if err := r.Decode(&m); err != nil {
			return err
		}
		limit := throttle{Rate: -1}
		if m.Settings.Rate != nil {
			limit = throttle{Rate: *m.Settings.Rate, Burst: m.Settings.Burst}
		}
		if m.MethodPath == allMethods {
			api.Throttle = limit.limit()
			continue
		}
		method := slices.IndexFunc(api.Routes, func(r gateway.Route) bool {
			return strings.ReplaceAll(r.Path, "/", "~1")+"/"+r.Method == m.MethodPath
		})
		if method < 0 {
			return fmt.Errorf("%s %s: the API has no method %q; the local runner knows settings of all (%s) and of one (such as ~1executions~1{executionId}/GET)",
				r.Type, r.Name, m.MethodPath, allMethods)
		}
		own := limit.limit()
		api.Routes[method].Throttle = &own
	}
	return nil
}

// usagePlans are the plans of the API's stage with the keys in them.
func usagePlans(g *graph.Graph, apiID, stage string) ([]gateway.UsagePlan, error) {
	var found []gateway.UsagePlan
	for _, r := range g.Of(apiPackage + "usagePlan:UsagePlan") {
		var p struct {
			APIStages []struct {
				APIID     string `json:"apiId"`
				Stage     string `json:"stage"`
				Throttles []any  `json:"throttles"`
			} `json:"apiStages"`
			Throttle *struct {
				Rate  float64 `json:"rateLimit"`
				Burst int     `json:"burstLimit"`
			} `json:"throttleSettings"`
			Quota struct {
				Limit  int    `json:"limit"`
				Offset int    `json:"offset"`
				Period string `json:"period"`
			} `json:"quotaSettings"`
		}
		if err := r.Decode(&p); err != nil {
			return nil, err
		}
		plan := gateway.UsagePlan{QuotaPerDay: p.Quota.Limit}
		if p.Throttle != nil {
			plan.Throttle = throttle{Rate: p.Throttle.Rate, Burst: p.Throttle.Burst}.limit()
		}
		if p.Quota.Limit > 0 && p.Quota.Period != "DAY" || p.Quota.Offset != 0 {
			return nil, fmt.Errorf("%s %s: the local runner knows quotas of a day without an offset", r.Type, r.Name)
		}
		here := false
		for _, s := range p.APIStages {
			here = here || s.APIID == apiID && s.Stage == stage
			if len(s.Throttles) > 0 {
				return nil, fmt.Errorf("%s %s: the local runner does not know throttles of one method", r.Type, r.Name)
			}
		}
		if !here {
			continue
		}
		plan.Keys = keysOf(g, r.ID)
		found = append(found, plan)
	}
	return found, nil
}

// keysOf are the values of the keys in a usage plan that are not switched off.
func keysOf(g *graph.Graph, planID string) []string {
	var values []string
	for _, member := range g.Of(apiPackage + "usagePlanKey:UsagePlanKey") {
		if member.String("usagePlanId") != planID {
			continue
		}
		for _, key := range g.Of(apiPackage + "apiKey:ApiKey") {
			enabled, set := key.Inputs["enabled"].(bool)
			if key.ID == member.String("keyId") && (enabled || !set) {
				values = append(values, key.String("value"))
			}
		}
	}
	return values
}
