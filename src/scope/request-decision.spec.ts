import { describe, expect, it } from 'vitest';
import type { Principal } from '../auth/principal.js';
import { parseInteraction } from '../r4/rest/interaction.js';
import { SearchParameters } from '../r4/search/parameters/search-parameters.js';
import type { ReasonCode } from '../refusal/reasons.js';
import type { Refusal } from '../refusal/refusal.js';
import { AccessRules } from './access-rules.js';
import { RequestContext } from './request-context.js';
import type { DeclaredAccess } from './decision.js';
import { decide } from './request-decision.js';

const base = 'https://fhir.example/fhir/r4';
const rules = new AccessRules({ base, timeZone: 'UTC' }, new SearchParameters());

function context(scopes: string, more: Partial<Principal> = {}): RequestContext {
  const principal: Principal = {
    issuer: base,
    local: true,
    subject: 'me',
    kind: 'user',
    scopes: scopes.split(' ').filter(Boolean),
    userWithoutFhirUser: 'deny',
    expiresAt: 2_000_000_000,
    claims: {},
    ...more,
  };
  return new RequestContext(principal, rules);
}
const patientContext = (scopes: string) => context(scopes, { patient: 'p1' });

function interaction(line: string) {
  const [method = '', path = ''] = line.split(' ');
  const url = new URL(path, 'http://x');
  const parsed = parseInteraction(method, url.pathname.slice(1), url.searchParams);
  if (parsed.kind === 'none') throw new Error(`${line} is no interaction`);
  return parsed;
}

const codes = (who: RequestContext, line: string, declared?: DeclaredAccess): readonly ReasonCode[] =>
  decide(who, { interaction: interaction(line), declared }).refusals.map(({ code }) => code);

