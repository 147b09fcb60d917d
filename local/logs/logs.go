// Package logs is CloudWatch Logs on this machine: log groups, their streams and
// events, kept in files below one directory.
//
// Guarantees: an event that Write accepted survives the end of the process, and
// a half-written line after a crash is cut off at the next Open. Space is
// bounded, and no retention setting is needed for it: a group keeps its newest
// events in two segments, and the older one is dropped when the newer is full
// (Options.GroupBytes for both together); a stream whose events are all gone is
// gone too. Nothing is synced to the disk line by line: a power cut may lose the
// last events.
package logs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pixline/pixline/local/awsapi"
)

// Event is one log event of a stream.
type Event struct {
	Time    time.Time // millisecond resolution
	Message string
}

// Options configures Open.
type Options struct {
	Region, Account string // for ARNs
	// GroupBytes bounds what one log group keeps on disk; 0 is 16 MB.
	GroupBytes int64
	// AuthorizeRole answers whether a role may perform action on resource, as
	// awsapi.Authorize does for a caller. nil allows everything.
	AuthorizeRole func(ctx context.Context, roleARN, action, resource string) error
	// OnWrite sees what Write has accepted, after it is stored. It must be quick and
	// not write to the store; nil for nobody.
	OnWrite func(group string, events []Event)
	Now     func() time.Time // nil is time.Now
	// Definitions are the saved queries, which DescribeQueryDefinitions tells.
	Definitions []Definition
}

const defaultGroupBytes = 16 << 20

// Store holds log groups. Its methods may be called from many goroutines.
type Store struct {
	dir     string
	options Options

	mu     sync.RWMutex
	groups map[string]*group

	queries queries
}

// groupFile describes a group, in its own folder.
const groupFile = "group.json"

type groupRecord struct {
	Name          string `json:"name"`
	Created       int64  `json:"created"` // Unix milliseconds
	RetentionDays int    `json:"retentionDays,omitempty"`
}

// Open reads the groups that dir holds, and creates dir when it is missing.
func Open(dir string, o Options) (*Store, error) {
	if o.GroupBytes <= 0 {
		o.GroupBytes = defaultGroupBytes
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.OnWrite == nil {
		o.OnWrite = func(string, []Event) {}
	}
	if o.AuthorizeRole == nil {
		o.AuthorizeRole = func(context.Context, string, string, string) error { return nil }
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("open logs: %w", err)
	}
	s := &Store{dir: dir, options: o, groups: map[string]*group{}}
	s.queries.open()
	found, err := filepath.Glob(filepath.Join(globEscape(dir), "*", groupFile))
	if err != nil {
		return nil, fmt.Errorf("open logs in %s: %w", dir, err)
	}
	for _, path := range found {
		g, err := openGroup(filepath.Dir(path), o.GroupBytes)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open logs: %w", err), s.Close())
		}
		s.groups[g.record.Name] = g
	}
	return s, nil
}

// globEscape keeps a folder's own name from being read as a pattern.
func globEscape(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// Close ends the queries that run, and closes every file.
func (s *Store) Close() error {
	s.queries.close()
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, g := range s.groups {
		errs = append(errs, g.close())
	}
	clear(s.groups)
	return errors.Join(errs...)
}

// CreateGroup declares a log group; one that exists keeps its events and takes
// over the retention, in days (0: none). Retention is only described: see the
// package comment for what bounds the space.
func (s *Store) CreateGroup(name string, retentionDays int) error {
	if name == "" || len(name) > 512 {
		return awsapi.Errorf(http.StatusBadRequest, "InvalidParameterException", "a log group's name has 1 to 512 characters, this one %d", len(name))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	record := groupRecord{Name: name, Created: s.options.Now().UnixMilli(), RetentionDays: retentionDays}
	g, exists := s.groups[name]
	if exists {
		if g.record.RetentionDays == retentionDays {
			return nil
		}
		record.Created = g.record.Created
	}
	dir := filepath.Join(s.dir, folder(name))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("create log group %s: %w", name, err)
	}
	text, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("create log group %s: %w", name, err)
	}
	// Written aside and renamed, so that a crash leaves the old or the new one.
	path := filepath.Join(dir, groupFile)
	if err := os.WriteFile(path+".new", text, 0o644); err != nil {
		return fmt.Errorf("create log group %s: %w", name, err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("create log group %s: %w", name, err)
	}
	if exists {
		g.setRecord(record)
		return nil
	}
	if g, err = openGroup(dir, s.options.GroupBytes); err != nil {
		return err
	}
	s.groups[name] = g
	return nil
}

// folder is a readable file name of its own for every group name, on file
// systems that fold case as well.
func folder(group string) string {
	readable := url.PathEscape(group)
	sum := sha256.Sum256([]byte(group))
	return readable[:min(len(readable), 100)] + "-" + hex.EncodeToString(sum[:6])
}

func (s *Store) group(name string) (*group, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	g := s.groups[name]
	if g == nil {
		return nil, awsapi.Errorf(http.StatusBadRequest, "ResourceNotFoundException", "The specified log group does not exist: %s", name)
	}
	return g, nil
}

// Groups answers the names of all groups, sorted.
func (s *Store) Groups() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Sorted(maps.Keys(s.groups))
}

// resource is the ARN that AWS names when it refuses an operation on a stream,
// or with stream "" on the group.
func (s *Store) resource(group, stream string) string {
	return fmt.Sprintf("arn:aws:logs:%s:%s:log-group:%s:log-stream:%s", s.options.Region, s.options.Account, group, stream)
}

// CreateStream creates a stream in the name of a role (logs:CreateLogStream). A
// group is never created on the way: it must be declared, as in the program.
func (s *Store) CreateStream(ctx context.Context, roleARN, group, stream string) error {
	if err := s.options.AuthorizeRole(ctx, roleARN, "logs:CreateLogStream", s.resource(group, stream)); err != nil {
		return err
	}
	g, err := s.group(group)
	if err != nil {
		return err
	}
	return g.append([]entry{{Stream: stream, Time: s.options.Now().UnixMilli(), Created: true}}, s.options.Now())
}

// Write appends events to a stream in the name of a role (logs:PutLogEvents).
// They are visible to Filter when it returns.
func (s *Store) Write(ctx context.Context, roleARN, group, stream string, events []Event) error {
	if err := s.options.AuthorizeRole(ctx, roleARN, "logs:PutLogEvents", s.resource(group, stream)); err != nil {
		return err
	}
	g, err := s.group(group)
	if err != nil {
		return err
	}
	entries := make([]entry, 0, len(events))
	for _, e := range events {
		entries = append(entries, entry{Stream: stream, Time: e.Time.UnixMilli(), Message: e.Message})
	}
	if err := g.append(entries, s.options.Now()); err != nil {
		return err
	}
	s.options.OnWrite(group, events)
	return nil
}
