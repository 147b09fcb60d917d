package objects

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"

	"github.com/versity/versitygw/auth"
)

// Credentials finds the secret of an access key. A temporary key is only known
// together with its session token.
type Credentials interface {
	SecretFor(accessKeyID, sessionToken string) (secret string, known bool)
}

// accounts gives versitygw the keys of this machine's roles. Every account is
// an administrator there: permissions were checked before.
type accounts struct{ credentials Credentials }

var errReadOnly = errors.New("the accounts are the roles of the Pulumi program")

// DeriveSigningKey implements auth.SigningKeyProvider.
func (a accounts) DeriveSigningKey(access, token, date, region, service string) ([]byte, auth.Account, error) {
	secret, ok := a.credentials.SecretFor(access, token)
	if !ok {
		return nil, auth.Account{}, auth.ErrNoSuchUser
	}
	// Source: IAM User Guide, "Create a signed AWS API request", step 4.
	key := []byte("AWS4" + secret)
	for _, part := range []string{date, region, service, "aws4_request"} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	return key, auth.Account{Access: access, Role: auth.RoleAdmin}, nil
}

func (a accounts) GetUserAccount(access string) (auth.Account, error) {
	secret, ok := a.credentials.SecretFor(access, "")
	if !ok {
		return auth.Account{}, auth.ErrNoSuchUser
	}
	return auth.Account{Access: access, Secret: secret, Role: auth.RoleAdmin}, nil
}

func (a accounts) ResolveAccounts(ids []string) ([]string, error)    { return ids, nil }
func (a accounts) CreateAccount(auth.Account) error                  { return errReadOnly }
func (a accounts) UpdateUserAccount(string, auth.MutableProps) error { return errReadOnly }
func (a accounts) DeleteUserAccount(string) error                    { return errReadOnly }
func (a accounts) ListUserAccounts() ([]auth.Account, error)         { return nil, nil }
func (a accounts) Shutdown() error                                   { return nil }

// root is the account that makes the buckets; nobody else learns its secret.
type root struct{ access, secret string }

func newRoot() root { return root{access: "pixline-root", secret: rand.Text()} }
