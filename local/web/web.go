// Package web is the runner's pages: the executions with their stages, pictures
// and reasons, as they happen. The API is mounted beside them, at the paths
// that the program declares.
package web

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pixline/pixline/local/states"
)

//go:embed templates static
var files embed.FS

// Options are what the pages show.
type Options struct {
	Stack           string
	Outputs         map[string]any
	StateMachineARN string // whose executions are shown
	AWSURL          string
	Region          string
	AccessKey       string
	SecretKey       string
	States          *states.Engine
	API             http.Handler
}

type pages struct {
	options   Options
	objects   *s3.Client
	templates *template.Template
}

// New returns the pages with the API behind them.
func New(o Options) (http.Handler, error) {
	parsed, err := template.New("").ParseFS(files, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("read the pages: %w", err)
	}
	p := &pages{options: o, templates: parsed, objects: s3.New(s3.Options{
		BaseEndpoint: aws.String(o.AWSURL), Region: o.Region, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(o.AccessKey, o.SecretKey, ""),
	})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.index)
	mux.HandleFunc("GET /ui/executions", p.executions)
	mux.HandleFunc("GET /ui/object/{bucket}/{key...}", p.object)
	mux.Handle("GET /ui/static/", http.StripPrefix("/ui/", http.FileServerFS(files)))
	mux.Handle("/", o.API) // other methods of the root
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" || strings.HasPrefix(r.URL.Path, "/ui/") {
			mux.ServeHTTP(w, r)
			return
		}
		// Past the mux, which redirects paths such as //process: API Gateway does not.
		o.API.ServeHTTP(w, r)
	}), nil
}

func (p *pages) index(w http.ResponseWriter, r *http.Request) { p.render(w, r, "index.html") }

// executions is the part of the page that is fetched again and again.
func (p *pages) executions(w http.ResponseWriter, r *http.Request) { p.render(w, r, "executions") }

func (p *pages) render(w http.ResponseWriter, r *http.Request, name string) {
	rows, err := p.rows(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	// Nothing of the page comes from elsewhere, and no key can become a script.
	w.Header().Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'")
	var page strings.Builder
	if err := p.templates.ExecuteTemplate(&page, name, map[string]any{
		"Stack": p.options.Stack, "Outputs": p.options.Outputs, "AWSURL": p.options.AWSURL, "Rows": rows,
	}); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	// A client that went away is not an error of ours.
	_, _ = io.WriteString(w, page.String())
}

// object shows a picture. Whatever it is, it is shown as an image or not at all.
func (p *pages) object(w http.ResponseWriter, r *http.Request) {
	out, err := p.objects.GetObject(r.Context(), &s3.GetObjectInput{
		Bucket: aws.String(r.PathValue("bucket")), Key: aws.String(r.PathValue("key")),
	})
	var missing *types.NoSuchKey
	switch {
	case errors.As(err, &missing):
		http.NotFound(w, r)
		return
	case errors.Is(err, context.Canceled):
		return
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer out.Body.Close()
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Security-Policy", "default-src 'none'")
	contentType := aws.ToString(out.ContentType)
	if !strings.HasPrefix(contentType, "image/") || strings.HasPrefix(contentType, "image/svg") {
		contentType = "image/jpeg"
	}
	w.Header().Set("Content-Type", contentType)
	_, _ = io.Copy(w, out.Body)
}
