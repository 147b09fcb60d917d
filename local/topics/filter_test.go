package topics

import (
	"fmt"
	"testing"
	"time"

	"github.com/pixline/pixline/local/topics/attribute"
)

// TestFilter takes its cases from the SNS Developer Guide, "Filter policy constraints" and the pages it links.
func TestFilter(t *testing.T) {
	t.Parallel()
	typed := func(kind, text string) map[string]attribute.Value {
		return map[string]attribute.Value{"k": {DataType: kind, StringValue: &text}}
	}
	tests := []struct {
		policy, scope, body string
		attributes          map[string]attribute.Value
		want                bool
	}{
		{policy: `{"k":["a","b"]}`, attributes: typed("String", "b"), want: true},
		{policy: `{"k":["a","b"]}`, attributes: typed("String", "A")},
		{policy: `{"k":["a"]}`},
		{policy: `{"k":["a"]}`, attributes: typed("String.Array", `["x","a",null]`), want: true},
		{policy: `{"k":[{"prefix":"re"}]}`, attributes: typed("String", "rejected"), want: true},
		{policy: `{"k":[{"suffix":".jpg"}]}`, attributes: typed("String", "a.png")},
		{policy: `{"k":[{"anything-but":["a","b"]}]}`, attributes: typed("String", "a")},
		{policy: `{"k":[{"anything-but":["a","b"]}]}`, attributes: typed("String.Array", `["a","c"]`), want: true},
		{policy: `{"k":[{"anything-but":["a"]}]}`},
		{policy: `{"k":[{"anything-but":{"prefix":"order-"}}]}`, attributes: typed("String", "order-1")},
		{policy: `{"k":[{"exists":true}]}`, attributes: map[string]attribute.Value{"k": {DataType: "Binary", BinaryValue: []byte{1}}}, want: true},
		{policy: `{"k":[{"exists":false}]}`, want: true},
		{policy: `{"k":[{"numeric":[">",0,"<=",100]}]}`, attributes: typed("Number", "100.0"), want: true},
		{policy: `{"k":[{"numeric":[">",0,"<=",100]}]}`, attributes: typed("Number", "0")},
		{policy: `{"k":[{"numeric":["=",1]}]}`, attributes: typed("String", "1")},
		{policy: `{"k":["a"],"l":[{"exists":true}]}`, attributes: typed("String", "a")},
		{policy: `{"k":{"l":[1]}}`, scope: "MessageBody", body: `{"k":[{"l":2},{"l":1}]}`, want: true},
		{policy: `{"k":[true]}`, scope: "MessageBody", body: `{"k":"true"}`},
		{policy: `{"k":["a"]}`, scope: "MessageBody", body: `not JSON`},
		{policy: `{"k":[null]}`, scope: "MessageBody", body: `{"k":null}`, want: true},
	}
	for _, test := range tests {
		f, err := parseFilter(test.policy, test.scope)
		if err != nil {
			t.Errorf("%s: %v", test.policy, err)
			continue
		}
		if got := f.accepts(test.body, test.attributes); got != test.want {
			t.Errorf("%s with %v %s: got %v", test.policy, test.attributes, test.body, got)
		}
	}
	for _, policy := range []string{`[]`, `{"k":"a"}`, `{"k":[]}`, `{"k":{"l":["a"]}}`, `{"$or":[{"a":["b"]}]}`, `{"k":[{"numeric":["~",1]}]}`, `{"k":[{"cidr":"10.0.0.0/8"}]}`, `{"k":[{"prefix":"a","suffix":"b"}]}`} {
		if _, err := parseFilter(policy, ""); err == nil {
			t.Errorf("%s: accepted", policy)
		}
	}
}

// TestRetryPhases: no delay, least delay, growing, greatest delay.
func TestRetryPhases(t *testing.T) {
	t.Parallel()
	for function, want := range map[string]string{
		"linear":      "[0s 2s 2s 9s 16s 16s]",
		"exponential": "[0s 2s 2s 5.656s 16s 16s]",
	} {
		p, err := parseDeliveryPolicy(`{"healthyRetryPolicy":{"numRetries":6,"numNoDelayRetries":1,"numMinDelayRetries":1,"numMaxDelayRetries":1,"minDelayTarget":2,"maxDelayTarget":16,"backoffFunction":"` + function + `"},"sicklyRetryPolicy":null}`)
		if err != nil {
			t.Fatal(err)
		}
		var delays []time.Duration
		for i := range p.NumRetries {
			delays = append(delays, p.delay(i).Truncate(time.Millisecond))
		}
		if got := fmt.Sprint(delays); got != want {
			t.Errorf("%s: got %s, want %s", function, got, want)
		}
	}
	for _, policy := range []string{`x`, `{"healthyRetryPolicy":{"numRetries":101}}`, `{"healthyRetryPolicy":{"minDelayTarget":30}}`, `{"healthyRetryPolicy":{"numRetries":100,"maxDelayTarget":3600}}`, `{"healthyRetryPolicy":{"backoffFunction":"random"}}`} {
		if _, err := parseDeliveryPolicy(policy); err == nil {
			t.Errorf("%s: accepted", policy)
		}
	}
}
