package fault

import (
	"context"
	"errors"
	"fmt"
	"net"
	"reflect"
	"testing"
)

type response struct{ status int }

func (r *response) Error() string       { return fmt.Sprint("status ", r.status) }
func (r *response) HTTPStatusCode() int { return r.status }

// reason is an error of a service that says more than its status.
type reason struct {
	response
	code string
}

func (r *reason) ErrorCode() string { return r.code }

func TestKindOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want Kind
	}{
		{Reject("corrupt", "half of it is missing"), KindRejected},
		{fmt.Errorf("read: %w", &response{503}), KindTransient},
		{&response{429}, KindTransient},
		{&response{409}, KindTransient},
		{&response{403}, KindPermanent},
		{fmt.Errorf("publish: %w", &reason{response{400}, "ThrottlingException"}), KindTransient},
		{&reason{response{400}, "InvalidParameter"}, KindPermanent},
		{&response{404}, KindPermanent},
		{&net.DNSError{IsTimeout: true}, KindTransient},
		{fmt.Errorf("resize: %w", context.DeadlineExceeded), KindTimeout},
		{&Transient{Err: fmt.Errorf("read: %w", context.DeadlineExceeded)}, KindTimeout},
		{context.Canceled, KindPermanent},
		{errors.New("a defect"), KindPermanent},
		{&Transient{Err: errors.New("lost a race")}, KindTransient},
		{&Permanent{Err: &response{503}}, KindPermanent},
	} {
		if got := KindOf(c.err); got != c.want {
			t.Errorf("%v is %d, want %d", c.err, got, c.want)
		}
	}
}

// TestNames holds the state machine's Retry: Lambda reports the name of the Go
// type.
func TestNames(t *testing.T) {
	t.Parallel()
	if ForLambda(nil) != nil {
		t.Error("no error became one")
	}
	for err, want := range map[error]string{&response{503}: NameTransient, context.DeadlineExceeded: NameTimeout, errors.New("a defect"): NamePermanent} {
		named := ForLambda(fmt.Errorf("doing something: %w", err))
		if got := reflect.TypeOf(named).Elem().Name(); got != want || !errors.Is(named, err) {
			t.Errorf("%v is named %s, want %s", err, got, want)
		}
	}
}
