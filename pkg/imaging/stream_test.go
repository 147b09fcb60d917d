package imaging

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

// faulty is a decoder that panics at its third band.
type faulty struct{ bands int }

func (*faulty) NewBand() *int          { return new(int) }
func (*faulty) Interrupt(func() error) {}

func (f *faulty) Next(*int) error {
	if f.bands++; f.bands == 3 {
		panic("index out of range")
	}
	return nil
}

// TestDecoderPanics: a panic is an error and so corrupt, on whichever goroutine, and
// what was decoded before has been used.
func TestDecoderPanics(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]func(*bandReader[int], func(*int) error) error{
		"in turn": (*bandReader[int]).inTurn, "ahead": (*bandReader[int]).ahead,
	} {
		used := 0
		err := read(&bandReader[int]{ctx: context.Background(), source: &faulty{}}, func(*int) error { used++; return nil })
		if err == nil || !strings.Contains(err.Error(), "index out of range") || rejectDecoding(PNG, err).Code != Corrupt || used != 2 {
			t.Errorf("%s: %v after %d bands", name, err, used)
		}
	}
	if err := contain(func() error { panic("nil map") }); err == nil || rejectDecoding(GIF, err).Code != Corrupt {
		t.Errorf("a whole file: %v", err)
	}
}

// endless gives bands until the file's end.
type endless struct{ left int }

func (*endless) NewBand() *int          { return new(int) }
func (*endless) Interrupt(func() error) {}

func (e *endless) Next(*int) error {
	if e.left--; e.left < 0 {
		return io.EOF
	}
	return nil
}

// TestOurFaultIsNotTheFiles: what fails after decoding is no rejection, and every
// count of bands, whatever its batch, is used to the last.
func TestOurFaultIsNotTheFiles(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	err := stream(context.Background(), &endless{left: 40}, &Times{}, func(*int) error { return broken })
	if _, own := errors.AsType[*resizeError](err); !own || !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	for n := range 3*bandsInBatch + 2 {
		used := 0
		r := &bandReader[int]{ctx: context.Background(), source: &endless{left: n}}
		if err := r.ahead(func(*int) error { used++; return nil }); err != nil || used != n {
			t.Errorf("%d bands: %d used, %v", n, used, err)
		}
	}
}
