// Reads a JSON list of cases on stdin, and writes the list of results of
// @cloud-copilot/iam-simulate on stdout: Allowed, ImplicitlyDenied or
// ExplicitlyDenied. A case that the simulator refuses fails the run.
import { readFileSync } from 'node:fs'
import { runSimulation } from '@cloud-copilot/iam-simulate'

const account = '000000000000'
const results = []
for (const testCase of JSON.parse(readFileSync(0, 'utf8'))) {
  const outcome = await runSimulation(
    {
      request: {
        principal: testCase.principal,
        action: testCase.action,
        resource: { resource: testCase.resource, accountId: account },
        contextVariables: testCase.context
      },
      identityPolicies: testCase.identity ? [{ name: 'identity', policy: testCase.identity }] : [],
      resourcePolicy: testCase.resourcePolicy ?? undefined,
      serviceControlPolicies: [],
      resourceControlPolicies: []
    },
    {}
  )
  if (outcome.resultType === 'error') {
    console.error(JSON.stringify({ testCase, errors: outcome.errors }, null, 1))
    process.exit(1)
  }
  results.push(outcome.overallResult)
}
process.stdout.write(JSON.stringify(results))
