package web

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/pixline/pixline/local/awsapi"
)

// policy: nothing comes from elsewhere, nothing is inline, and no key can become
// a script.
const policy = "default-src 'none'; style-src 'self'%s; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// page is what a handler gives to the layout.
type page struct {
	Name    string // of its template
	Title   string
	Section string // of the navigation
	Refresh int    // milliseconds until it is read again; 0: never
	Inline  bool   // the page has a style of its own, with the view's nonce
	Body    any
}

// view is what the layout shows around a page.
type view struct {
	page
	Stack, Region string
	Version       string
	Nonce         string // of the page's own style; empty: none is allowed
	Theme         string // light, dark, or auto
	Here          string // the page's address, to come back to
	Nav           []link
	Health        *health
	Clock         string // how CloudWatch's differs from the machine's; empty: not at all

	ofExecution string // the name of the saved query of one execution; empty: there is none
}

type link struct {
	Name, Href string
	Current    bool
}

func (s *server) render(w http.ResponseWriter, r *http.Request, status int, p page) {
	v := view{
		page: p, Stack: s.options.Stack, Region: s.options.Region, Version: s.version,
		Theme: theme(r), Here: r.URL.RequestURI(), Health: s.health(),
		Clock: s.options.Clock.Notice(), ofExecution: s.ofExecution(),
	}
	for _, section := range s.sections() {
		section.Current = section.Name == p.Section
		v.Nav = append(v.Nav, section)
	}
	style := ""
	if p.Inline {
		v.Nonce = rand.Text()
		style = " 'nonce-" + v.Nonce + "'"
	}
	var text strings.Builder
	if err := s.templates[p.Name].ExecuteTemplate(&text, "layout.html", v); err != nil {
		http.Error(w, "The page cannot be written: "+err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", fmt.Sprintf(policy, style))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	w.WriteHeader(status)
	// A client that went away is not an error of ours.
	_, _ = io.WriteString(w, text.String())
}

// trouble is the body of a page that says what went wrong and what to do.
type trouble struct {
	Message string
	Advice  string
}

// missing answers for an address that leads nowhere.
func (s *server) missing(w http.ResponseWriter, r *http.Request) {
	s.lost(w, r, "There is no page at this address.", "The navigation above leads to all there are.")
}

func (s *server) lost(w http.ResponseWriter, r *http.Request, message, advice string) {
	s.render(w, r, http.StatusNotFound, page{Name: "error", Title: "Not found", Body: trouble{message, advice}})
}

// fail answers for an error: the reader's where AWS would say so, or ours.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if known, ok := errors.AsType[*awsapi.Error](err); ok && known.Status < http.StatusInternalServerError {
		s.render(w, r, known.Status, page{Name: "error", Title: "That does not work", Body: trouble{
			known.Message, "Go back and change what you asked for.",
		}})
		return
	}
	s.render(w, r, http.StatusInternalServerError, page{Name: "error", Title: "Something broke", Body: trouble{
		err.Error(), "Try again. If it stays, the runner's own log in the terminal says more, and the data folder may need to be removed.",
	}})
}

// setTheme keeps the choice of light or dark in a cookie, so that it holds without
// JavaScript and a page never flashes in the other one.
func (s *server) setTheme(w http.ResponseWriter, r *http.Request) {
	value := r.PostFormValue("theme")
	if value != "light" && value != "dark" {
		value = "auto"
	}
	http.SetCookie(w, &http.Cookie{Name: themeCookie, Value: value, Path: "/", MaxAge: 365 * 24 * 3600, SameSite: http.SameSiteStrictMode, HttpOnly: true})
	back, err := url.Parse(r.PostFormValue("back"))
	if err != nil || back.IsAbs() || back.Host != "" || !strings.HasPrefix(back.Path, "/") || strings.HasPrefix(back.Path, "//") {
		back = &url.URL{Path: "/"}
	}
	http.Redirect(w, r, back.String(), http.StatusSeeOther)
}

const themeCookie = "pixline-theme"

func theme(r *http.Request) string {
	if c, err := r.Cookie(themeCookie); err == nil && (c.Value == "light" || c.Value == "dark") {
		return c.Value
	}
	return "auto"
}

// static serves the style, the script and the icon.
func (s *server) static(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/") { // the folder's listing
		s.missing(w, r)
		return
	}
	cache := "no-cache"
	if r.URL.Query().Get("v") == s.version {
		cache = "max-age=31536000, immutable"
	}
	w.Header().Set("Cache-Control", cache)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	http.StripPrefix("/ui/", http.FileServerFS(files)).ServeHTTP(w, r)
}