describe('what each interaction needs', () => {
  it.each([
    ['GET Patient/x', 'r'],
    ['HEAD Patient/x', 'r'],
    ['GET Patient/x/_history/1', 'r'],
    ['GET Patient/x/_history', 'r'],
    ['GET Patient/_history', 's'],
    ['GET Patient', 's'],
    ['POST Patient/_search', 's'],
    ['POST Patient', 'c'],
    ['PUT Patient/x', 'u'],
    ['PATCH Patient/x', 'u'],
    ['DELETE Patient/x', 'd'],
  ])('%s needs exactly %s', (line, letter) => {
    expect(codes(context(`user/Patient.${letter}`), line)).toEqual([]);
    const others = 'cruds'
      .split('')
      .filter((one) => one !== letter)
      .join('');
    expect(codes(context(`user/Patient.${others}`), line)).toEqual(['scope-insufficient']);
    expect(codes(context('user/Observation.cruds'), line)).toEqual(['scope-insufficient']);
  });

  it.each(['PUT Patient?identifier=a', 'PATCH Patient?identifier=a', 'DELETE Patient?identifier=a'])(
    '%s needs s as well',
    (line) => {
      expect(codes(context('user/Patient.cud'), line)).toEqual(['scope-insufficient']);
      expect(codes(context('user/Patient.cuds'), line)).toEqual([]);
      // PUT creates where nothing matches: one answer names that, too.
      const missing = line.startsWith('PUT') ? 3 : 2;
      expect(codes(context('user/Observation.cuds'), line)).toEqual(Array(missing).fill('scope-insufficient'));
      expect(codes(context('user/Patient.us'), line)).toEqual(line.startsWith('DELETE') ? ['scope-insufficient'] : []);
    },
  );

  it.each(['GET /_history', 'GET /', 'GET /Patient/x/*'])(
    '%s says what the scopes of the token lack to count',
    (line) => {
      const person = { fhirUser: { type: 'Person', id: 'x' } };
      expect(codes(context('user/*.rs', person), line)).toEqual(['user-unlinked']);
      expect(codes(context('patient/*.rs'), line)).toEqual(['patient-context-missing']);
    },
  );

  it.each(['POST /', 'GET /metadata'])('%s needs nothing of its own', (line) => {
    expect(codes(context(''), line)).toEqual([]);
  });

  it.each(['GET /_history', 'GET /', 'POST /_search'])('%s needs s on some type', (line) => {
    expect(codes(context('user/Observation.s'), line)).toEqual([]);
    expect(codes(context('user/Observation.r'), line)).toEqual(['scope-insufficient']);
    expect(codes(context('openid'), line)).toEqual(['scope-missing']);
  });

  it('needs s on every type that a system search names', () => {
    expect(codes(context('user/Observation.s'), 'GET /?_type=Observation')).toEqual([]);
    expect(codes(context('user/Observation.s'), 'GET /?_type=Observation,Patient')).toEqual(['scope-insufficient']);
  });

  it('needs s on the type that is searched in a compartment, and on some of its types for all', () => {
    expect(codes(context('user/Observation.s'), 'GET Patient/p1/Observation')).toEqual([]);
    expect(codes(context('user/Patient.s'), 'GET Patient/p1/Observation')).toEqual(['scope-insufficient']);
    expect(codes(context('user/Observation.s'), 'GET Patient/p1/*')).toEqual([]);
    expect(codes(context('user/Observation.s'), 'GET Patient/p1/*?_type=Flag')).toEqual(['scope-insufficient']);
    expect(codes(context('user/Organization.s'), 'GET Patient/p1/*')).toEqual(['scope-insufficient']);
    expect(codes(patientContext('patient/*.s'), 'GET Patient/p2/Observation')).toEqual(['patient-context-mismatch']);
    expect(codes(patientContext('patient/*.s'), 'GET Patient/p2/*?_type=Flag')).toEqual(['patient-context-mismatch']);
  });

  it('leaves unknown types to the caller', () => {
    expect(codes(context(''), 'GET Patiant/x')).toEqual([]);
  });

  it('asks for what an operation declares, and refuses one that declares nothing', () => {
    expect(codes(context(''), 'GET /$my-access', 'any-token')).toEqual([]);
    expect(codes(context('user/*.cruds'), 'GET /$my-access')).toEqual(['operation-not-granted']);
    const everything: DeclaredAccess = [{ permission: 'r' }, { permission: 's', type: 'Observation' }];
    expect(codes(context('user/Patient.r'), 'GET Patient/p1/$everything', everything)).toEqual(['scope-insufficient']);
    expect(codes(patientContext('patient/*.rs'), 'GET Patient/p1/$everything', everything)).toEqual([]);
    expect(codes(patientContext('patient/*.rs'), 'GET Patient/p2/$everything', everything)).toEqual([
      'patient-context-mismatch',
    ]);
    expect(codes(context('user/*.r'), 'GET /$export', [{ permission: 's' }])).toEqual(['scope-insufficient']);
  });
});

