package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/pixline/pixline/local/fault"
)

// faultForm is the body of the page of faults.
type faultForm struct {
	Active  []fault.Fault
	Stages  []fault.Stage
	Path    string // where a program changes them
	Problem string // with what was entered
	Entered url.Values
}

// Has tells which fault was chosen.
func (f faultForm) Has(stage string, kind fault.Kind) bool {
	return f.Entered.Get("fault") == stage+":"+string(kind)
}

// faults is the page of what is injected now.
func (s *server) faults(w http.ResponseWriter, r *http.Request) {
	s.faultPage(w, r, http.StatusOK, faultForm{Entered: url.Values{"rate": {"50%"}}})
}

func (s *server) faultPage(w http.ResponseWriter, r *http.Request, status int, form faultForm) {
	form.Active, form.Stages, form.Path = s.options.Faults.List(), fault.Stages(), fault.Path
	s.render(w, r, status, page{Name: "faults", Title: "Faults", Section: "Faults", Body: form})
}

// setFaults injects one more fault, ends one, or ends all.
func (s *server) setFaults(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		s.faultPage(w, r, http.StatusBadRequest, faultForm{Problem: err.Error()})
		return
	}
	switch form := r.PostForm; {
	case form.Has("all"):
		s.options.Faults.Replace(nil)
	case form.Has("end"):
		s.options.Faults.Update(func(faults []fault.Fault) []fault.Fault {
			return slices.DeleteFunc(faults, func(f fault.Fault) bool { return f.String() == form.Get("end") })
		})
	default:
		text := form.Get("fault") + "=" + strings.TrimSpace(form.Get("rate"))
		if option := strings.TrimSpace(form.Get("option")); option != "" {
			text += "," + option
		}
		added, err := fault.Parse(text)
		if err != nil {
			s.faultPage(w, r, http.StatusBadRequest, faultForm{Problem: err.Error(), Entered: form})
			return
		}
		s.options.Faults.Update(func(faults []fault.Fault) []fault.Fault {
			// The same one again has another rate.
			others := slices.DeleteFunc(faults, func(f fault.Fault) bool { return f.Stage == added.Stage && f.Kind == added.Kind })
			return append(others, added)
		})
	}
	http.Redirect(w, r, "/ui/faults", http.StatusSeeOther)
}
