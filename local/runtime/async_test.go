package runtime_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/runtime"
)

// letters collects dead letters.
type letters struct {
	mu  sync.Mutex
	all []runtime.DeadLetter
	err error
}

func (l *letters) send(_ context.Context, d runtime.DeadLetter) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, d)
	return l.err
}

func (l *letters) take() []runtime.DeadLetter {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all
}

func TestAsynchronous(t *testing.T) {
	t.Parallel()
	const queue = "arn:aws:sqs:us-east-1:000000000000:dead"
	twice, never, off := function(t, "twice"), function(t, "never"), function(t, "off")
	twice.MaximumRetryAttempts, off.Concurrency = 2, 0
	twice.DeadLetterARN, never.DeadLetterARN, off.DeadLetterARN = queue, queue, queue
	s, dead := &sink{}, &letters{}
	r := start(t, s, func(o *runtime.Options) {
		o.DeadLetters, o.AsyncDelayScale = dead.send, 1e-5
	}, twice, never, off)

	send := func(name, payload string) string {
		t.Helper()
		id, err := r.InvokeAsync(t.Context(), name, []byte(payload))
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	send("twice", `{"text":"fine"}`)
	eventually(t, "the event is processed", func() bool { return strings.Contains(s.text(), "REPORT") })

	for _, c := range []struct {
		name, payload string
		code, starts  int
		message       string
	}{
		{"twice", `{"do":"plain-error","text":"` + strings.Repeat("m", 2000) + `"}`, 200, 3, strings.Repeat("m", 1024)},
		{"never", `{"do":"exit","count":4}`, 200, 1, "Runtime exited with error: exit status 4"},
		{"off", `{}`, 429, 0, "Rate Exceeded."},
	} {
		before := len(dead.take())
		id := send(c.name, c.payload)
		eventually(t, "a dead letter of "+c.name, func() bool { return len(dead.take()) == before+1 })
		d := dead.take()[before]
		if d.RequestID != id || d.ErrorCode != c.code || !strings.Contains(d.ErrorMessage, c.message) || len(d.ErrorMessage) > 1024 ||
			string(d.Payload) != c.payload || d.Target != queue || d.RoleARN != role || d.FunctionARN != arnPrefix+c.name {
			t.Errorf("%s: %+v", c.name, d)
		}
		if n := strings.Count(s.text(), "START RequestId: "+id); n != c.starts {
			t.Errorf("%s: %d attempts", c.name, n)
		}
	}
	if _, err := r.InvokeAsync(t.Context(), "twice", []byte(`"`+strings.Repeat("x", 1<<20)+`"`)); awsapi.As(err).Code != "RequestTooLargeException" {
		t.Error(err)
	}
}

func TestAsynchronousEventsLeftAtClose(t *testing.T) {
	t.Parallel()
	s := &sink{}
	f := function(t, "f")
	f.MaximumRetryAttempts = -1
	r := start(t, s, nil, f)
	waiting, err := r.InvokeAsync(t.Context(), "f", []byte(`{"do":"error"}`))
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the first attempt ends", func() bool { return strings.Contains(s.text(), "REPORT RequestId: "+waiting) })
	running, err := r.InvokeAsync(t.Context(), "f", []byte(`{"do":"sleep","count":600000}`))
	if err != nil {
		t.Fatal(err)
	}
	err = r.Close(t.Context())
	undelivered := (*runtime.UndeliveredError)(nil)
	if !errors.As(err, &undelivered) || len(undelivered.Events) != 2 {
		t.Fatalf("%v", err)
	}
	if e := undelivered.Events; e[0].RequestID != waiting || string(e[0].Payload) != `{"do":"error"}` || e[0].Attempts != 1 || e[1].RequestID != running {
		t.Errorf("%+v", e)
	}
}

func TestDeadLetterThatCannotBeSent(t *testing.T) {
	t.Parallel()
	f, plain := function(t, "f"), function(t, "plain")
	f.DeadLetterARN = "arn:aws:sqs:us-east-1:000000000000:absent"
	seen := make(chan runtime.Observation, 16)
	r := start(t, &sink{}, func(o *runtime.Options) {
		o.DeadLetters = (&letters{err: errors.New("no such queue")}).send
		o.Observer = func(o runtime.Observation) { seen <- o }
	}, f, plain)
	for name, want := range map[string][]runtime.ObservationKind{
		"f":     {runtime.EventReceived, runtime.Invoked, runtime.EventDropped, runtime.DeadLetterFailed},
		"plain": {runtime.EventReceived, runtime.Invoked, runtime.EventDropped},
	} {
		if _, err := r.InvokeAsync(t.Context(), name, []byte(`{"do":"error"}`)); err != nil {
			t.Fatal(err)
		}
		for _, kind := range want {
			if o := <-seen; o.Kind != kind || o.Function != name || (kind == runtime.DeadLetterFailed) != (o.Err != nil) || (kind == runtime.Invoked && o.Concurrency.Function != 1) {
				t.Errorf("%s: %+v, want kind %d", name, o, kind)
			}
		}
	}
	if err := r.Close(t.Context()); err != nil {
		t.Errorf("nothing was left, but: %v", err)
	}
}
