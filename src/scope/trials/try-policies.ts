import { resourceTypes } from '../../r4/model/resource-types.js';
import type { Interaction } from '../../r4/rest/interaction.js';
import type { Access } from '../access.js';
import type { AccessRules } from '../access-rules.js';
import type { DeclaredAccess } from '../decision.js';
import type { Need } from '../explain/scope-refusals.js';
import { type Grant, grantKey, simplify } from '../grant.js';
import { claimsIn, samples, samplesOf } from '../policies/placeholders.js';
import type { PolicyExpressions } from '../policies/policy-expressions.js';
import type { StoredPolicy } from '../policies/stored-policy.js';
import { RequestContext } from '../request-context.js';
import { decide } from '../request-decision.js';
import { type CallerShape, interactionOfShape, principalOfShape, type RequestShape } from './access-shape.js';

/** Effect of a change of policies on a request. `other`: rows or elements that are neither all nor none of those before. */
export type Effect = 'refused' | 'permitted' | 'fewer' | 'more' | 'other';

/** Result for one shape of requests. */
export interface ShapeChange {
  readonly effect: Effect;
  /** Types of which something else is shown or may be changed. */
  readonly types: readonly string[];
  /** Reasons of the refusal, before or after. */
  readonly reasons: readonly string[];
}

/** The rules before and after. */
export interface TriedRules {
  readonly before: AccessRules;
  readonly after: AccessRules;
  readonly declared: (interaction: Interaction) => DeclaredAccess | undefined;
  readonly work: TrialWork;
}

/** Work of a trial so far. */
export interface TrialWork {
  /** Accesses of a type that were compared: a request to the whole server takes one for each type and permission. */
  accesses: number;
}

/** A caller under both rules; decisions about types are kept, as in one request. */
export interface TriedCaller {
  readonly before: RequestContext;
  readonly after: RequestContext;
}

export function triedCaller(shape: CallerShape, rules: TriedRules, valueOf: (claim: string) => string): TriedCaller {
  const principal = principalOfShape(shape, valueOf);
  return { before: new RequestContext(principal, rules.before), after: new RequestContext(principal, rules.after) };
}

/** Decides a request by both rules, by the function that decides real ones; undefined if nothing changes. */
export function tryRequest(caller: TriedCaller, shape: RequestShape, rules: TriedRules): ShapeChange | undefined {
  const interaction = interactionOfShape(shape);
  const asked = { interaction, declared: rules.declared(interaction) };
  const [before, after] = [decide(caller.before, asked), decide(caller.after, asked)];
  if (before.isPermitted !== after.isPermitted) {
    const effect = before.isPermitted ? 'refused' : 'permitted';
    const reasons = [...before.refusals, ...after.refusals].map(({ fact }) => fact);
    return { effect, types: typesOf(after.needs), reasons: [...new Set(reasons)].slice(0, mostReasons) };
  }
  return before.isPermitted ? rowsChange(caller, before.needs, rules.work) : undefined;
}

const mostReasons = 5;

const typesOf = (needs: readonly Need[]): readonly string[] => [...new Set(needs.map(({ type }) => type))];

function rowsChange(caller: TriedCaller, needs: readonly Need[], work: TrialWork): ShapeChange | undefined {
  const named = needs.flatMap(({ type, permission }) =>
    (type === '*' ? [...resourceTypes] : [type]).map((one) => ({ type: one, permission })),
  );
  const effects = new Map<string, Effect>();
  work.accesses += named.length;
  for (const { type, permission } of named) {
    const accesses = [caller.before, caller.after].map((context) => context.accessIfAny(type, permission));
    const effect = accessChange(accesses[0], accesses[1]);
    if (effect) effects.set(type, effect);
  }
  const [first, ...others] = new Set(effects.values());
  if (first === undefined) return undefined;
  return { effect: others.length === 0 ? first : 'other', types: [...effects.keys()], reasons: [] };
}

function accessChange(before: Access | undefined, after: Access | undefined): Effect | undefined {
  if (!before || !after) return before ? 'fewer' : after && 'more';
  if (before.fingerprint === after.fingerprint) return undefined;
  const isFewer = reachesAll(before.grants, after.grants) && hidesAll(after, before);
  const isMore = reachesAll(after.grants, before.grants) && hidesAll(before, after);
  return isFewer === isMore ? 'other' : isFewer ? 'fewer' : 'more';
}

/** True if the wide grants reach every row of the narrow ones, as far as the grants alone can tell. */
function reachesAll(wide: readonly Grant[], narrow: readonly Grant[]): boolean {
  const keys = new Set(simplify(wide).map(grantKey));
  return simplify([...wide, ...narrow]).every((grant) => keys.has(grantKey(grant)));
}

const hidesAll = (more: Access, less: Access): boolean => {
  const hidden = new Set(more.maskOf(more.type));
  return less.maskOf(less.type).every((path) => hidden.has(path));
};

/** For each claim that policies put in place, a sample that fits all of their rules; nobody keeps the values themselves. */
export function standIns(policies: readonly StoredPolicy[], expressions: PolicyExpressions): (claim: string) => string {
  const fits = new Map<string, boolean[]>();
  for (const { types = [], constrain = '' } of policies.flatMap(({ rules }) => rules)) {
    for (const claim of claimsIn(constrain)) {
      const type = types.includes('*') ? 'Patient' : types[0]!;
      const read = samplesOf(constrain).map((sample) => 'ok' in expressions.parse(type, sample));
      const known = fits.get(claim);
      fits.set(claim, known ? known.map((fit, i) => fit && read[i] === true) : read);
    }
  }
  return (claim) => samples[Math.max(0, fits.get(claim)?.indexOf(true) ?? 0)]!;
}