describe('another patient in the request line', () => {
  it.each([
    'GET Patient/p2',
    'GET Patient/p2/_history',
    'GET Patient/p2/_history/1',
    'PUT Patient/p2',
    'DELETE Patient/p2',
    'GET Patient?_id=p2',
    'GET Patient?_id=p2,p3',
    'GET Patient?_id=p1&_id=p2',
    'GET Observation?patient=p2',
    'GET Observation?patient=Patient/p2',
    'GET Observation?patient:Patient=p2',
    'GET Observation?subject=Patient/p2',
    'GET Observation?subject:Patient=p2',
    `GET Observation?subject=${base}/Patient/p2`,
    'GET Patient/p2/Observation',
    'GET Patient/p2/*',
  ])('%s is refused before any look-up', (line) => {
    expect(codes(patientContext('patient/*.cruds'), line)).toEqual(['patient-context-mismatch']);
  });

  it.each([
    'GET Patient/p1',
    'GET Patient?_id=p1,p2',
    'GET Patient?_id=x%7C',
    'GET Observation/p2',
    'GET Observation?patient=p1',
    'GET Observation?patient=p1,p2',
    'GET Observation?patient:not=p2',
    'GET Observation?subject=p2',
    'GET Observation?subject=Group/p2',
    'GET Observation?subject=https://elsewhere.example/Patient/p2',
    'GET Observation?_id=p2',
    'GET Observation?constructor=p2',
    'GET Practitioner?patient=p2',
    'GET Patient/p1/Observation',
  ])('%s is not', (line) => {
    expect(codes(patientContext('patient/*.cruds'), line)).toEqual([]);
  });

  it('does not matter where another scope reaches every patient', () => {
    const who = context('patient/Patient.r user/Patient.rs patient/Observation.s', { patient: 'p1' });
    expect(codes(who, 'GET Patient/p2')).toEqual([]);
    expect(codes(who, 'GET Observation?patient=p2')).toEqual(['patient-context-mismatch']);
  });

  it('is left to stored data for a RelatedPerson', () => {
    const who = context('user/*.rs', { fhirUser: { type: 'RelatedPerson', id: 'mum' } });
    expect(codes(who, 'GET Patient/p2')).toEqual([]);
  });

  it('names both patients and nothing else', () => {
    const { refusals } = decide(patientContext('patient/*.rs'), { interaction: interaction('GET Patient/p2') });
    expect(refusals.map(({ fact }) => fact)).toEqual([
      'The request asks for Patient/p2, but the scopes of the token are limited to Patient/p1.',
    ]);
  });
});

describe('a caller whose token does not count', () => {
  const expired: Refusal = { code: 'token-expired', fact: 'It expired.', cure: 'Get another.' };
  const explained = (unverifiedScopes: readonly string[], line: string) =>
    decide({ refusals: [expired], unverifiedScopes }, { interaction: interaction(line) })
      .refusals.slice(1)
      .map(({ code, scopes: needed }) => [code, needed]);

  it('is told the missing scope among the reasons', () => {
    expect(explained([], 'GET Patient')).toEqual([['scope-missing', ['user/Patient.s']]]);
    expect(explained(['system/Patient.r'], 'GET Patient')).toEqual([['scope-insufficient', ['system/Patient.s']]]);
    expect(explained(['user/*.rs'], 'GET Patient')).toEqual([]);
    expect(explained([], 'GET Patiant')).toEqual([]);
  });

  it('is told which scopes nobody has vouched for', () => {
    const factOf = (...unverifiedScopes: readonly string[]) =>
      decide({ refusals: [expired], unverifiedScopes }, { interaction: interaction('GET Patient') }).refusals[1]!.fact;
    expect(factOf('system/Foo.r', 'user/Goal.r')).toMatch(
      /The token has system\/Foo\.r, user\/Goal\.r \(unverified\)\.$/,
    );
    expect(factOf('openid')).toMatch(/it has only openid \(unverified\)\./);
    expect(factOf()).toMatch(/it has no scope at all\./);
  });

  it('is refused with status and waiting time of the credentials', () => {
    const decision = decide(
      { refusals: [expired], status: 503, retryAfterSeconds: 7 },
      { interaction: { kind: 'none', allow: [] } },
    );
    expect(decision.isPermitted).toBe(false);
    expect(decision.principal).toBeUndefined();
    expect(() => decision.require()).toThrow(expect.objectContaining({ status: 503, headers: { 'retry-after': '7' } }));
  });
});

it('a decision keeps what the request needs and who asked', () => {
  const who = context('user/*.cruds');
  const decision = decide(who, { interaction: interaction('PUT Patient?identifier=a') });
  expect(decision.needs).toEqual([
    { type: 'Patient', permission: 'u' },
    { type: 'Patient', permission: 's' },
  ]);
  expect(decision.principal).toBe(who.principal);
  expect(() => decision.require()).not.toThrow();
});
