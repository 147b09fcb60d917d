package deploytest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// cloudWatch asks CloudWatch in its Query protocol: the SDK has a newer one,
// which the emulator does not speak.
func (s *standing) cloudWatch(ctx context.Context, action string, parameters url.Values, answer any) error {
	parameters.Set("Action", action)
	parameters.Set("Version", "2010-08-01")
	text, err := s.post(ctx, "monitoring", parameters.Encode(), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
	if err != nil {
		return fmt.Errorf("%s: %w", action, err)
	}
	return xml.Unmarshal(text, answer)
}

// firewall asks AWS WAF, whose SDK takes longer to compile than all others
// here together.
func (s *standing) firewall(ctx context.Context, action string, parameters map[string]string, answer any) error {
	body, err := json.Marshal(parameters)
	if err != nil {
		return err
	}
	text, err := s.post(ctx, "wafv2", string(body), http.Header{
		"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {"AWSWAF_20190729." + action},
	})
	if err != nil {
		return fmt.Errorf("%s: %w", action, err)
	}
	return json.Unmarshal(text, answer)
}

// post sends a signed request.
func (s *standing) post(ctx context.Context, service, body string, header http.Header) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, aws.ToString(s.aws.BaseEndpoint)+"/", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header = header
	identity, err := s.aws.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(ctx, identity, request, hex.EncodeToString(sum[:]), service, s.aws.Region, time.Now()); err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", response.Status, text)
	}
	return text, err
}
