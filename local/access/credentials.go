package access

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/pixline/pixline/local/access/policy"
	"github.com/pixline/pixline/local/awsapi"
)

// The services that take on roles here.
const (
	APIGateway    = "apigateway.amazonaws.com"
	Lambda        = "lambda.amazonaws.com"
	StepFunctions = "states.amazonaws.com"
)

// sessionLife is STS's default for AssumeRole.
const sessionLife = time.Hour

// Credentials are a role's temporary credentials.
type Credentials struct {
	AccessKeyID     string // ASIA…
	SecretAccessKey string
	SessionToken    string
	Expiration      time.Time
	Principal       Principal // whom they stand for
}

type session struct{ credentials Credentials }

// AssumeService gives an AWS service (lambda.amazonaws.com) the credentials of
// a role, when the role's trust policy lets the service assume it on behalf of
// sourceARN (a state machine; empty for Lambda, which says its account alone, and for
// API Gateway, which says nothing). The key stays the same for each role and service;
// every call renews its expiration.
//
// The refusal is an *awsapi.Error AccessDenied (403).
func (s *Service) AssumeService(roleARN, servicePrincipal, sourceARN string) (Credentials, error) {
	r := s.roles[roleARN]
	if r == nil {
		return Credentials{}, awsapi.Errorf(http.StatusNotFound, "NoSuchEntity", "The role %s cannot be found.", roleARN)
	}
	service := Principal{Service: servicePrincipal, SourceARN: sourceARN}
	decision := policy.Evaluate(nil, r.trust, policy.Request{
		Principal: policy.Principal{Service: servicePrincipal},
		Action:    "sts:AssumeRole", Resource: roleARN,
		Context: s.context(service, roleARN, nil),
	})
	if !decision.Allowed {
		return Credentials{}, s.deny(service, "sts:AssumeRole", roleARN, decision, true)
	}
	label, _, _ := strings.Cut(servicePrincipal, ".")
	arn := "arn:aws:sts::" + s.account + ":assumed-role/" + r.name + "/" + label
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, existing := range s.sessions {
		if existing.credentials.Principal.ARN == arn && existing.credentials.Principal.RoleARN == roleARN {
			existing.credentials.Expiration = time.Now().Add(sessionLife)
			return existing.credentials, nil
		}
	}
	fresh := &session{
		credentials: Credentials{
			Principal:       Principal{ARN: arn, RoleARN: roleARN},
			AccessKeyID:     "ASIA" + rand.Text()[:16],
			SecretAccessKey: randomText(30),
			SessionToken:    randomText(96),
			Expiration:      time.Now().Add(sessionLife),
		},
	}
	s.sessions[fresh.credentials.AccessKeyID] = fresh
	return fresh.credentials, nil
}

// ActAs is ctx with the session of a role in it, which AssumeService gives to
// an AWS service: what is done with it is authorized as that role.
func (s *Service) ActAs(ctx context.Context, roleARN, servicePrincipal, sourceARN string) (context.Context, error) {
	credentials, err := s.AssumeService(roleARN, servicePrincipal, sourceARN)
	if err != nil {
		return nil, err
	}
	return WithPrincipal(ctx, credentials.Principal), nil
}

func randomText(bytes int) string {
	b := make([]byte, bytes)
	rand.Read(b) // never fails: the program ends first
	return base64.RawURLEncoding.EncodeToString(b)
}

// Secret is the secret of an access key, the administrator's included.
func (s *Service) Secret(accessKeyID string) (secret string, ok bool) {
	if accessKeyID == s.adminKey {
		return s.adminSecret, true
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if found := s.sessions[accessKeyID]; found != nil {
		return found.credentials.SecretAccessKey, true
	}
	return "", false
}

// principal finds who holds a key, and checks the token that goes with it.
func (s *Service) principal(accessKeyID, token string) (Principal, error) {
	if accessKeyID == s.adminKey {
		if token != "" {
			return Principal{}, errToken
		}
		return s.Administrator(), nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := s.sessions[accessKeyID]
	switch {
	case found == nil:
		return Principal{}, fmt.Errorf("%w: %s", errKey, accessKeyID)
	case token != found.credentials.SessionToken:
		return Principal{}, errToken
	case time.Now().After(found.credentials.Expiration):
		return Principal{}, errExpired
	}
	return found.credentials.Principal, nil
}
