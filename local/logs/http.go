package logs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/logs/insights"
)

const targetPrefix = "Logs_20140328."

// request holds the parameters of all operations; each uses its own.
type request struct {
	LogGroupName        string   `json:"logGroupName"`
	LogGroupIdentifier  string   `json:"logGroupIdentifier"` // a name or an ARN
	LogGroupNamePrefix  string   `json:"logGroupNamePrefix"`
	LogGroupNamePattern string   `json:"logGroupNamePattern"`
	LogStreamName       string   `json:"logStreamName"`
	LogStreamNames      []string `json:"logStreamNames"`
	LogStreamNamePrefix string   `json:"logStreamNamePrefix"`
	OrderBy             string   `json:"orderBy"` // LogStreamName or LastEventTime
	Descending          bool     `json:"descending"`
	StartTime           *int64   `json:"startTime"` // Unix milliseconds
	EndTime             *int64   `json:"endTime"`   // Unix milliseconds
	FilterPattern       string   `json:"filterPattern"`
	StartFromHead       bool     `json:"startFromHead"`
	NextToken           string   `json:"nextToken"`
	Limit               int      `json:"limit"`
	queryRequest
}

// operation answers one request, for who may.
type operation func(ctx context.Context, authorize awsapi.Authorize, r *request) (any, error)

// Handler is CloudWatch Logs' API in the AWS JSON protocol: DescribeLogGroups,
// DescribeLogStreams, GetLogEvents, FilterLogEvents, and for queries of Logs
// Insights StartQuery, GetQueryResults, StopQuery, DescribeQueries and
// DescribeQueryDefinitions. authorize is asked for logs:<operation> on the
// group's or stream's ARN, in the form that AWS names in its refusals, and for
// what belongs to no group on "*".
func (s *Store) Handler(authorize awsapi.Authorize) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, err := s.serve(r, authorize)
		if malformed, ok := errors.AsType[*insights.SyntaxError](err); ok {
			writeMalformed(w, malformed)
			return
		}
		if err != nil {
			awsapi.WriteJSONError(w, err)
			return
		}
		awsapi.WriteJSON(w, http.StatusOK, answer)
	})
}

func (s *Store) serve(r *http.Request, authorize awsapi.Authorize) (any, error) {
	name := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), targetPrefix)
	action := "logs:" + name
	operations := map[string]operation{
		"DescribeLogGroups":        s.ofGroup(action, s.describeLogGroups),
		"DescribeLogStreams":       s.ofGroup(action, s.describeLogStreams),
		"GetLogEvents":             s.ofGroup(action, s.getLogEvents),
		"FilterLogEvents":          s.ofGroup(action, s.filterLogEvents),
		"StartQuery":               s.startQuery,
		"GetQueryResults":          ofAll(action, s.getQueryResults),
		"StopQuery":                ofAll(action, s.stopQuery),
		"DescribeQueries":          ofAll(action, s.describeQueries),
		"DescribeQueryDefinitions": ofAll(action, s.describeQueryDefinitions),
	}
	serve := operations[name]
	if serve == nil {
		return nil, awsapi.Errorf(http.StatusBadRequest, "UnknownOperationException", "%q is not an operation of CloudWatch Logs that the local runner knows", name)
	}
	var req request
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<20)).Decode(&req); err != nil {
		return nil, awsapi.Errorf(http.StatusBadRequest, "SerializationException", "the request is not valid JSON: %v", err)
	}
	if req.LogGroupName == "" {
		req.LogGroupName = nameOf(req.LogGroupIdentifier)
	}
	return serve(r.Context(), authorize, &req)
}

// ofGroup makes an operation on a group or a stream.
func (s *Store) ofGroup(action string, do func(*request) (any, error)) operation {
	return func(ctx context.Context, authorize awsapi.Authorize, r *request) (any, error) {
		if err := authorize(ctx, action, s.resource(r.LogGroupName, r.LogStreamName)); err != nil {
			return nil, err
		}
		return do(r)
	}
}

// ofAll makes an operation on what belongs to no group.
func ofAll(action string, do func(*request) (any, error)) operation {
	return func(ctx context.Context, authorize awsapi.Authorize, r *request) (any, error) {
		if err := authorize(ctx, action, "*"); err != nil {
			return nil, err
		}
		return do(r)
	}
}

// nameOf is a group's name out of an identifier, which may be an ARN.
func nameOf(identifier string) string {
	if _, name, isARN := strings.Cut(identifier, ":log-group:"); isARN {
		return strings.TrimSuffix(name, ":*")
	}
	return identifier
}

// limit answers the page's size: at most and by default most.
func (r *request) limit(most int) (int, error) {
	if r.Limit < 0 || r.Limit > most {
		return 0, awsapi.Errorf(http.StatusBadRequest, "InvalidParameterException", "limit %d is not between 1 and %d", r.Limit, most)
	}
	if r.Limit == 0 {
		return most, nil
	}
	return r.Limit, nil
}

const maxDescribed = 50

