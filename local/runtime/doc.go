// Package runtime is AWS Lambda on this machine. It builds Go functions for
// the host, runs each execution environment as a process of its own behind the
// real Lambda Runtime API, and answers Invoke as Lambda does. Functions are
// unmodified aws-lambda-go binaries: what runs here is what is deployed.
//
// Guarantees:
//   - One environment handles one invocation at a time. An idle one is reused
//     (most recently used first); without one a new process is started; beyond
//     the concurrency the caller gets TooManyRequestsException at once. A
//     synchronous invocation never queues.
//   - A function sees the environment variables that Lambda gives it, and
//     nothing of the runner's own environment.
//   - Failures carry Lambda's error documents: Runtime.ExitError,
//     Sandbox.Timedout, Runtime.InvalidEntrypoint, Function.ResponseSizeTooLarge,
//     or what the function itself posted.
//   - All log lines of an invocation have reached the LogSink when Invoke returns.
//   - After Close no process and no goroutine of this package is left. When the
//     runner is killed, its functions die too: on Linux by the parent-death
//     signal, everywhere because the Runtime API that they poll is gone.
//
// Not modelled: memory and CPU limits (peak memory is reported, not enforced),
// /tmp isolation, freezing between invocations, versions and aliases other than
// $LATEST, provisioned concurrency, external extensions, response streaming.
package runtime
