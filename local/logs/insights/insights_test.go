package insights_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pixline/pixline/local/logs/insights"
)

var epoch = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// events is a Source in memory: groups of lines, one each second from epoch.
type events map[string][]string

func (s events) Scan(_ context.Context, group string, start, end time.Time, visit func(insights.Event) error) error {
	lines, ok := s[group]
	if !ok {
		return fmt.Errorf("no group %s", group)
	}
	for i, line := range lines {
		at := epoch.Add(time.Duration(i) * time.Second)
		if at.Before(start) || at.After(end) {
			continue
		}
		if err := visit(insights.Event{Group: group, Stream: "s", Time: at, Ingested: at, Message: line, ID: fmt.Sprintf("%s-%04d", group, i)}); err != nil {
			return err
		}
	}
	return nil
}

var lines = events{
	"f": {
		`{"level":"INFO","Stage":"resize","durationMs":120.5,"key":"a.jpg","executionId":"007","nested":{"list":[{"x":1},{"x":"two"}]},"coldStart":true}`,
		`{"level":"ERROR","Stage":"resize","durationMs":80,"errorType":"Transient","error":"S3 said \"no\"","executionId":"7"}`,
		`START RequestId: 8f5e Version: $LATEST`,
		`2026-11-23T10:00:03.000Z 8f5e Task timed out after 3.00 seconds`,
		"REPORT RequestId: 8f5e\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 256 MB\tMax Memory Used: 90 MB\tStatus: timeout",
		`user=ann, method:GET, latency := 25.3 [tail {"not json"}] {"a b":"spaced","@own":1}`,
		`user=bob, method:PUT, latency := 9 ms`,
		`{"level":"ERROR","Stage":"notify","durationMs":"30","errorType":"Permanent","error":"é"}`,
	},
	"w": {`{"type":"TaskFailed","details":{"error":"Timeout"},"execution_arn":"arn:x:7"}`},
}

func run(t testing.TB, query string, groups ...string) (insights.Table, error) {
	t.Helper()
	q, err := insights.Parse(query)
	if err != nil {
		return insights.Table{}, err
	}
	return q.Run(t.Context(), lines, insights.Scope{Account: "000000000000", Groups: groups, Start: epoch, End: epoch.Add(time.Hour)})
}

func TestQueries(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		// Commands.
		`fields @timestamp, level | filter ispresent(level) | sort @timestamp asc`: `@timestamp,level|2026-11-23 10:00:00.000,INFO|2026-11-23 10:00:01.000,ERROR|2026-11-23 10:00:07.000,ERROR`,
		`limit 1`: `@timestamp,@message|2026-11-23 10:00:07.000,` + lines["f"][7],
		`filter level = "ERROR" or @message like "Task timed out" or @message like "Runtime.ExitError" | stats count(*) as errors, latest(error) as example by Stage, errorType | sort errors desc, Stage`: `Stage,errorType,errors,example|,,1,|notify,Permanent,1,é|resize,Transient,1,S3 said "no"`,
		`fields durationMs | filter durationMs > 0 | sort durationMs desc | limit 2`:                                                                          `durationMs|120.5|80`,
		`parse @message "user=*, method:*, latency := *" as @user, @method, latency | filter ispresent(@user) | display @method, @user, latency | sort @user`: `@method,@user,latency|GET,ann,25.3 [tail {"not json"}] {"a b":"spaced","@own":1}|PUT,bob,9 ms`,
		`parse /user=(?<who>\w+), method:(\w+), latency := (?<ms>[\d.]+)/ | stats avg(ms), max(ms) - min(ms) as spread`:                                       `avg(ms),spread|17.15,16.3`,
		`fields who | parse @message 'user=*,' as who | parse who "*n" as rest | filter who != ""`:                                                            `who,rest|bob,|ann,a`,
		"fields `a b`, @@own | filter `a b` like /^sp.*D$/ or `a b` =~ \"(?i)SPACED\"":                                                                        `a b,@@own|spaced,1`,
		`fields errorType | filter ispresent(errorType) | dedup level`:                                                                                        `errorType|Permanent`,
		`fields level | dedup level | limit 4`:                                                                                                                `level|ERROR||||`[:len(`level|ERROR|||`)],
		`stats count(*) as n by bin(5s) as t | sort t`:                                                                                                        `t,n|2026-11-23 10:00:00.000,5|2026-11-23 10:00:05.000,3`,
		`stats count() by bin(1h) | stats max(` + "`count()`" + `)`:                                                                                           "max(`count()`)|8",
		"# a comment | with a pipe\nfields level # another\n| filter level not in ['INFO', \"DEBUG\"] and ispresent(level)":                                   `level|ERROR|ERROR`,
		`SOURCE 'w' | fields details.error, @log | filter type like "Failed" or type like "TimedOut"`:                                                         `details.error,@log|Timeout,000000000000:w`,
		`filter @type = "REPORT" | fields @duration, @billedDuration, @maxMemoryUsed / 1000 / 1000 as mb, @requestId`:                                         `@duration,@billedDuration,mb,@requestId|3000,3000,90,8f5e`,
		`filter nothing = 1 | stats count(*)`:                                                                                                                 `count(*)`,
		// Values: two texts are equal by their characters, numbers by their size.
		`fields executionId | filter executionId = "7"`:                                                                                             `executionId|7`,
		`fields executionId | filter executionId = 7 | sort executionId asc`:                                                                        `executionId|7|007`,
		`fields durationMs | filter durationMs < "40"`:                                                                                              `durationMs|30`,
		`filter coldStart = 1 | fields coldStart, nested.list.0.x, nested.list.1.x`:                                                                 `coldStart,nested.list.0.x,nested.list.1.x|1,1,two`,
		`fields level | filter not level = "ERROR" and not @message like "e"`:                                                                       `level`,
		`stats sum(level = "ERROR") / count(*) * 100 as share, count(level), count_distinct(level)`:                                                 `share,count(level),count_distinct(level)|25,3,2`,
		`stats pct(durationMs, 50), median(durationMs), pct(durationMs, 99), stddev(durationMs), earliest(level), latest(level), sortsFirst(level)`: `pct(durationMs, 50),median(durationMs),pct(durationMs, 99),stddev(durationMs),earliest(level),latest(level),sortsFirst(level)|80,80,120.5,45.333,INFO,ERROR,ERROR`,
	} {
		groups := []string{"f"}
		if strings.HasPrefix(query, "SOURCE") {
			groups = nil
		}
		got, err := run(t, query, groups...)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		text := strings.Join(got.Columns, ",")
		for _, row := range got.Rows {
			text += "|" + strings.Join(row, ",")
		}
		if text != want {
			t.Errorf("%s\n got %s\nwant %s", query, text, want)
		}
	}
}

