import { describe, expect, it, vi } from 'vitest';
import type { Principal } from '../../auth/principal.js';
import { SearchParameters } from '../../r4/search/parameters/search-parameters.js';
import { Refused } from '../../refusal/refusal.js';
import { accessDecisionContract } from '../../testing/contracts/access-decision.contract.js';
import { AccessRules } from '../access-rules.js';
import { abstain, type AccessDecision, type AccessQuery, constrain, deny, mask } from '../policies/policy.js';
import { RequestContext } from '../request-context.js';
import type { AccessDecisionPoint } from './access-decision-point.js';
import { DecisionsUnavailable } from './decisions-unavailable.js';

const base = 'https://fhir.example/fhir/r4';
const callerWith = (claims: Principal['claims'] = {}): Principal =>
  Object.freeze({
    issuer: 'https://idp.example',
    local: false,
    subject: 'me',
    kind: 'user',
    scopes: ['user/*.cruds'],
    fhirUser: { type: 'Practitioner', id: 'dr' },
    userWithoutFhirUser: 'deny',
    expiresAt: 2_000_000_000,
    claims,
  });

type Answer = (query: AccessQuery) => unknown;

const pointOf = (answer: Answer, more: Partial<AccessDecisionPoint> = {}): AccessDecisionPoint => ({
  name: 'engine',
  types: ['Patient', 'Observation'],
  decide: async (queries) => queries.map(answer) as AccessDecision[],
  ...more,
});
const rulesWith = (point: AccessDecisionPoint): AccessRules => {
  const rules = new AccessRules({ base, timeZone: 'UTC' }, new SearchParameters());
  rules.setDecisionPoint(point);
  return rules;
};
const contextOf = async (rules: AccessRules, principal = callerWith()) =>
  new RequestContext(await rules.consult(principal), rules);

/** Whom the claim `ward` names sees that ward; nobody deletes. */
const byWard: Answer = ({ principal: { claims }, permission }) => {
  if (permission === 'd') return deny('no-delete', 'Nobody deletes here.');
  return typeof claims['ward'] === 'string' ? constrain(`organization=${claims['ward']}`, 'ward') : abstain();
};

describe('a decision point', () => {
  accessDecisionContract({ describe, it }, async () => ({
    point: pointOf(byWard, { types: ['Patient'] }),
    callers: [callerWith(), callerWith({ ward: 'Organization/o1' }), callerWith({ ward: 'Organization/o2' })],
  }));

  it('narrows what the scopes grant by criteria, refusals and masks, and other types not at all', async () => {
    const point = pointOf((query) =>
      query.type === 'Patient'
        ? byWard(query)
        : query.permission === 'r'
          ? mask(['Observation.note'], 'private')
          : abstain(),
    );
    const context = await contextOf(rulesWith(point), callerWith({ ward: 'Organization/o1' }));
    expect(context.accessTo('Patient', 'r')).toMatchObject({
      unrestricted: false,
      policies: [{ policy: 'engine', verdict: 'constrain', expression: 'organization=Organization/o1' }],
    });
    expect(() => context.accessTo('Patient', 'd')).toThrow(Refused);
    expect(context.accessTo('Observation', 'r').maskOf('Observation')).toEqual(['note']);
    expect(context.accessTo('Encounter', 'r').unrestricted).toBe(true);
  });

  it('grants nothing that no scope grants', async () => {
    const rules = rulesWith(pointOf(abstain));
    const context = await contextOf(rules, { ...callerWith(), scopes: ['user/Patient.r'] });
    expect(context.may('Patient', 'r')).toBe(true);
    expect(context.may('Observation', 'r')).toBe(false);
    expect(context.may('Patient', 'u')).toBe(false);
  });

  it('permits nobody anything who was not consulted about', () => {
    const context = new RequestContext(callerWith(), rulesWith(pointOf(abstain)));
    expect(() => context.accessTo('Patient', 'r')).toThrow(DecisionsUnavailable);
    expect(() => context.masksOf('Patient')).toThrow(DecisionsUnavailable);
  });

  it.each<[string, Partial<AccessDecisionPoint> | Answer]>([
    [
      'throws',
      {
        decide: () => {
          throw new Error('secret detail');
        },
      },
    ],
    ['rejects', { decide: () => Promise.reject(new Error('secret detail')) }],
    ['hangs', { timeout: 30, decide: () => new Promise<never>(() => undefined) }],
    ['says nothing', { decide: async () => undefined as never }],
    ['answers fewer queries than there were', { decide: async () => [abstain()] }],
    ['answers more queries than there were', { decide: async () => Array.from({ length: 11 }, abstain) }],
    ['leaves a decision out', () => undefined],
    ['gives a verdict that there is not', () => ({ verdict: 'permit' })],
    ['denies without a reason', () => ({ verdict: 'deny' })],
    ['constrains by nothing', () => ({ verdict: 'constrain', because: 'x' })],
    ['constrains by what cannot be read', () => constrain('no-such-parameter=1', 'x')],
    ['constrains another type', () => constrain('Encounter?status=planned', 'x')],
    ['masks nothing', () => mask([], 'x')],
    ['masks what cannot be masked', () => mask(['Patient.id'], 'x')],
  ])('that %s is unavailable: 503, and nothing is permitted', async (_, odd) => {
    const rules = rulesWith(typeof odd === 'function' ? pointOf(odd) : pointOf(abstain, odd));
    const consulted = Promise.resolve(rules.consult(callerWith()));
    await expect(consulted).rejects.toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    await expect(consulted).rejects.not.toThrow('secret detail');
  });

  it('is asked once for parallel requests, and anew when its answers count no longer', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const decide = vi.fn<AccessDecisionPoint['decide']>((queries) => queries.map(abstain));
      const rules = rulesWith(pointOf(abstain, { decide, cacheSeconds: 7 }));
      const caller = callerWith();
      const [one, other] = await Promise.all([rules.consult(caller), rules.consult(caller)]);
      expect(one).toBe(other);
      expect(await rules.consult(caller)).toBe(one);
      expect(decide).toHaveBeenCalledTimes(1);
      vi.advanceTimersByTime(7001);
      expect(await rules.consult(caller)).toBe(one);
      expect(decide).toHaveBeenCalledTimes(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it('that changes its mind counts from the next request on, and what is remembered of the caller goes', async () => {
    let answer: Answer = abstain;
    const rules = rulesWith(pointOf((query) => answer(query), { cacheSeconds: 0 }));
    const caller = callerWith();
    const before = await contextOf(rules, caller);
    expect(before.accessTo('Patient', 'r').unrestricted).toBe(true);
    answer = () => deny('closed', 'Closed.');
    const after = await contextOf(rules, caller);
    expect(after.may('Patient', 'r')).toBe(false);
    // A request under way is decided by one answer from its beginning to its end.
    expect(before.accessTo('Patient', 's').unrestricted).toBe(true);
  });

  it('that fails after it has answered does not live on what it said', async () => {
    let isBroken = false;
    const point = pointOf(abstain, {
      cacheSeconds: 0,
      decide: async (queries) => (isBroken ? Promise.reject(new Error('gone')) : queries.map(abstain)),
    });
    const rules = rulesWith(point);
    const caller = callerWith();
    await rules.consult(caller);
    isBroken = true;
    await expect(Promise.resolve(rules.consult(caller))).rejects.toThrow(DecisionsUnavailable);
  });
});
