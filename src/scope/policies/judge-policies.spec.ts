import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Principal } from '../../auth/principal.js';
import { SearchParameters } from '../../r4/search/parameters/search-parameters.js';
import { Refused } from '../../refusal/refusal.js';
import { AccessRules } from '../access-rules.js';
import { type Grant, rulesOf } from '../grant.js';
import { RequestContext } from '../request-context.js';
import { abstain, type AccessDecision, type AccessPolicy, constrain, deny, search } from './policy.js';

const who: Principal = {
  issuer: 'https://idp.example',
  local: true,
  subject: 'me',
  kind: 'user',
  scopes: ['user/*.rs', 'user/Encounter.rs?status=planned'],
  userWithoutFhirUser: 'deny',
  expiresAt: 2_000_000_000,
  claims: {},
};
const parameters = new SearchParameters();
const policy = (name: string, decision: AccessDecision): AccessPolicy => ({ name, decide: () => decision });
const decide = (...policies: AccessPolicy[]) =>
  new RequestContext(
    who,
    new AccessRules({ base: 'https://fhir.example', timeZone: 'UTC' }, parameters, policies),
  ).accessTo('Encounter', 'r');

const filtersOf = (grant: Grant) => rulesOf(grant).flatMap((rule) => (rule.kind === 'filter' ? [rule.filter] : []));

describe('policies', () => {
  it('narrow nothing by abstaining', () => {
    expect(decide(policy('one', abstain())).unrestricted).toBe(true);
  });

  it('add their criteria to every grant, and intersect', () => {
    const { grants } = decide(
      policy('department', constrain('Encounter?service-provider=Organization/o1', 'department')),
      policy('current', constrain('status=in-progress', 'current stays')),
    );
    expect(grants.map((grant) => filtersOf(grant).map(({ parameter }) => parameter.code))).toEqual([
      ['service-provider', 'status'],
    ]);
  });

  it('refuse whatever the scopes say, each with its name and code', () => {
    expect(() => decide(policy('night', deny('closed', 'It is night.')), policy('other', abstain()))).toThrow(Refused);
    try {
      decide(policy('night', deny('closed', 'It is night.')), policy('moon', deny('full', 'Full moon.')));
    } catch (error) {
      expect((error as Refused).refusals.map(({ code, fact }) => [code, fact])).toEqual([
        ['policy-refused', 'It is night. (policy night: closed)'],
        ['policy-refused', 'Full moon. (policy moon: full)'],
      ]);
    }
  });

  it.each([
    'Patient?name=a',
    'nonsense=a',
    'status:nonsense=a',
    '',
    'status=a&_count=1',
    '_text=a',
    'class:in=http://x.example/vs',
    'subject:Patient.nonsense=a',
    '_sort=date',
  ])('stop the request when they cannot be understood: %s', (expression) => {
    const attempt = () => decide(policy('broken', constrain(expression, 'x')));
    expect(attempt).toThrow(/broken/);
    expect(attempt).not.toThrow(Refused);
  });

  it('cannot be widened by a value in a search expression', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }).filter((text) => !/\p{Cc}/u.test(text)),
        (value) => {
          const [grant] = decide(policy('own', constrain(search`identifier=${value}`, 'own'))).grants;
          expect(filtersOf(grant!).flatMap(({ values }) => values)).toEqual([{ kind: 'token', code: value }]);
        },
      ),
    );
  });
});
