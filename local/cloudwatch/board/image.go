package board

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/cloudwatch/scene"
)

// Image draws one metric widget as GetMetricWidgetImage does, as a PNG. Source of
// the structure: CloudWatch API Reference, "GetMetricWidgetImage: Metric Widget
// Structure and Syntax". Errors of the widget are ValidationError.
func Image(ctx context.Context, from Sources, widgetJSON string, now time.Time) ([]byte, error) {
	w := widget{kind: "metric"}
	o := read(json.RawMessage(widgetJSON), "", &w.problems)
	width, height := 600, 400
	o.take("width", &width)
	o.take("height", &height)
	o.bounded("width", &width, 1, 2000)
	o.bounded("height", &height, 1, 2000)
	theme := map[string]scene.Theme{"light": scene.Light, "dark": scene.Dark}[o.choose("theme", "light", "dark")]
	w.start, w.end = o.moment("start"), o.moment("end")
	o.take("title", &w.title)
	content := parseMetric(o)
	o.done()
	if w.problems != nil {
		return nil, awsapi.Errorf(http.StatusBadRequest, "ValidationError", "MetricWidget: %s", strings.Join(w.problems, "; "))
	}
	w.content = content
	// CloudWatch's default is the last three hours. The periods of the request hold.
	r := request{Sources: from, start: now.Add(-3 * time.Hour), end: now, inherit: true}
	s, drawn := w.fill(ctx, r).scene(float64(width), float64(height))
	if drawn.Err != nil {
		return nil, drawn.Err
	}
	png, err := s.PNG(theme, 1)
	if err != nil {
		return nil, fmt.Errorf("draw a metric widget: %w", err)
	}
	return png, nil
}
