package logs

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// stream sums a stream's entries up.
type stream struct {
	created, first, last, ingested int64 // Unix milliseconds; 0: none
	bytes                          int64
}

func (s *stream) note(e entry) {
	if s.created == 0 || e.Ingested < s.created {
		s.created = e.Ingested
	}
	if e.Created {
		return
	}
	if s.first == 0 || e.Time < s.first {
		s.first = e.Time
	}
	s.last, s.ingested = max(s.last, e.Time), max(s.ingested, e.Ingested)
	s.bytes += int64(len(e.Message))
}

func (s *stream) merge(o *stream) {
	s.created = min(s.created, o.created)
	if s.first == 0 || (o.first != 0 && o.first < s.first) {
		s.first = o.first
	}
	s.last, s.ingested, s.bytes = max(s.last, o.last), max(s.ingested, o.ingested), s.bytes+o.bytes
}

// segment is one file of JSON lines.
type segment struct {
	number  int
	path    string
	size    int64
	streams map[string]*stream
}

// group is one log group: at most two segments, of which the last is written.
type group struct {
	dir          string
	segmentBytes int64

	mu       sync.RWMutex
	record   groupRecord
	segments []*segment
	file     *os.File // of the last segment
}

func openGroup(dir string, bytes int64) (*group, error) {
	g := &group{dir: dir, segmentBytes: max(bytes/2, 1)}
	text, err := os.ReadFile(filepath.Join(dir, groupFile))
	if err != nil {
		return nil, fmt.Errorf("read log group: %w", err)
	}
	if err := json.Unmarshal(text, &g.record); err != nil {
		return nil, fmt.Errorf("read log group %s: %w", filepath.Join(dir, groupFile), err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read log group %s: %w", g.record.Name, err)
	}
	var numbers []int
	for _, f := range files {
		if base, ok := strings.CutSuffix(f.Name(), ".jsonl"); ok {
			if n, err := strconv.Atoi(base); err == nil {
				numbers = append(numbers, n)
			}
		}
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		seg, err := openSegment(g.path(n), n)
		if err != nil {
			return nil, fmt.Errorf("read log group %s: %w", g.record.Name, err)
		}
		g.segments = append(g.segments, seg)
	}
	if len(g.segments) == 0 {
		g.segments = []*segment{{number: 1, path: g.path(1), streams: map[string]*stream{}}}
	}
	g.file, err = os.OpenFile(g.segments[len(g.segments)-1].path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open log group %s: %w", g.record.Name, err)
	}
	return g, nil
}

func (g *group) path(number int) string {
	return filepath.Join(g.dir, strconv.Itoa(number)+".jsonl")
}

// openSegment sums a segment up, and cuts off what a crash left behind its last
// complete line.
func openSegment(path string, number int) (*segment, error) {
	seg := &segment{number: number, path: path, streams: map[string]*stream{}}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if seg.size, err = scan(f, number, info.Size(), func(e entry) error { seg.note(e); return nil }); err != nil {
		return nil, err
	}
	if seg.size < info.Size() {
		if err := os.Truncate(path, seg.size); err != nil {
			return nil, err
		}
	}
	return seg, nil
}

func (s *segment) note(e entry) {
	sum := s.streams[e.Stream]
	if sum == nil {
		sum = &stream{}
		s.streams[e.Stream] = sum
	}
	sum.note(e)
}

// scan reads the first size bytes of a segment and answers where the last
// complete line ends. A line that is not an entry is an error that names its
// place; visit's error ends it, too.
func scan(f *os.File, number int, size int64, visit func(entry) error) (end int64, err error) {
	in := bufio.NewReaderSize(io.LimitReader(f, size), 64*1024)
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return end, nil
		}
		if err != nil {
			return end, err
		}
		e, plain := readEntry(line)
		if !plain {
			if err := json.Unmarshal(line, &e); err != nil {
				return end, fmt.Errorf("%s: the line at byte %d is damaged: %w", f.Name(), end, err)
			}
		}
		e.segment, e.offset = number, end
		if err := visit(e); err != nil {
			return end, err
		}
		end += int64(len(line))
	}
}

