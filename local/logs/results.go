package logs

import (
	"net/http"
	"slices"
	"strings"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/logs/insights"
)

// queryRequest holds the parameters of the operations on queries. Their
// startTime and endTime are Unix seconds.
type queryRequest struct {
	LogGroupNames             []string `json:"logGroupNames"`
	LogGroupIdentifiers       []string `json:"logGroupIdentifiers"` // names or ARNs
	QueryString               string   `json:"queryString"`
	QueryID                   string   `json:"queryId"`
	Status                    string   `json:"status"`
	QueryDefinitionNamePrefix string   `json:"queryDefinitionNamePrefix"`
	MaxResults                int      `json:"maxResults"`
	MaxItems                  int      `json:"maxItems"`
}

const (
	queryLanguage = "CWLI"
	maxListed     = 1000 // queries and definitions in an answer
)

// pageSize answers the size that was asked for: at most and by default most.
func pageSize(asked, most int) (int, error) {
	if asked < 0 || asked > most {
		return 0, invalidParameter("%d is not between 1 and %d", asked, most)
	}
	if asked == 0 {
		return most, nil
	}
	return asked, nil
}

type resultField struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

// getQueryResults answers the rows by their fields; what a row lacks is left out.
func (s *Store) getQueryResults(r *request) (any, error) {
	size, err := pageSize(r.MaxItems, insights.MaxRows)
	if err != nil {
		return nil, err
	}
	s.queries.mu.Lock()
	defer s.queries.mu.Unlock()
	x, err := s.queries.find(r.QueryID)
	if err != nil {
		return nil, err
	}
	rows := [][]resultField{}
	for i, values := range x.table.Rows {
		var row []resultField
		for j, name := range x.table.Columns {
			if values[j] != "" {
				row = append(row, resultField{name, values[j]})
			}
		}
		if x.table.Pointers != nil {
			row = append(row, resultField{"@ptr", x.table.Pointers[i]})
		}
		rows = append(rows, row)
	}
	page, next, err := pageOf(rows, r.NextToken, size)
	if err != nil {
		return nil, err
	}
	answer := map[string]any{
		"results": page, "status": x.status, "queryLanguage": queryLanguage,
		"statistics": map[string]float64{
			"recordsMatched": float64(x.table.Matched), "recordsScanned": float64(x.table.Scanned), "bytesScanned": float64(x.table.Bytes),
			"logGroupsScanned": float64(x.table.Groups), "estimatedRecordsSkipped": 0, "estimatedBytesSkipped": 0, "resultCount": float64(len(rows)),
		},
	}
	if x.reason != "" {
		answer["reason"] = x.reason // ours: AWS tells none, and clients pass over it
	}
	return withToken(answer, next), nil
}

func (s *Store) stopQuery(r *request) (any, error) {
	s.queries.mu.Lock()
	defer s.queries.mu.Unlock()
	x, err := s.queries.find(r.QueryID)
	if err != nil {
		return nil, err
	}
	if x.status != queryRunning {
		return nil, invalidParameter("Query with id %s is not in a running state: %s", x.id, x.status)
	}
	x.cancel()
	return map[string]bool{"success": true}, nil
}

// describeQueries answers the newest first.
func (s *Store) describeQueries(r *request) (any, error) {
	size, err := pageSize(r.MaxResults, maxListed)
	if err != nil {
		return nil, err
	}
	s.queries.mu.Lock()
	defer s.queries.mu.Unlock()
	list := []map[string]any{}
	for _, x := range slices.Backward(s.queries.all) {
		if r.LogGroupName != "" && !slices.Contains(x.groups, r.LogGroupName) || r.Status != "" && r.Status != x.status {
			continue
		}
		list = append(list, map[string]any{
			"queryId": x.id, "queryString": x.text, "queryLanguage": queryLanguage, "status": x.status,
			"createTime": x.created.UnixMilli(), "logGroupName": x.groups[0],
		})
	}
	page, next, err := pageOf(list, r.NextToken, size)
	if err != nil {
		return nil, err
	}
	return withToken(map[string]any{"queries": page}, next), nil
}

func (s *Store) describeQueryDefinitions(r *request) (any, error) {
	size, err := pageSize(r.MaxResults, maxListed)
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, d := range s.options.Definitions {
		if strings.HasPrefix(d.Name, r.QueryDefinitionNamePrefix) {
			list = append(list, map[string]any{
				"queryDefinitionId": d.ID, "name": d.Name, "queryString": d.Query, "logGroupNames": d.Groups, "queryLanguage": queryLanguage,
			})
		}
	}
	page, next, err := pageOf(list, r.NextToken, size)
	if err != nil {
		return nil, err
	}
	return withToken(map[string]any{"queryDefinitions": page}, next), nil
}

// writeMalformed answers a query that cannot be run, with the place of what is
// wrong.
func writeMalformed(w http.ResponseWriter, e *insights.SyntaxError) {
	const code = "MalformedQueryException"
	w.Header().Set("X-Amzn-ErrorType", code)
	awsapi.WriteJSON(w, http.StatusBadRequest, map[string]any{
		"__type": code, "message": e.Error(),
		"queryCompileError": map[string]any{
			"location": map[string]int{"startCharOffset": e.Offset, "endCharOffset": e.Offset}, "message": e.Message,
		},
	})
}
