package fault

import (
	"math/rand/v2"
	"slices"
	"sync"
)

// Set is the faults that are injected now. Its methods may be called from many
// goroutines; a nil Set injects nothing.
type Set struct {
	mu     sync.Mutex
	faults []Fault
	random *rand.Rand
}

// NewSet returns a set of faults. The same source makes the same choices; nil is
// a random one.
func NewSet(faults []Fault, source rand.Source) *Set {
	if source == nil {
		source = rand.NewPCG(rand.Uint64(), rand.Uint64())
	}
	return &Set{faults: slices.Clone(faults), random: rand.New(source)} //nolint:gosec // a rehearsal needs no secret
}

// Replace injects other faults from now on, all at once.
func (s *Set) Replace(faults []Fault) {
	s.Update(func([]Fault) []Fault { return slices.Clone(faults) })
}

// Update injects what change makes of the faults, which it may alter in place: nobody
// else sees or changes them meanwhile.
func (s *Set) Update(change func([]Fault) []Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = change(s.faults)
}

// List is what is injected.
func (s *Set) List() []Fault {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.faults)
}

// Should decides for one case whether a fault of the kind happens in the stage,
// and answers which.
func (s *Set) Should(stage string, kind Kind) (Fault, bool) {
	if s == nil {
		return Fault{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.Stage == stage && f.Kind == kind {
			return f, s.random.Float64() < f.Rate
		}
	}
	return Fault{}, false
}
