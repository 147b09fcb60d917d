package policy

import (
	"cmp"
	"fmt"
	"math/big"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

func stringTest(kind syntax, ignoreCase bool) func(string, syntax) (test, error) {
	return func(text string, how syntax) (test, error) {
		how.wildcards = kind.wildcards
		p, err := compile(text, how)
		if err != nil {
			return nil, err
		}
		comparison := match
		if ignoreCase {
			comparison = func(tokens []token, value string) bool { return match(lower(tokens), strings.ToLower(value)) }
		}
		return func(value string, context map[string][]string) verdict { return p.compare(context, value, comparison) }, nil
	}
}

// arnTest serves ArnEquals and ArnLike alike: AWS documents that they behave
// identically.
func arnTest(text string, how syntax) (test, error) {
	how.wildcards = true
	p, err := compile(text, how)
	if err != nil {
		return nil, err
	}
	return func(value string, context map[string][]string) verdict { return p.compare(context, value, matchARN) }, nil
}

func boolTest(text string, _ syntax) (test, error) {
	if !strings.EqualFold(text, "true") && !strings.EqualFold(text, "false") {
		return nil, fmt.Errorf("Bool compares with \"true\" or \"false\", not with %q", text)
	}
	return func(value string, _ map[string][]string) verdict { return verdictOf(strings.EqualFold(text, value)) }, nil
}

func numericTest(holds func(order int) bool) func(string, syntax) (test, error) {
	return func(text string, _ syntax) (test, error) {
		want, ok := parseNumber(text)
		if !ok {
			return nil, fmt.Errorf("%q is not a number", text)
		}
		return func(value string, _ map[string][]string) verdict {
			got, ok := parseNumber(value)
			return verdictOf(ok && holds(got.Cmp(want)))
		}, nil
	}
}

// parseNumber reads an integer or decimal exactly; fractions and exponents,
// which big.Rat would also take, are not IAM numbers.
func parseNumber(text string) (*big.Rat, bool) {
	if strings.ContainsAny(text, "/eEpPxXoObB_") {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

func dateTest(holds func(order int) bool) func(string, syntax) (test, error) {
	return func(text string, _ syntax) (test, error) {
		want, ok := parseDate(text)
		if !ok {
			return nil, fmt.Errorf("%q is neither an ISO 8601 date nor seconds since 1970", text)
		}
		return func(value string, _ map[string][]string) verdict {
			got, ok := parseDate(value)
			return verdictOf(ok && holds(got.Compare(want)))
		}, nil
	}
}

// parseDate reads the W3C profile of ISO 8601, or seconds of Unix time.
func parseDate(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02", "2006-01", "2006"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	return time.Unix(seconds, 0), err == nil
}

func addressTest(text string, _ syntax) (test, error) {
	want, err := netip.ParsePrefix(text)
	if err != nil {
		address, addressErr := netip.ParseAddr(text)
		if addressErr != nil {
			return nil, fmt.Errorf("%q is neither an address nor a CIDR range: %w", text, cmp.Or(err, addressErr))
		}
		want = netip.PrefixFrom(address, address.BitLen())
	}
	return func(value string, _ map[string][]string) verdict {
		got, err := netip.ParseAddr(value)
		return verdictOf(err == nil && want.Contains(got))
	}, nil
}
