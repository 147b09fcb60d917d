package access

import (
	"encoding/xml"
	"net/http"
	"path"

	"github.com/google/uuid"

	"github.com/pixline/pixline/local/awsapi"
)

type callerIdentity struct {
	XMLName   xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ GetCallerIdentityResponse"`
	ARN       string   `xml:"GetCallerIdentityResult>Arn"`
	UserID    string   `xml:"GetCallerIdentityResult>UserId"`
	Account   string   `xml:"GetCallerIdentityResult>Account"`
	RequestID string   `xml:"ResponseMetadata>RequestId"`
}

// ServeSTS answers STS's GetCallerIdentity, in the query protocol, for the
// principal in the request's context. As at AWS, no policy can refuse it.
func (s *Service) ServeSTS(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		awsapi.WriteQueryError(w, awsapi.Errorf(http.StatusBadRequest, "MalformedQueryString", "the form cannot be read: %v", err))
		return
	}
	if action := r.Form.Get("Action"); action != "GetCallerIdentity" {
		awsapi.WriteQueryError(w, awsapi.Errorf(http.StatusBadRequest, "InvalidAction", "The local runner's STS knows GetCallerIdentity only, not %q", action))
		return
	}
	p, ok := FromContext(r.Context())
	if !ok {
		awsapi.WriteQueryError(w, awsapi.Errorf(http.StatusForbidden, "MissingAuthenticationToken", "Missing Authentication Token"))
		return
	}
	awsapi.WriteXML(w, http.StatusOK, callerIdentity{ARN: p.String(), UserID: p.userID(), Account: s.account, RequestID: uuid.NewString()})
}

// userID has the shape of AWS's unique ids. AWS's are random; these name the
// principal, so that they are the same in every run.
func (p Principal) userID() string {
	if p.RoleARN != "" {
		return "AROALOCALRUNNER:" + path.Base(p.ARN)
	}
	return "AIDALOCALRUNNER"
}
