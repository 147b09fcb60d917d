package dashboards

import "github.com/pixline/pixline/pkg/contract"

// Colours: one for each signal, wherever it is drawn. They stay apart for most
// colour-blind readers, on light and on dark ground. Source: the palette of Paul
// Tol's "Colour schemes", Vibrant and Muted, https://sronpersonalpages.nl/~pault/.
const (
	colorCalls      = "#0077bb" // requests, invocations, executions, messages
	colorSucceeded  = "#009988"
	colorRejected   = "#ee7733" // an image's own fault; 4xx
	colorFailed     = "#cc3311" // the system's fault; 5xx
	colorTimedOut   = "#aa4499"
	colorThrottled  = "#ddaa33"
	colorAborted    = "#999999"
	colorP50        = "#33bbee"
	colorP90        = "#0077bb"
	colorP99        = "#ee3377"
	colorMax        = "#882255"
	colorConcurrent = "#332288"
	colorColdStart  = "#88ccee"
	colorRetried    = "#ddcc77"
	colorMemory     = "#117733"
	colorDecode     = "#33bbee"
	colorResize     = "#0077bb"
	colorEncode     = "#332288"
	colorBytesIn    = "#88ccee"
	colorBytesOut   = "#44aa99"
	colorPixels     = "#117733"
	colorCost       = "#999933"
	colorAge        = "#882255"
	colorThreshold  = "#cc3311"
)

// shades tell apart what one graph has many of, such as the codes of rejections
// and the queues.
var shades = []string{
	"#ee7733", "#0077bb", "#33bbee", "#ee3377", "#cc3311", "#009988", "#332288", "#88ccee",
	"#117733", "#999933", "#ddcc77", "#cc6677", "#882255", "#aa4499", "#44aa99", "#999999",
}

// stageColor tells the functions apart where one graph has all of them.
func stageColor(stage string) string {
	return map[string]string{
		contract.StageValidate: "#33bbee", contract.StageResize: "#332288", contract.StageNotify: "#44aa99",
	}[stage]
}

func shade(i int) string { return shades[i%len(shades)] }
