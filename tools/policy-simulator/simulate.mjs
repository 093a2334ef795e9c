// Simulates requests against IAM policies: JSON on standard input, verdicts on standard output.
//
// {policies: {id: document},
//  requests: [{principal, action, resource, account, context, identity: [id], session: id or null,
//              resourcePolicy: id or null, allowed}],
//  mutants:  [{policy: id, document}]}
//
// Returns {requests: [verdict], mutants: [{failed: index or null, used}]}. A verdict is
// {allowed, error, used}; `used` lists the deciding [policy, statement, action, resource].
// A mutant replaces its policy in all requests that use it; `failed` is the first request whose
// verdict is then wrong.

import { text } from 'node:stream/consumers'

import { runSimulation } from '@cloud-copilot/iam-simulate'

const list = (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value])

const simulation = (request, policies) => ({
  request: {
    principal: request.principal,
    action: request.action,
    resource: { resource: request.resource, accountId: request.account },
    contextVariables: request.context,
  },
  identityPolicies: request.identity.map((id) => ({ name: id, policy: policies[id] })),
  sessionPolicy: request.session ? policies[request.session] : undefined,
  resourcePolicy: request.resourcePolicy ? policies[request.resourcePolicy] : undefined,
  serviceControlPolicies: [],
  resourceControlPolicies: [],
})

const parts = (id, { explain }) =>
  list(explain.actions)
    .filter((one) => one.matches)
    .flatMap(({ action }) => {
      const resources = list(explain.resources).filter((one) => one.matches)
      const named = resources.length ? resources.map((one) => one.resource) : ['']
      return named.map((resource) => [id, explain.identifier, action, resource])
    })

const used = (request, { identityAnalysis, sessionAnalysis, resourceAnalysis }) => {
  const found = []
  for (const one of identityAnalysis?.allowStatements ?? []) found.push(...parts(one.policyId, one))
  for (const one of sessionAnalysis?.allowStatements ?? []) found.push(...parts(request.session, one))
  for (const kind of ['allowStatements', 'denyStatements'])
    for (const one of resourceAnalysis?.[kind] ?? [])
      found.push(...parts(request.resourcePolicy, one))
  return found
}

const judge = async (request, policies) => {
  const answer = await runSimulation(simulation(request, policies), {})
  if (answer.resultType !== 'single')
    return { allowed: null, error: answer.errors ?? answer.resultType, used: [] }
  const allowed = answer.overallResult === 'Allowed'
  return { allowed, error: null, used: used(request, answer.result.analysis) }
}

// The actions in which two documents differ; undefined if actions alone do not determine it. A
// verdict names statements by Sid, or else by index, which changes if a statement is removed.
const changedActions = (before, after) => {
  const statements = [before, after].map(({ Statement }) => list(Statement))
  const known = statements.map((each) => new Set(each.map((one) => JSON.stringify(one))))
  const differing = statements.flatMap((each, side) =>
    each.filter((one) => !known[1 - side].has(JSON.stringify(one))),
  )
  const actions = differing.flatMap((one) => list(one.Action ?? '*'))
  const isClear = statements.flat().every((one) => one.Sid) && !actions.join().includes('*')
  return isClear ? new Set(actions.map((one) => one.toLowerCase())) : undefined
}

const { policies, requests, mutants } = JSON.parse(await text(process.stdin))

const verdicts = []
for (const request of requests) verdicts.push(await judge(request, policies))

const outcomes = []
for (const { policy, document } of mutants) {
  const changed = { ...policies, [policy]: document }
  const outcome = { failed: null, used: [] }
  const actions = changedActions(policies[policy], document)
  for (const [index, request] of requests.entries()) {
    if (![...request.identity, request.session, request.resourcePolicy].includes(policy)) continue
    if (actions && !actions.has(request.action.toLowerCase())) {
      outcome.used.push(...verdicts[index].used.filter(([id]) => id === policy))
      continue
    }
    const verdict = await judge(request, changed)
    outcome.used.push(...verdict.used.filter(([id]) => id === policy))
    if (verdict.allowed !== request.allowed) {
      outcome.failed = index
      break
    }
  }
  outcomes.push(outcome)
}

process.stdout.write(JSON.stringify({ requests: verdicts, mutants: outcomes }))