func TestFunctions(t *testing.T) {
	t.Parallel()
	for call, want := range map[string]string{
		`abs(-2.5)`: "2.5", `ceil(1.2)`: "2", `floor(-1.2)`: "-2", `greatest(1, 3, 2)`: "3", `least(1, 3, -2)`: "-2",
		`log(1)`: "0", `sqrt(16)`: "4", `sqrt(-1)`: "", `1 / 3`: "0.3333", `1 / 0`: "", `7 % 4 + 2 ^ 3 ^ 0 * -2`: "-1", `-2 ^ 2`: "-4", `1 + "x"`: "", `1e3 + .5`: "1000.5",
		`strlen("é😀")`: "2", `toupper("aé")`: "AÉ", `tolower("AÉ")`: "aé", `trim(" a ")`: "a", `trim("xxaxx", "x")`: "a", `ltrim("xa", "x")`: "a", `rtrim("ax", "x")`: "a",
		`substr("héllo", 1, 3)`: "éll", `substr("abc", 2)`: "c", `substr("abc", 9)`: "", `substr("abc", 0, 1e300)`: "abc", `replace("a-b-c", "-", "")`: "abc", `concat("a", 1, missing, 2.50)`: "a12.50",
		`strcontains("abc", "bc")`: "1", `isempty(missing)`: "1", `isblank("  ")`: "1", `isempty(" ")`: "0", `coalesce(missing, "", "x")`: "", `coalesce(missing, other, "x")`: "x",
		`ISPRESENT(@message)`: "1", `ispresent(missing)`: "0", `toupper(missing)`: "",
		`fromMillis(0)`: "1970-01-01 00:00:00.000", `toMillis(fromMillis(1500))`: "1500", `datefloor(fromMillis(-1), 1d)`: "1969-12-31 00:00:00.000",
		`datefloor(@timestamp, 1mo)`: "2026-11-01 00:00:00.000", `datefloor(@timestamp, 1q)`: "2026-10-01 00:00:00.000", `dateceil(@timestamp, 1y)`: "2027-01-01 00:00:00.000",
		`dateceil(@timestamp, 1h)`: "2026-11-23 10:00:00.000", `dateceil(@timestamp + 1, 2h)`: "2026-11-23 12:00:00.000", `bin(15m)`: "2026-11-23 10:00:00.000",
		`1 = 1.0`: "1", `"b" > "a" and not (1 > 2)`: "1", `missing = missing`: "0", `missing != 1`: "0", `"1e400" > 1`: "1",
	} {
		got, err := run(t, `filter executionId = "007" | fields `+call+` as v`, "f")
		if err != nil || len(got.Rows) != 1 || got.Rows[0][0] != want {
			t.Errorf("%s: %q %v, want %q", call, got.Rows, err, want)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"":                                   `line 1, column 1: a command is expected, not the end of the query; the commands are SOURCE, dedup,`,
		"fields @message\n| é":               `line 2, column 3: é is not a command that is known here; the commands are`,
		"fields @message | pattern @message": `line 1, column 19: pattern is not a command`,
		"fields éé, nope(@message)":          `line 1, column 12: nope is not a function that is known here; the functions are abs, bin,`,
		"filter a = ":                        `line 1, column 12: a field, a value or a function is expected, not the end of the query`,
		"filter a like 5":                    `a string or a regular expression is expected, not "5"`,
		"filter a like /(/":                  `line 1, column 15: error parsing regexp: missing closing )`,
		"filter a like /x":                   `the regular expression has no closing /`,
		"filter a = 'x":                      `line 1, column 12: the string has no closing '`,
		"filter a not = 1":                   `like or in is expected after not`,
		"filter a == 1":                      `a field, a value or a function is expected, not "="`,
		"filter a ! 1":                       `"!" is nothing that a query has`,
		"filter count(*) > 1":                `count is a function of stats`,
		"stats sum(count(*))":                `count is a function of stats, and not within another one`,
		"stats level":                        `stats has functions such as count(*)`,
		"stats pct(a, 101)":                  `a percentage from 0 to 100`,
		"stats count(*) by bin(5x)":          `5x is no period such as 30s or 5m; its units are d, h,`,
		"fields abs(1, 2)":                   `abs does not take 2 arguments`,
		"parse @message 'a * b *' as x":      `the pattern has 2 *, and there are 1 names`,
		"parse @message 'a *'":               `follow with as`,
		"parse @message /x(y)/":              `names no group`,
		"limit 0":                            `a number from 1 to 10000 is expected`,
		"limit 1 | SOURCE 'x'":               `SOURCE comes before`,
		"SOURCE logGroups()":                 `names of log groups in quotation marks`,
		"fields a fields b":                  `"|" is expected, not "fields"`,
		"filter " + strings.Repeat("(", 101): `nested more than 100 deep`,
		strings.Repeat("x", 10_001):          `more than 10000 characters`,
		"filter \xff":                        `not UTF-8`,
	} {
		_, err := insights.Parse(query)
		if wrong, ok := errors.AsType[*insights.SyntaxError](err); !ok || !strings.Contains(err.Error(), want) || wrong.Offset > len(query) {
			t.Errorf("%.60s: %v, want %s", query, err, want)
		}
	}
	if _, err := run(t, "limit 1", "absent"); err == nil || !strings.Contains(err.Error(), "no group absent") {
		t.Error(err)
	}
}

func TestLimitsAndStatistics(t *testing.T) {
	t.Parallel()
	many := events{"g": nil}
	for i := range 12_000 {
		many["g"] = append(many["g"], strconv.Itoa(i%2))
	}
	q, err := insights.Parse("filter @message = 1")
	if err != nil {
		t.Fatal(err)
	}
	scope := insights.Scope{Groups: []string{"g", "g"}, Start: epoch.Add(time.Second), End: epoch.Add(24 * time.Hour), Limit: 7}
	got, err := q.Run(t.Context(), many, scope)
	want := insights.Statistics{Groups: 1, Scanned: 11_999, Matched: 6000, Bytes: 11_999}
	if err != nil || len(got.Rows) != 7 || len(got.Pointers) != 7 || got.Pointers[0] != "g-11999" || got.Statistics != want {
		t.Errorf("%d rows, %+v, %v", len(got.Rows), got.Statistics, err)
	}
	all, err := insights.Parse("fields @message")
	if err != nil {
		t.Fatal(err)
	}
	scope.Limit = 0
	if got, err := all.Run(t.Context(), many, scope); err != nil || len(got.Rows) != insights.MaxRows {
		t.Errorf("%d rows, %v", len(got.Rows), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := all.Run(ctx, many, scope); !errors.Is(err, context.Canceled) {
		t.Errorf("a query whose context has ended: %v", err)
	}
}

// TestSortAgreesWithStats: what sort puts first is what min finds, whatever the
// values are.
func TestSortAgreesWithStats(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var list []string
		for _, v := range rapid.SliceOfN(rapid.OneOf(rapid.StringMatching(`[a-z0-9.-]{0,4}`), rapid.Map(rapid.Int(), strconv.Itoa)), 1, 20).Draw(rt, "values") {
			list = append(list, fmt.Sprintf(`{"v":%q}`, v))
		}
		first := func(query string) string {
			q, err := insights.Parse(query)
			if err != nil {
				rt.Fatal(err)
			}
			got, err := q.Run(t.Context(), events{"g": list}, insights.Scope{Groups: []string{"g"}, Start: epoch, End: epoch.Add(time.Hour)})
			if err != nil {
				rt.Fatal(err)
			}
			return got.Rows[0][0]
		}
		for query, sorted := range map[string]string{"stats min(v)": "fields v | sort v", "stats max(v)": "fields v | sort v desc"} {
			if a, b := first(query), first(sorted); a != b {
				rt.Errorf("%s is %q, %s begins with %q in %q", query, a, sorted, b, list)
			}
		}
	})
}

// FuzzParse: no query and no message makes the interpreter panic.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`fields @timestamp, abs(x) as y | filter a like /b/ and not c in [1, "2"] | sort y desc | limit 5 | dedup a`,
		"SOURCE 'a' | parse @message 'x=*' as x | stats count(*), pct(x, 99) by bin(5m), `a b` # end",
		`stats sum(a = "x") / count(*) ^ 2 as r | display r`,
	} {
		f.Add(seed, `{"a":{"b":[1,true,null]},"x":1e999}`)
	}
	f.Fuzz(func(t *testing.T, query, message string) {
		q, err := insights.Parse(query)
		if err != nil {
			if _, ok := errors.AsType[*insights.SyntaxError](err); !ok {
				t.Fatal(err)
			}
			return
		}
		got, err := q.Run(t.Context(), events{"g": {message, "a", message}}, insights.Scope{Groups: []string{"g"}, Start: epoch, End: epoch.Add(time.Hour)})
		if err != nil {
			return // a group that SOURCE names
		}
		for _, row := range got.Rows {
			if len(row) != len(got.Columns) {
				t.Fatalf("%d values in %d columns", len(row), len(got.Columns))
			}
		}
	})
}

