package topics

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" // what SignatureVersion 1 is made of
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"time"

	"github.com/pixline/pixline/local/topics/attribute"
)

// envelope is the document that SNS delivers. Source: SNS Developer Guide,
// "Parsing Amazon SNS message formats".
type envelope struct {
	Type              string
	MessageID         string `json:"MessageId"`
	Token             string `json:",omitempty"`
	TopicARN          string `json:"TopicArn"`
	Subject           string `json:",omitempty"`
	Message           string
	SubscribeURL      string `json:",omitempty"`
	Timestamp         string
	SignatureVersion  string
	Signature         string
	SigningCertURL    string                       `json:"SigningCertURL"`
	UnsubscribeURL    string                       `json:",omitempty"`
	MessageAttributes map[string]envelopeAttribute `json:",omitempty"`
}

type envelopeAttribute struct{ Type, Value string }

func envelopeAttributes(attributes map[string]attribute.Value) map[string]envelopeAttribute {
	out := map[string]envelopeAttribute{}
	for name, v := range attributes {
		value := base64.StdEncoding.EncodeToString(v.BinaryValue)
		if v.StringValue != nil {
			value = *v.StringValue
		}
		out[name] = envelopeAttribute{v.DataType, value}
	}
	return out
}

func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// signer signs envelopes with a key that is made when the first is signed.
type signer struct {
	url  string // of the certificate
	path string
	key  func() (*signingKey, error)
}

type signingKey struct {
	private *rsa.PrivateKey
	pem     []byte
}

func newSigner(endpoint string) *signer {
	path := "/SimpleNotificationService-" + strings.ToLower(rand.Text()) + ".pem"
	return &signer{url: strings.TrimSuffix(endpoint, "/") + path, path: path, key: sync.OnceValues(newSigningKey)}
}

func newSigningKey() (*signingKey, error) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("make the key that signs notifications: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sns.localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		return nil, fmt.Errorf("make the certificate that signs notifications: %w", err)
	}
	return &signingKey{private, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})}, nil
}

// sign completes an envelope and encodes it.
func (s *signer) sign(e envelope) (string, error) {
	key, err := s.key()
	if err != nil {
		return "", err
	}
	e.SignatureVersion, e.SigningCertURL = "1", s.url
	sum := sha1.Sum([]byte(e.stringToSign()))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key.private, crypto.SHA1, sum[:])
	if err != nil {
		return "", fmt.Errorf("sign a notification: %w", err)
	}
	e.Signature = base64.StdEncoding.EncodeToString(signature)
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(e); err != nil {
		return "", fmt.Errorf("encode a notification: %w", err)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// stringToSign: names and values in alphabetical order, each on a line.
// Source: SNS Developer Guide, "Verifying the signatures of Amazon SNS messages".
func (e envelope) stringToSign() string {
	var b strings.Builder
	for _, field := range [][2]string{
		{"Message", e.Message},
		{"MessageId", e.MessageID},
		{"Subject", e.Subject},
		{"SubscribeURL", e.SubscribeURL},
		{"Timestamp", e.Timestamp},
		{"Token", e.Token},
		{"TopicArn", e.TopicARN},
		{"Type", e.Type},
	} {
		if field[1] != "" {
			b.WriteString(field[0] + "\n" + field[1] + "\n")
		}
	}
	return b.String()
}
