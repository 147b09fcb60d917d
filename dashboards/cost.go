package dashboards

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pixline/pixline/pkg/contract"
)

// Prices in USD of eu-west-1, as AWS published them in June 2026, without free tiers and volume
// discounts. Sources: aws.amazon.com/lambda/pricing, /step-functions/pricing,
// /api-gateway/pricing, /s3/pricing, /sns/pricing.
const (
	priceGBSecond   = 0.0000133334 // Lambda, arm64
	priceInvocation = 0.20 / 1e6   // Lambda
	priceTransition = 25.00 / 1e6  // Step Functions, standard workflows
	priceRequest    = 3.50 / 1e6   // API Gateway, REST
	priceRead       = 0.40 / 1e6   // S3 standard: GET, HEAD
	priceWrite      = 5.00 / 1e6   // S3 standard: PUT, LIST
	pricePublish    = 0.50 / 1e6   // SNS
)

// sum is an expression that adds metrics, each times a price.
type sum struct {
	terms    []string
	operands map[string]Metric
}

func (t *sum) add(id string, m Metric, price float64) {
	if t.operands == nil {
		t.operands = map[string]Metric{}
	}
	// Without FILL, the minutes in which one of the metrics has no value cost nothing.
	t.terms = append(t.terms, fmt.Sprintf("FILL(%s,0)*%s", id, strings.TrimRight(strconv.FormatFloat(price, 'f', 18, 64), "0")))
	t.operands[id] = m
}

func (t *sum) metric(label, color string) Metric {
	return Metric{Expression: strings.Join(t.terms, "+"), Operands: t.operands, Unit: Dollars, Label: label, Color: color}
}

// costs are what each service costs in a period, in USD.
func (s Stack) costs(period time.Duration) []Metric {
	var compute, transitions, requests, storage, topic sum
	for _, stage := range s.stages() {
		f := s.function(stage)
		gigabytes := float64(f.MemoryMB) / 1024
		compute.add(stage+"_ms", f.duration("Sum", "").every(period), gigabytes/1000*priceGBSecond)
		compute.add(stage, f.invocations().every(period), priceInvocation)
		// Each attempt at a task is a transition, and so are the choices and the ends: after an
		// attempt at resize its choice; the first choice and the end of each execution.
		entered := 1.0
		if stage == contract.StageResize {
			entered = 2
		}
		transitions.add(stage, f.invocations().every(period), entered*priceTransition)
	}
	transitions.add("started", s.started().every(period), 2*priceTransition)
	requests.add("requests", s.requests().every(period), priceRequest)
	for i, b := range s.Buckets {
		for _, kind := range []struct {
			id, metric string
			price      float64
		}{
			{"get", "GetRequests", priceRead}, {"head", "HeadRequests", priceRead}, {"put", "PutRequests", priceWrite}, {"list", "ListRequests", priceWrite},
		} {
			storage.add(kind.id+strconv.Itoa(i+1), b.requests(kind.metric, "Sum", Count, "", "").every(period), kind.price)
		}
	}
	topic.add("published", s.delivery("NumberOfMessagesPublished", "", "").every(period), pricePublish)
	list := []Metric{
		compute.metric("Lambda", colorEncode), transitions.metric("Step Functions", colorRejected), requests.metric("API Gateway", colorCalls),
		topic.metric("SNS", colorTimedOut),
	}
	if len(s.Buckets) > 0 {
		list = append(list, storage.metric("S3", colorMemory))
	}
	return list
}

// cost is what all of it costs in a period.
func (s Stack) cost(label, scale string, more map[string]Metric) Metric {
	operands := more
	var names []string
	for _, m := range s.costs(minute) {
		name := "cost_" + strings.ToLower(strings.ReplaceAll(m.Label, " ", "_"))
		operands[name] = m
		names = append(names, name)
	}
	return Metric{
		Expression: fmt.Sprintf(scale, "("+strings.Join(names, "+")+")"),
		Operands:   operands, Unit: Dollars, Label: label, Color: colorCost,
	}
}

// costPerDay is what a day costs at the rate of the time range shown, whose length
// is the period.
func (s Stack) costPerDay() Metric {
	return s.cost("a day", "%s*86400/PERIOD(started)", map[string]Metric{"started": s.started()})
}

// costPerMillion is what a million images cost, of those that have their renditions.
func (s Stack) costPerMillion() Metric {
	return s.cost("a million images", "IF(FILL(images,0)>0,1000000*%s/images,0)", map[string]Metric{"images": s.function(contract.StageResize).passed()})
}
