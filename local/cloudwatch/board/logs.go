package board

import (
	"context"
	"errors"
	"html/template"
	"strings"

	"github.com/pixline/pixline/local/cloudwatch/chart"
	"github.com/pixline/pixline/local/cloudwatch/scene"
)

// logTable is a widget of a query of CloudWatch Logs Insights.
type logTable struct{ query string }

func parseLog(o object) logTable {
	var t logTable
	if !o.take("query", &t.query) {
		o.problem("query", "is missing")
	}
	var language string
	if o.take("queryLanguage", &language) && language != "CWLI" {
		o.problem("queryLanguage", "is %q: queries are in CWLI", language)
	}
	view := "table"
	if o.take("view", &view); view != "table" {
		o.problem("view", "is %q: it is drawn as a table", view)
	}
	o.ignore("region", "accountId", "stacked")
	return t
}

func (t logTable) draw(ctx context.Context, r request) (picture, error) {
	if r.Logs == nil {
		return picture{}, errors.New("there are no logs here")
	}
	found, err := r.Logs(ctx, t.query, r.start, r.end)
	if err != nil {
		return picture{}, err
	}
	return picture{
		paint: func(l *scene.Layer, b scene.Box) {
			chart.Table{Columns: found.Columns, Rows: found.Rows}.Draw(l, b)
		},
		html:        found.html(),
		alternative: found,
	}, nil
}

// html is the table for a page, all text escaped.
func (t Table) html() string {
	if len(t.Rows) == 0 {
		return `<p class="cw-empty">No data available</p>`
	}
	var b strings.Builder
	row := func(cell string, cells []string) {
		b.WriteString("<tr>")
		for _, c := range cells {
			b.WriteString("<" + cell + ">" + template.HTMLEscapeString(c) + "</" + strings.Fields(cell)[0] + ">")
		}
		b.WriteString("</tr>")
	}
	b.WriteString(`<table class="cw-table"><thead>`)
	row(`th scope="col"`, t.Columns)
	b.WriteString("</thead><tbody>")
	for _, r := range t.Rows {
		row("td", r)
	}
	b.WriteString("</tbody></table>")
	return b.String()
}