// TestAnyTokens: neither do random tokens, which reach deeper than random text.
func TestAnyTokens(t *testing.T) {
	t.Parallel()
	tokens := strings.Fields(`fields filter parse stats sort limit display dedup SOURCE | | , ( ) [ ] = != < > <= >= =~ + - * / % ^ and or not in like as by asc desc
		@message @timestamp a.b 5 5m 1.5 "x" 'y*' /z(?<n>.)/ count(*) avg(a) pct(a,9) bin(5m) strlen( substr( coalesce( datefloor( ispresent(`)
	random := rand.New(rand.NewPCG(1, 2))
	parsed := 0
	for range 200_000 {
		query := "fields @message |"
		for range 1 + random.IntN(12) {
			query += " " + tokens[random.IntN(len(tokens))]
		}
		if q, err := insights.Parse(query); err == nil {
			parsed++
			if _, err := q.Run(t.Context(), lines, insights.Scope{Groups: []string{"f"}, Start: epoch, End: epoch.Add(time.Hour)}); err != nil && !strings.Contains(err.Error(), "no group") {
				t.Fatalf("%s: %v", query, err)
			}
		}
	}
	if parsed < 300 {
		t.Errorf("only %d queries were right", parsed)
	}
}

func TestQueryCanRunAgain(t *testing.T) {
	t.Parallel()
	q, err := insights.Parse(`parse @message '"level":"*"' as l | stats count(*) as n by l | sort n desc`)
	if err != nil {
		t.Fatal(err)
	}
	scope := insights.Scope{Groups: []string{"f"}, Start: epoch, End: epoch.Add(time.Hour)}
	first, err := q.Run(t.Context(), lines, scope)
	if err != nil {
		t.Fatal(err)
	}
	again, err := q.Run(t.Context(), lines, scope)
	if err != nil || !cmp.Equal(first, again) {
		t.Error(cmp.Diff(first, again), err)
	}
}

// BenchmarkQuery runs a saved query over the 30,000 lines of a log group.
func BenchmarkQuery(b *testing.B) {
	many := events{"g": nil}
	for i := range 30_000 {
		many["g"] = append(many["g"], fmt.Sprintf(`{"level":"INFO","Stage":"resize","durationMs":%d,"key":"photos/%d.jpg","executionId":"%d","bytes":123456,"width":4000,"height":3000,"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"Pixline","Dimensions":[["Stage"]],"Metrics":[{"Name":"Succeeded"}]}]}}`, i%1000, i, i))
	}
	q, err := insights.Parse(`filter ispresent(key) | stats count(*), avg(durationMs), pct(durationMs, 99) by Stage, bin(5m)`)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := q.Run(b.Context(), many, insights.Scope{Groups: []string{"g"}, Start: epoch, End: epoch.Add(24 * time.Hour)}); err != nil {
			b.Fatal(err)
		}
	}
}