// append writes entries, starting a new segment when the last one is full.
func (g *group) append(entries []entry, now time.Time) error {
	var text bytes.Buffer
	lines := json.NewEncoder(&text)
	lines.SetEscapeHTML(false)
	for i := range entries {
		entries[i].Ingested = now.UnixMilli()
		if err := lines.Encode(entries[i]); err != nil {
			return fmt.Errorf("write to log group %s: %w", g.record.Name, err)
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	seg := g.segments[len(g.segments)-1]
	if seg.size > 0 && seg.size+int64(text.Len()) > g.segmentBytes {
		if err := g.rotate(); err != nil {
			return fmt.Errorf("start a new segment of log group %s: %w", g.record.Name, err)
		}
		seg = g.segments[len(g.segments)-1]
	}
	if _, err := g.file.Write(text.Bytes()); err != nil {
		// Part of it may be in the file, which must stay a whole number of lines.
		return errors.Join(fmt.Errorf("write to log group %s: %w", g.record.Name, err), g.file.Truncate(seg.size))
	}
	seg.size += int64(text.Len())
	for _, e := range entries {
		seg.note(e)
	}
	return nil
}

// rotate starts a segment and drops the one before the last.
func (g *group) rotate() error {
	last := g.segments[len(g.segments)-1]
	next := &segment{number: last.number + 1, path: g.path(last.number + 1), streams: map[string]*stream{}}
	f, err := os.OpenFile(next.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	old := g.file
	drop := g.segments[:len(g.segments)-1]
	g.file, g.segments = f, []*segment{last, next}
	err = old.Close()
	for _, seg := range drop {
		err = errors.Join(err, os.Remove(seg.path))
	}
	return err
}

func (g *group) setRecord(r groupRecord) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.record = r
}

// describe answers the group's record, its streams and its size in bytes.
func (g *group) describe() (groupRecord, map[string]*stream, int64) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	all, size := map[string]*stream{}, int64(0)
	for _, seg := range g.segments {
		size += seg.size
		for name, sum := range seg.streams {
			if have := all[name]; have != nil {
				have.merge(sum)
			} else {
				c := *sum
				all[name] = &c
			}
		}
	}
	return g.record, all, size
}

// events visits every event that may be at or after start (Unix milliseconds),
// oldest segment first, until visit answers an error. Writers go on meanwhile:
// what they append is not seen.
func (g *group) events(start int64, visit func(entry) error) error {
	views, err := g.snapshot(start)
	defer func() {
		for _, v := range views {
			v.file.Close() // only read
		}
	}()
	for _, v := range views {
		if err != nil {
			break
		}
		_, err = scan(v.file, v.number, v.size, func(e entry) error {
			if e.Created {
				return nil
			}
			return visit(e)
		})
	}
	if err != nil {
		return fmt.Errorf("read log group: %w", err)
	}
	return nil
}

// view is what a reader sees of a segment, also after it is dropped.
type view struct {
	file   *os.File
	number int
	size   int64
}

func (g *group) snapshot(start int64) (views []view, err error) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	for _, seg := range g.segments {
		if !seg.reaches(start) {
			continue
		}
		f, err := os.Open(seg.path)
		if err != nil {
			return views, err
		}
		views = append(views, view{f, seg.number, seg.size})
	}
	return views, nil
}

// reaches answers whether any event is at or after start.
func (s *segment) reaches(start int64) bool {
	for _, sum := range s.streams {
		if sum.last >= start {
			return true
		}
	}
	return false
}

func (g *group) close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.file.Close(); err != nil {
		return fmt.Errorf("close log group %s: %w", g.record.Name, err)
	}
	return nil
}
