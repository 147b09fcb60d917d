package meter

import (
	"strings"
	"time"

	"github.com/pixline/pixline/local/gateway"
)

// API gives the hook that measures a stage of a REST API: by ApiName, by ApiName
// and Stage, and, where the stage's detailed metrics are on, by Method and Resource
// too; a request that no route matches has none. IntegrationLatency is there when
// the backend was called.
//
// Source: API Gateway Developer Guide, "Amazon API Gateway dimensions and metrics".
func (m *Meter) API(name, id, stage string, detailed bool) func(gateway.Observation) {
	name = apiName(name, id)
	sets := []dimensions{
		{{Name: "ApiName", Value: name}},
		{{Name: "ApiName", Value: name}, {Name: "Stage", Value: stage}},
	}
	return func(o gateway.Observation) {
		sets := sets
		if detailed && o.ResourcePath != "" {
			sets = append(sets[:len(sets):len(sets)], dimensions{
				{Name: "ApiName", Value: name}, {Name: "Method", Value: o.Method}, {Name: "Resource", Value: o.ResourcePath}, {Name: "Stage", Value: stage},
			})
		}
		values := []value{
			{"Count", unitCount, 1},
			took("Latency", o.Latency),
			occurred("4XXError", o.Status/100 == 4), occurred("5XXError", o.Status/100 == 5),
		}
		if o.IntegrationLatency > 0 {
			values = append(values, took("IntegrationLatency", o.IntegrationLatency))
		}
		m.putBegun(time.Now(), o.Latency, "AWS/ApiGateway", sets, values...)
	}
}

// apiName is the name without what is not ASCII, as API Gateway gives it to
// CloudWatch; the API's id when nothing is left.
func apiName(name, id string) string {
	ascii := strings.Map(func(r rune) rune {
		if r > 127 {
			return -1
		}
		return r
	}, name)
	if ascii == "" {
		return id
	}
	return ascii
}
