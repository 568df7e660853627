import { preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import {
  abstain,
  type AccessDecision,
  type AccessQuery,
  constrain,
  deny,
  search,
} from '../../src/scope/policies/policy.js';
import type { AccessDecisionPoint } from '../../src/scope/decision-point/access-decision-point.js';

const actions = { c: 'create', r: 'read', u: 'update', d: 'delete', s: 'search' } as const;

/** Cedar decides by who asks and for what; which policy permitted says how far it reaches. */
const policies: Readonly<Record<string, string>> = {
  everything: 'permit (principal, action, resource) when { context.role == "auditor" };',
  'own-department':
    'permit (principal, action in [Action::"read", Action::"search"], resource) when { context has department };',
  'no-restricted':
    'forbid (principal, action, resource == Type::"Patient") when { context has suspended && context.suspended };',
};

/** How far each policy that permits reaches, as a search expression; absent: without a limit. */
const reach: Readonly<Record<string, (query: AccessQuery) => string>> = {
  'own-department': ({ type, principal: { claims } }) =>
    type === 'Patient'
      ? search`organization=${`Organization/${String(claims['department'])}`}`
      : search`patient.organization=${`Organization/${String(claims['department'])}`}`,
};

/** A decision point that asks Cedar (https://www.cedarpolicy.com) in this process, by its WebAssembly. */
export class CedarDecisionPoint implements AccessDecisionPoint {
  readonly name = 'cedar';
  readonly types = ['Patient', 'Observation'];
  readonly expressions = ['Patient?organization=Organization/x', 'Observation?patient.organization=Organization/x'];
  private readonly policySet = 'lanyard-example';

  constructor() {
    const parsed = preparsePolicySet(this.policySet, { staticPolicies: { ...policies } });
    if (parsed.type === 'failure') throw new Error(parsed.errors.map(({ message }) => message).join('; '));
  }

  decide(queries: readonly AccessQuery[]): readonly AccessDecision[] {
    return queries.map((query) => this.judge(query));
  }

  private judge(query: AccessQuery): AccessDecision {
    const { claims, subject } = query.principal;
    const { role, department, suspended } = claims;
    const answer = statefulIsAuthorized({
      principal: { type: 'User', id: subject },
      action: { type: 'Action', id: actions[query.permission] },
      resource: { type: 'Type', id: query.type },
      context: {
        role: typeof role === 'string' ? role : 'none',
        ...(typeof department === 'string' && { department }),
        ...(suspended === true && { suspended }),
      },
      preparsedPolicySetId: this.policySet,
      entities: [],
    });
    if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('; '));
    const { decision, diagnostics } = answer.response;
    // A policy that cannot be evaluated does not count in Cedar; here that is a failure.
    if (diagnostics.errors.length > 0) throw new Error(diagnostics.errors.map(({ error }) => error.message).join('; '));
    if (decision === 'deny') return deny('not-permitted', 'No Cedar policy permits this to you.');
    const limits = diagnostics.reason.map((policy) => reach[policy]);
    if (limits.includes(undefined)) return abstain();
    return constrain(limits[0]!(query), diagnostics.reason[0]!);
  }
}
