// Package deploytest holds the program to what it does when it is deployed: its
// tests drive the real Pulumi CLI, with the real AWS provider, against an
// emulator of AWS's control plane, and compare what then stands there with what
// the local runner's graph says.
//
// Nothing leaves this machine: the credentials are placeholders, the state is a
// temporary folder, and whoever asks for another address than 127.0.0.1 meets a
// trap that fails the test. Functions and executions do not run here; that is
// the local runner's part.
package deploytest
