// Package cloudwatch answers for CloudWatch's dashboards: those of the Pulumi
// program, as it declares them, to ordinary clients, in the query protocol and
// in the JSON one.
//
// Not here yet: metrics, alarms, and the drawing of dashboards. Their
// operations are refused as not implemented.
package cloudwatch

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/pixline/pixline/local/awsapi"
)

// Dashboard is one dashboard.
type Dashboard struct {
	Name string
	ARN  string
	Body string // JSON
}

// Service is CloudWatch.
type Service struct {
	dashboards []Dashboard
	since      time.Time
	authorize  awsapi.Authorize
}

// New returns a service with these dashboards.
func New(dashboards []Dashboard, authorize awsapi.Authorize) *Service {
	return &Service{dashboards: dashboards, since: time.Now().UTC().Truncate(time.Second), authorize: authorize}
}

// entry is a dashboard in a list.
type entry struct {
	Name         string    `xml:"DashboardName" json:"DashboardName"`
	ARN          string    `xml:"DashboardArn" json:"DashboardArn"`
	LastModified time.Time `xml:"LastModified" json:"-"`
	Modified     int64     `xml:"-" json:"LastModified"`
	Size         int       `xml:"Size" json:"Size"`
}

type listResult struct {
	Entries []entry `xml:"DashboardEntries>member" json:"DashboardEntries"`
}

type getResult struct {
	ARN  string `xml:"DashboardArn" json:"DashboardArn"`
	Body string `xml:"DashboardBody" json:"DashboardBody"`
	Name string `xml:"DashboardName" json:"DashboardName"`
}

// parameters are those of the operations that are known.
type parameters struct {
	DashboardName       string
	DashboardNamePrefix string
}

// ServeHTTP answers for the principal in the request's context.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if operation, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), "GraniteServiceVersion20100801."); ok {
		s.serveJSON(w, r, operation)
		return
	}
	s.serveQuery(w, r)
}

func (s *Service) serveJSON(w http.ResponseWriter, r *http.Request, operation string) {
	var in parameters
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		awsapi.WriteJSONError(w, awsapi.Errorf(http.StatusBadRequest, "SerializationException", "the body cannot be read: %v", err))
		return
	}
	out, err := s.perform(r.Context(), operation, in)
	if err != nil {
		awsapi.WriteJSONError(w, err)
		return
	}
	awsapi.WriteJSON(w, http.StatusOK, out)
}

// queryResponse is the query protocol's envelope.
type queryResponse struct {
	XMLName   xml.Name
	Result    queryResult
	RequestID string `xml:"ResponseMetadata>RequestId"`
}

type queryResult struct {
	XMLName xml.Name
	Value   any `xml:",any"`
}

// MarshalXML puts the fields of the value into the element of the result.
func (r queryResult) MarshalXML(e *xml.Encoder, _ xml.StartElement) error {
	return e.EncodeElement(r.Value, xml.StartElement{Name: r.XMLName})
}

func (s *Service) serveQuery(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		awsapi.WriteQueryError(w, awsapi.Errorf(http.StatusBadRequest, "MalformedQueryString", "the form cannot be read: %v", err))
		return
	}
	operation := r.Form.Get("Action")
	if operation == "" {
		// Some SDKs speak CBOR to CloudWatch.
		awsapi.WriteQueryError(w, awsapi.Errorf(http.StatusNotImplemented, "NotImplemented", "the local runner speaks CloudWatch's query and JSON protocols"))
		return
	}
	out, err := s.perform(r.Context(), operation, parameters{r.Form.Get("DashboardName"), r.Form.Get("DashboardNamePrefix")})
	if err != nil {
		awsapi.WriteQueryError(w, err)
		return
	}
	const space = "http://monitoring.amazonaws.com/doc/2010-08-01/"
	awsapi.WriteXML(w, http.StatusOK, queryResponse{
		XMLName:   xml.Name{Space: space, Local: operation + "Response"},
		Result:    queryResult{XMLName: xml.Name{Local: operation + "Result"}, Value: out},
		RequestID: uuid.NewString(),
	})
}

func (s *Service) perform(ctx context.Context, operation string, in parameters) (any, error) {
	switch operation {
	case "ListDashboards":
		return s.list(ctx, in.DashboardNamePrefix)
	case "GetDashboard":
		return s.get(ctx, in.DashboardName)
	}
	return nil, awsapi.Errorf(http.StatusNotImplemented, "NotImplemented", "the local runner's CloudWatch knows ListDashboards and GetDashboard, not %s", operation)
}

func (s *Service) list(ctx context.Context, prefix string) (any, error) {
	if err := s.authorize(ctx, "cloudwatch:ListDashboards", "*"); err != nil {
		return nil, err
	}
	result := listResult{Entries: []entry{}}
	for _, d := range s.dashboards {
		if strings.HasPrefix(d.Name, prefix) {
			result.Entries = append(result.Entries, entry{
				Name: d.Name, ARN: d.ARN, LastModified: s.since, Modified: s.since.Unix(), Size: len(d.Body),
			})
		}
	}
	return result, nil
}

func (s *Service) get(ctx context.Context, name string) (any, error) {
	for _, d := range s.dashboards {
		if d.Name != name {
			continue
		}
		if err := s.authorize(ctx, "cloudwatch:GetDashboard", d.ARN); err != nil {
			return nil, err
		}
		return getResult{ARN: d.ARN, Body: d.Body, Name: d.Name}, nil
	}
	// CloudWatch's own code, with the typing that it has on the wire.
	return nil, awsapi.Errorf(http.StatusNotFound, "ResourceNotFound", "Dashboard %s does not exist", name)
}
