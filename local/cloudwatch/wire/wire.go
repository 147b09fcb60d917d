// Package wire speaks the three protocols of a service such as CloudWatch, which
// AWS moved from the query protocol to JSON and CBOR: the same operations, on
// typed inputs and outputs, in whichever protocol the client asks.
//
//   - query: a form whose parameter Action names the operation, answered in XML
//     (awscli 2.9, which is Debian's);
//   - AWS JSON 1.0: the header X-Amz-Target names it;
//   - Smithy RPC v2 CBOR: the path names it, the header Smithy-Protocol the
//     protocol (aws-sdk-go-v2, botocore 1.43).
//
// Inputs and outputs are structs whose exported fields have the names of the
// API's members, or those of their tags `wire:"Name"`; `wire:",required"` refuses
// a request without the member. Fields are strings, booleans, int, int32, int64,
// float64, time.Time, []byte, map[string]float64 (answers alone), structs, and
// pointers to and slices of those.
package wire

import (
	"context"
	"net/http"
	"reflect"

	"github.com/google/uuid"

	"github.com/pixline/pixline/local/awsapi"
)

// Operation is an operation that a service performs.
type Operation struct {
	name   string
	shapes map[string]string
	serve  func(ctx context.Context, in node) (node, error)
}

// Serve makes an operation of a function. Where Out is struct{}, the answer is
// empty. Errors are those of awsapi.As, with the codes of the query protocol.
func Serve[In, Out any](name string, do func(context.Context, *In) (*Out, error)) Operation {
	return Operation{name: name, serve: func(ctx context.Context, n node) (node, error) {
		in := new(In)
		if err := decode(n, reflect.ValueOf(in).Elem()); err != nil {
			return nil, err
		}
		out, err := do(ctx, in)
		if err != nil {
			return nil, &failure{err}
		}
		if reflect.TypeFor[Out]().NumField() == 0 {
			return nil, nil
		}
		return encode(reflect.ValueOf(out))
	}}
}

// Shape says which shape the API's model has for an error's code with this
// operation, where it is not that of Options.Shapes.
func (o Operation) Shape(code, shape string) Operation {
	o.shapes = map[string]string{code: shape}
	return o
}

// failure is an error of the operation itself, not of the request's form.
type failure struct{ err error }

func (f *failure) Error() string { return f.err.Error() }

// Options describe a service.
type Options struct {
	// Name is the service's name in its API model, such as
	// GraniteServiceVersion20100801.
	Name string
	// Namespace is that of the XML answers.
	Namespace string
	// Shapes are the names that errors have in the API's model, by their code: what
	// JSON and CBOR call them. Others go by their code.
	Shapes map[string]string
	// MaxBody limits a request's body, and what it decompresses to: bytes.
	MaxBody int64
}

// Service is an http.Handler for the operations.
type Service struct {
	options    Options
	operations map[string]Operation
}

// New returns the service.
func New(o Options, operations ...Operation) *Service {
	s := &Service{options: o, operations: map[string]Operation{}}
	for _, op := range operations {
		s.operations[op.name] = op
	}
	return s
}

// ServeHTTP performs the request's operation.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p := s.protocolOf(r)
	id := uuid.NewString()
	w.Header().Set("X-Amzn-RequestId", id)
	name, out, err := s.perform(p, w, r)
	if err == nil {
		err = p.answer(w, name, id, out)
	}
	if err != nil {
		p.refuse(w, awsapi.As(err), s.shape(name, awsapi.As(err).Code))
	}
}

// WriteError refuses a request in the protocol that it was made in.
func (s *Service) WriteError(w http.ResponseWriter, r *http.Request, err error) {
	e := awsapi.As(err)
	s.protocolOf(r).refuse(w, e, s.shape("", e.Code))
}

func (s *Service) shape(operation, code string) string {
	if shape, ok := s.operations[operation].shapes[code]; ok {
		return shape
	}
	if shape, ok := s.options.Shapes[code]; ok {
		return shape
	}
	return code
}

func (s *Service) perform(p protocol, w http.ResponseWriter, r *http.Request) (string, node, error) {
	body, err := s.read(w, r)
	if err != nil {
		return "", nil, err
	}
	name, in, err := p.read(r, body)
	if err != nil {
		return name, nil, awsapi.Errorf(http.StatusBadRequest, p.malformed(), "The request cannot be read: %v", err)
	}
	op, known := s.operations[name]
	if !known {
		return name, nil, awsapi.Errorf(http.StatusNotImplemented, "NotImplemented", "The local runner does not perform %q of %s.", name, s.options.Name)
	}
	out, err := op.serve(r.Context(), in)
	switch err := err.(type) {
	case nil:
		return name, out, nil
	case *failure:
		return name, nil, err.err
	case errMissing:
		return name, nil, awsapi.Errorf(http.StatusBadRequest, "MissingParameter", "%s", err.Error())
	default:
		return name, nil, awsapi.Errorf(http.StatusBadRequest, p.malformed(), "The request is not what the operation takes: %v", err)
	}
}
