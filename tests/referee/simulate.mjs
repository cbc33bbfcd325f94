// Evaluates requests against a role's policies as AWS documents it. In: one JSON object on standard input,
// {account, principal, statements, boundary?, requests: [{action, resource, context}]}. Out: a JSON list, for each
// request {decision, by: [Sid of each statement that allows or denies it], error?}. tests/terraform/simulated.py calls it.
import { readFileSync } from 'node:fs'
import { runSimulation, runUnsafeSimulation } from '@cloud-copilot/iam-simulate'

const asked = JSON.parse(readFileSync(0, 'utf8'))
const policy = (name, statements) => ({ name, policy: { Version: '2012-10-17', Statement: statements } })
// Nothing is known of the organization's own policies, so they allow everything.
const everything = [{ orgIdentifier: 'o-root', policies: [policy('all', [{ Effect: 'Allow', Action: '*', Resource: '*' }])] }]
// A key that AWS manages leaves the right to look at it to IAM: without a key's own policy KMS allows nobody anything.
const keyPolicy = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${asked.account}:root` },
      Action: ['kms:Describe*', 'kms:Get*', 'kms:List*'],
      Resource: '*'
    }
  ]
}

const simulation = ({ action, resource, context }, statements) => ({
  request: {
    principal: asked.principal,
    action,
    resource: { resource, accountId: asked.account },
    contextVariables: context
  },
  identityPolicies: [policy('role', statements)],
  serviceControlPolicies: everything,
  resourceControlPolicies: [],
  ...(action.startsWith('kms:') ? { resourcePolicy: keyPolicy } : {}),
  ...(asked.boundary ? { permissionBoundaryPolicies: [policy('boundary', asked.boundary)] } : {})
})

const checked = async (request) => {
  const answer = await runSimulation(simulation(request, asked.statements), {})
  if (answer.resultType === 'error') return { decision: 'Error', by: [], error: JSON.stringify(answer.errors) }
  const analyses = (answer.results ?? [answer.result]).map((each) => each.analysis.identityAnalysis)
  const decisive = analyses.flatMap((each) => [...(each?.allowStatements ?? []), ...(each?.denyStatements ?? [])])
  return { decision: answer.overallResult, by: [...new Set(decisive.map((each) => each.statement.sid()))] }
}

// AWS documents API Gateway twice under one prefix, for REST and for HTTP APIs. The simulator's data mixes the two and
// knows no action on an HTTP API, so its check of which resources an action can have is left out here.
const unchecked = (request) => {
  const decide = (statements) => runUnsafeSimulation(simulation(request, statements), {})
  const by = asked.statements.filter((each) => decide([each]) !== 'ImplicitlyDenied').map((each) => each.Sid)
  return { decision: decide(asked.statements), by }
}

const answers = []
for (const request of asked.requests) {
  answers.push(request.action.startsWith('apigateway:') ? unchecked(request) : await checked(request))
}
process.stdout.write(JSON.stringify(answers))