func (s *Store) describeLogGroups(r *request) (any, error) {
	limit, err := r.limit(maxDescribed)
	if err != nil {
		return nil, err
	}
	names := slices.DeleteFunc(s.Groups(), func(name string) bool {
		return !strings.HasPrefix(name, r.LogGroupNamePrefix) ||
			!strings.Contains(strings.ToLower(name), strings.ToLower(r.LogGroupNamePattern))
	})
	page, next, err := pageOf(names, r.NextToken, limit)
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, name := range page {
		g, err := s.group(name)
		if err != nil {
			return nil, err
		}
		record, _, size := g.describe()
		arn := fmt.Sprintf("arn:aws:logs:%s:%s:log-group:%s", s.options.Region, s.options.Account, name)
		item := map[string]any{
			"logGroupName": name, "arn": arn + ":*", "logGroupArn": arn, "creationTime": record.Created,
			"storedBytes": size, "metricFilterCount": 0, "logGroupClass": "STANDARD",
		}
		if record.RetentionDays > 0 {
			item["retentionInDays"] = record.RetentionDays
		}
		list = append(list, item)
	}
	return withToken(map[string]any{"logGroups": list}, next), nil
}

func withToken(answer map[string]any, next string) map[string]any {
	if next != "" {
		answer["nextToken"] = next
	}
	return answer
}

func (s *Store) describeLogStreams(r *request) (any, error) {
	limit, err := r.limit(maxDescribed)
	if err != nil {
		return nil, err
	}
	infos, err := s.Streams(r.LogGroupName, r.LogStreamNamePrefix)
	if err != nil {
		return nil, err
	}
	switch r.OrderBy {
	case "", "LogStreamName":
	case "LastEventTime":
		slices.SortStableFunc(infos, func(a, b StreamInfo) int { return a.Last.Compare(b.Last) })
	default:
		return nil, awsapi.Errorf(http.StatusBadRequest, "InvalidParameterException", "orderBy %q is neither LogStreamName nor LastEventTime", r.OrderBy)
	}
	if r.Descending {
		slices.Reverse(infos)
	}
	page, next, err := pageOf(infos, r.NextToken, limit)
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, info := range page {
		item := map[string]any{
			"logStreamName": info.Name, "arn": s.resource(r.LogGroupName, info.Name),
			"creationTime": info.Created.UnixMilli(), "storedBytes": 0, // AWS, too, answers 0 for streams since 2019
		}
		if !info.First.IsZero() {
			item["firstEventTimestamp"] = info.First.UnixMilli()
			item["lastEventTimestamp"] = info.Last.UnixMilli()
			item["lastIngestionTime"] = info.Ingestion.UnixMilli()
		}
		list = append(list, item)
	}
	return withToken(map[string]any{"logStreams": list}, next), nil
}

// query is the part of a Query that both event operations share.
func (r *request) query() (Query, error) {
	limit, err := r.limit(maxEvents)
	q := Query{Group: r.LogGroupName, Limit: limit}
	if r.StartTime != nil {
		q.Start = time.UnixMilli(*r.StartTime)
	}
	if r.EndTime != nil {
		q.End = time.UnixMilli(*r.EndTime)
	}
	return q, err
}

func (s *Store) filterLogEvents(r *request) (any, error) {
	q, err := r.query()
	if err != nil {
		return nil, err
	}
	q.Streams, q.StreamPrefix, q.Pattern, q.After = r.LogStreamNames, r.LogStreamNamePrefix, r.FilterPattern, r.NextToken
	found, more, err := s.Filter(q)
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, e := range found {
		list = append(list, map[string]any{
			"logStreamName": e.Stream, "timestamp": e.Time.UnixMilli(), "message": e.Message,
			"ingestionTime": e.Ingested.UnixMilli(), "eventId": e.ID,
		})
	}
	answer := map[string]any{"events": list, "searchedLogStreams": []string{}}
	if more {
		answer["nextToken"] = found[len(found)-1].ID
	}
	return answer, nil
}

// getLogEvents pages in both directions. A token is f/ or b/ and the event's ID
// at that end of the page; at an end of the stream the token stays the same,
// which is how clients notice it.
func (s *Store) getLogEvents(r *request) (any, error) {
	q, err := r.query()
	if err != nil {
		return nil, err
	}
	infos, err := s.Streams(r.LogGroupName, r.LogStreamName)
	if err != nil {
		return nil, err
	}
	if r.LogStreamName == "" || !slices.ContainsFunc(infos, func(i StreamInfo) bool { return i.Name == r.LogStreamName }) {
		return nil, awsapi.Errorf(http.StatusBadRequest, "ResourceNotFoundException", "The specified log stream does not exist: %s", r.LogStreamName)
	}
	q.Streams = []string{r.LogStreamName}
	// GetLogEvents excludes the end, FilterLogEvents includes it.
	if !q.End.IsZero() {
		q.End = q.End.Add(-time.Millisecond)
	}
	direction, id, _ := strings.Cut(r.NextToken, "/")
	switch direction {
	case "":
		q.Newest = !r.StartFromHead
	case "f":
		q.After = id
	case "b":
		q.Before, q.Newest = id, true
	default:
		return nil, awsapi.Errorf(http.StatusBadRequest, "InvalidParameterException", "The specified nextToken is invalid.")
	}
	found, _, err := s.Filter(q)
	if err != nil {
		return nil, err
	}
	forward, backward := id, id
	if id == "" {
		forward, backward = strings.Repeat("0", 48), strings.Repeat("0", 48)
	}
	list := []map[string]any{}
	for _, e := range found {
		list = append(list, map[string]any{
			"timestamp": e.Time.UnixMilli(), "message": e.Message, "ingestionTime": e.Ingested.UnixMilli(),
		})
	}
	if len(found) > 0 {
		forward, backward = found[len(found)-1].ID, found[0].ID
	}
	return map[string]any{"events": list, "nextForwardToken": "f/" + forward, "nextBackwardToken": "b/" + backward}, nil
}
