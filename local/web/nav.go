package web

import (
	"net/url"
	"strings"
)

// health is the state of the whole pipeline, in the header of every page.
type health struct {
	Text, Class, Href string
}

// sections are the pages that the header leads to.
func (s *server) sections() []link {
	sections := []link{{Name: "Executions", Href: "/"}}
	for _, section := range []struct {
		there      bool
		name, href string
	}{
		{len(s.dashboards) > 0, "Dashboards", "/ui/dashboards"},
		{s.options.Alarms != nil, "Alarms", "/ui/alarms"},
		{len(s.options.Queries) > 0, "Logs", "/ui/logs"},
		{s.options.Faults != nil, "Faults", "/ui/faults"},
	} {
		if section.there {
			sections = append(sections, link{Name: section.name, Href: section.href})
		}
	}
	return sections
}

func (s *server) health() *health {
	a, ok := s.whole()
	if !ok {
		return nil
	}
	text := map[string]string{"ok": "healthy", "alarm": "in alarm", "unknown": "no data yet"}[a.Class]
	return &health{Text: text, Class: a.Class, Href: "/ui/alarms/" + url.PathEscape(a.Name)}
}

// short is a name without what all names of the stack begin with.
func (s *server) short(name string) string { return strings.TrimPrefix(name, s.options.NamePrefix) }
