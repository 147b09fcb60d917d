package logs

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/logs/filter"
)

// maxEvents bounds a page, as GetLogEvents and FilterLogEvents do.
const maxEvents = 10_000

// Query selects events of one group.
type Query struct {
	Group        string
	Streams      []string  // none: all
	StreamPrefix string    // "": all
	Start        time.Time // inclusive; zero: from the first
	End          time.Time // inclusive, as in FilterLogEvents; zero: to the last
	Pattern      string    // of package filter
	Limit        int       // 0: 10,000, which is also the most
	Newest       bool      // the last Limit events instead of the first
	After        string    // Found.ID: only events behind it
	Before       string    // Found.ID: only events ahead of it
}

// Found is an event that a query selected.
type Found struct {
	Event
	Stream   string
	Ingested time.Time
	ID       string // orders all events of a group by time, then by arrival
}

// Filter answers the selected events in the order of time, and whether there are
// more on the side that Limit cut off. An unknown group is a
// ResourceNotFoundException, a pattern that is not understood an
// InvalidParameterException.
func (s *Store) Filter(q Query) (events []Found, more bool, err error) {
	g, err := s.group(q.Group)
	if err != nil {
		return nil, false, err
	}
	matches, err := filter.Parse(q.Pattern)
	if err != nil {
		return nil, false, err
	}
	if q.Limit <= 0 || q.Limit > maxEvents {
		q.Limit = maxEvents
	}
	for _, id := range []string{q.After, q.Before} {
		if id != "" && !validID(id) {
			return nil, false, awsapi.Errorf(http.StatusBadRequest, "InvalidParameterException", "The specified nextToken is invalid.")
		}
	}
	start, end := q.bounds()
	err = g.events(start, func(e entry) error {
		id := eventID(e)
		if e.Time < start || e.Time > end || id <= q.After || (q.Before != "" && id >= q.Before) ||
			(len(q.Streams) > 0 && !slices.Contains(q.Streams, e.Stream)) ||
			!strings.HasPrefix(e.Stream, q.StreamPrefix) || !matches(e.Message) {
			return nil
		}
		events = append(events, Found{
			Event:  Event{Time: time.UnixMilli(e.Time).UTC(), Message: e.Message},
			Stream: e.Stream, Ingested: time.UnixMilli(e.Ingested).UTC(), ID: id,
		})
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	slices.SortFunc(events, func(a, b Found) int { return cmp.Compare(a.ID, b.ID) })
	if more = len(events) > q.Limit; more && q.Newest {
		events = events[len(events)-q.Limit:]
	} else if more {
		events = events[:q.Limit]
	}
	return events, more, nil
}

// bounds are Unix milliseconds.
func (q *Query) bounds() (start, end int64) {
	end = 1<<63 - 1
	if !q.Start.IsZero() {
		start = q.Start.UnixMilli()
	}
	if !q.End.IsZero() {
		end = q.End.UnixMilli()
	}
	return start, end
}

// eventID is fixed-width decimal, so that comparing strings compares times.
func eventID(e entry) string { return fmt.Sprintf("%016d%016d%016d", e.Time, e.segment, e.offset) }

func validID(id string) bool {
	return len(id) == 48 && strings.Trim(id, "0123456789") == ""
}

// StreamInfo describes a stream; times are zero when there are none.
type StreamInfo struct {
	Name                            string
	Created, First, Last, Ingestion time.Time
	Bytes                           int64
}

// Streams answers the streams of a group whose names have prefix, by name.
func (s *Store) Streams(group, prefix string) ([]StreamInfo, error) {
	g, err := s.group(group)
	if err != nil {
		return nil, err
	}
	_, all, _ := g.describe()
	var infos []StreamInfo
	for name, sum := range all {
		if strings.HasPrefix(name, prefix) {
			infos = append(infos, StreamInfo{
				Name: name, Created: instant(sum.created), First: instant(sum.first),
				Last: instant(sum.last), Ingestion: instant(sum.ingested), Bytes: sum.bytes,
			})
		}
	}
	slices.SortFunc(infos, func(a, b StreamInfo) int { return strings.Compare(a.Name, b.Name) })
	return infos, nil
}

func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// pageOf cuts one page out of all; token is the place where it begins.
func pageOf[T any](all []T, token string, limit int) (page []T, next string, err error) {
	begin := 0
	if token != "" {
		if begin, err = strconv.Atoi(token); err != nil || begin < 0 {
			return nil, "", awsapi.Errorf(http.StatusBadRequest, "InvalidParameterException", "The specified nextToken is invalid.")
		}
	}
	begin = min(begin, len(all))
	end := min(begin+limit, len(all))
	if end < len(all) {
		next = strconv.Itoa(end)
	}
	return all[begin:end], next, nil
}
