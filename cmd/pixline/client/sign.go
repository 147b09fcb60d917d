package client

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/pixline/pixline/infra/config"
)

// ErrNoKey reports outputs of a stack whose API wants a key that they lack.
var ErrNoKey = errors.New("the stack's API wants an API key, which its outputs do not hold")

// maskedSecret is what the Pulumi CLI prints in place of a secret.
const maskedSecret = "[secret]"

// check refuses outputs with which no request to the API could succeed.
func (s Stack) check() error {
	switch s.APIAuth {
	case "", config.AuthNone, config.AuthIAM:
		return nil
	case config.AuthAPIKey:
		if s.APIKey == "" || s.APIKey == maskedSecret {
			return ErrNoKey
		}
		return nil
	}
	return fmt.Errorf("the stack's apiAuth is %q, which this pixline does not know", s.APIAuth)
}

// signer adds to a request what the API knows its callers by. It is given the
// body that the request sends.
type signer func(req *http.Request, body []byte) error

func signerFor(stack Stack, c aws.Config) signer {
	switch stack.APIAuth {
	case config.AuthIAM:
		return func(req *http.Request, body []byte) error {
			credentials, err := c.Credentials.Retrieve(req.Context())
			if err != nil {
				return err
			}
			sum := sha256.Sum256(body)
			return v4.NewSigner().SignHTTP(req.Context(), credentials, req, hex.EncodeToString(sum[:]), "execute-api", c.Region, time.Now())
		}
	case config.AuthAPIKey:
		return func(req *http.Request, _ []byte) error {
			req.Header.Set("X-Api-Key", stack.APIKey)
			return nil
		}
	}
	return func(*http.Request, []byte) error { return nil }
}
