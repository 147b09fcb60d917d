// Package web is the runner's pages: executions with their pictures and their way
// through the state machine, the dashboards, the alarms, the log queries and the
// faults. The API is mounted beside them, at the paths that the program declares.
//
// The pages are whole without JavaScript, which only keeps them up to date. They
// ask no other host for anything, and show every text as text.
package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/pixline/pixline/local/cloudwatch/board"
	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/fault"
	"github.com/pixline/pixline/local/states"
	"github.com/pixline/pixline/local/web/trace"
)

//go:embed templates static
var files embed.FS

// Options are what the pages show.
type Options struct {
	Stack           string
	Region          string
	Outputs         map[string]any
	StateMachineARN string // whose executions are shown
	AWSURL          string
	Objects         *s3.Client // that no metric counts: to look at a picture is no request of the pipeline
	States          *states.Engine
	Logs            trace.Source
	LogGroups       map[string]string // of functions, by their ARN
	API             http.Handler
	Anonymous       bool // the API answers requests without a signature or a key, such as a browser's

	// What observes the pipeline; the pages of what is nil are left out.
	NamePrefix string        // what the names of alarms and dashboards begin with
	Dashboards []Dashboard   // the most important first
	Sources    board.Sources // of what dashboards and queries show
	Alarms     Alarms
	Health     string  // name of the alarm that says how the pipeline is; empty: none does
	Docs       fs.FS   // the project's documents; runbooks/ has those of the alarms
	Queries    []Query // of the logs; Sources.Logs answers them
	Faults     *fault.Set
	Clock      *metric.Clock // CloudWatch's; nil is the machine's
}

// Now is CloudWatch's time, which metrics and alarms have.
func (o Options) Now() time.Time { return o.Clock.Now() }

// server answers with pages.
type server struct {
	options    Options
	templates  map[string]*template.Template // by page
	dashboards []drawable
	version    string // of the files in static
}

// New returns the pages with the API behind them.
func New(o Options) (http.Handler, error) {
	s := &server{options: o}
	if s.options.Clock == nil {
		s.options.Clock = metric.NewClock(1)
	}
	var err error
	if s.templates, err = parse(); err != nil {
		return nil, err
	}
	if s.version, err = version(); err != nil {
		return nil, err
	}
	if s.dashboards, err = readDashboards(o.Dashboards); err != nil {
		return nil, err
	}
	mux := s.routes()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" || strings.HasPrefix(r.URL.Path, "/ui/") {
			mux.ServeHTTP(w, r)
			return
		}
		// Past the mux, which redirects paths such as //process: API Gateway does not.
		o.API.ServeHTTP(w, r)
	}), nil
}

// routes are the pages; those of what is not there are missing.
func (s *server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.executions)
	mux.HandleFunc("GET /ui/executions/{id}", s.execution)
	mux.HandleFunc("GET /ui/object", s.object)
	mux.HandleFunc("POST /ui/theme", s.setTheme)
	mux.HandleFunc("GET /ui/static/", s.static)
	if len(s.dashboards) > 0 {
		mux.HandleFunc("GET /ui/dashboards", s.firstDashboard)
		mux.HandleFunc("GET /ui/dashboards/{name}", s.dashboard)
	}
	if s.options.Alarms != nil {
		mux.HandleFunc("GET /ui/alarms", s.alarms)
		mux.HandleFunc("GET /ui/alarms/{name}", s.alarm)
	}
	if len(s.options.Queries) > 0 {
		mux.HandleFunc("GET /ui/logs", s.queries)
	}
	if s.options.Faults != nil {
		mux.HandleFunc("GET /ui/faults", s.faults)
		mux.HandleFunc("POST /ui/faults", s.setFaults)
	}
	if s.options.Docs != nil {
		mux.HandleFunc("GET "+docsPath+"{file...}", s.docs)
	}
	mux.HandleFunc("GET /ui/", s.missing)
	mux.Handle("/", s.options.API) // other methods of the root
	return mux
}

// parse reads the templates: every page inside the layout.
func parse() (map[string]*template.Template, error) {
	layout, err := template.New("layout.html").Funcs(formats).ParseFS(files, "templates/layout.html")
	if err != nil {
		return nil, fmt.Errorf("read the pages: %w", err)
	}
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("read the pages: %w", err)
	}
	pages := map[string]*template.Template{}
	for _, name := range names {
		page, err := layout.Clone()
		if err == nil {
			page, err = page.ParseFS(files, name)
		}
		if err != nil {
			return nil, fmt.Errorf("read the pages: %w", err)
		}
		pages[strings.TrimSuffix(strings.TrimPrefix(name, "templates/"), ".html")] = page
	}
	return pages, nil
}

// version changes with the static files, whose addresses hold it: a browser may
// keep them for good.
func version() (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(files, "static", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := files.ReadFile(name)
		sum.Write(text)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil))[:12], err
}
