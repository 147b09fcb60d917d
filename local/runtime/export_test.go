package runtime

// Processes counts the environments' processes that the runner knows to live.
func (r *Runner) Processes() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.processes)
}
