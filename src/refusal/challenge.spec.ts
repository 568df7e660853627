import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { challenge } from './challenge.js';
import { type ReasonCode, reasons } from './reasons.js';
import { Refused, type Refusal } from './refusal.js';
import { answerOf } from './refused-answer.js';

const links = {
  fhirBase: 'https://host.example/fhir/r4',
  resourceMetadataUrl: 'https://host.example/.well-known/oauth-protected-resource/fhir/r4',
  docsUrl: 'https://host.example/docs/access',
};
const refusal = (code: ReasonCode, more: Partial<Refusal> = {}): Refusal => ({ code, fact: 'f', cure: 'c', ...more });
const headerOf = (...refusals: readonly [Refusal, ...Refusal[]]) =>
  answerOf(new Refused(refusals), links).headers['www-authenticate'];

/** RFC 9110 11.6.1: scheme, then name="value" pairs. */
function read(header: string | undefined): Record<string, string> {
  expect(header).toMatch(/^Bearer [a-z_]+="[^"\\]*"(?:, [a-z_]+="[^"\\]*")*$/);
  return Object.fromEntries([...header!.matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
}

describe('WWW-Authenticate', () => {
  it('names no error where there were no credentials', () => {
    expect(read(headerOf(refusal('no-credentials', { scopes: ['user/Patient.s'] })))).toEqual({
      realm: 'fhir',
      scope: 'user/Patient.s',
      resource_metadata: links.resourceMetadataUrl,
    });
  });

  it.each([
    ['token-expired', 'invalid_token', 401],
    ['scope-insufficient', 'insufficient_scope', 403],
    ['multiple-credentials', 'invalid_request', 400],
  ] as const)('says for %s %s (17-19)', (code, error, status) => {
    const answer = answerOf(new Refused([refusal(code)]), links);
    expect(answer.status).toBe(status);
    expect(read(answer.headers['www-authenticate'])).toMatchObject({
      error,
      error_description: `${code}: ${reasons[code].title}`,
      error_uri: `${links.docsUrl}#${code}`,
      resource_metadata: links.resourceMetadataUrl,
    });
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('names all reasons of one answer, a 401 before a 403', () => {
    const answer = answerOf(
      new Refused([
        refusal('iss-untrusted'),
        refusal('aud-missing'),
        refusal('scope-missing'),
        refusal('token-expired'),
      ]),
      links,
    );
    expect(answer.status).toBe(401);
    const { error, error_description: description } = read(answer.headers['www-authenticate']);
    expect(error).toBe('invalid_token');
    for (const code of ['iss-untrusted', 'aud-missing', 'scope-missing', 'token-expired'])
      expect(description).toContain(code);
  });

  it.each(['login-disabled', 'too-many-attempts', 'keys-unavailable', 'cursor-expired'] as const)(
    'is absent for %s, which no other credential would change',
    (code) => expect(headerOf(refusal(code))).toBeUndefined(),
  );

  it('keeps Retry-After', () => {
    const refused = new Refused([refusal('keys-unavailable')], { retryAfterSeconds: 30 });
    expect(answerOf(refused, links)).toMatchObject({ status: 503, headers: { 'retry-after': '30' } });
  });

  it('stays below 4 kB and cuts scopes between scopes', () => {
    const scopes = Array.from({ length: 400 }, (_, i) => `user/Observation.rs?code=${i}`);
    const codes = Object.keys(reasons) as ReasonCode[];
    const header = challenge(
      403,
      codes.map((code) => refusal(code, { scopes })),
      links,
    )!;
    expect(header.length).toBeLessThan(4096);
    const shown = read(header)['scope']!.split(' ');
    expect(shown.length).toBeGreaterThan(50);
    expect(scopes).toEqual(expect.arrayContaining(shown));
  });

  it('is never broken by what a token says', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom('a\r\nSet-Cookie: x=1', '", realm="evil', '\\', '<script>', 'user/Patient.r"', 'x\u2028y'),
    );
    const code = fc.constantFrom(...(Object.keys(reasons) as ReasonCode[]));
    const refusals = fc.array(
      fc.record({ code, fact: hostile, cure: hostile, scopes: fc.array(hostile, { maxLength: 3 }) }),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(refusals, fc.constantFrom(400, 401, 403), (list, status) => {
        const header = challenge(status, list, links);
        expect(header).toMatch(/^[\x20-\x7e]*$/);
        const { realm, scope } = read(header);
        expect(realm).toBe('fhir');
        const given = list.flatMap(({ scopes }) => scopes);
        if (scope !== undefined) expect(given).toEqual(expect.arrayContaining(scope.split(' ')));
      }),
    );
  });
});

describe('the OperationOutcome of a refusal', () => {
  it('has one issue for each check: code, fact, cure and place', () => {
    const { outcome } = answerOf(
      new Refused([refusal('scope-missing', { expression: ['Bundle.entry[3]'] }), refusal('token-expired')]),
      links,
    );
    expect(outcome).toEqual({
      resourceType: 'OperationOutcome',
      issue: [
        {
          severity: 'error',
          code: 'forbidden',
          details: {
            coding: [{ system: `${links.fhirBase}/CodeSystem/denial-reason`, code: 'scope-missing' }],
            text: 'f',
          },
          diagnostics: 'c',
          expression: ['Bundle.entry[3]'],
        },
        {
          severity: 'error',
          code: 'expired',
          details: {
            coding: [{ system: `${links.fhirBase}/CodeSystem/denial-reason`, code: 'token-expired' }],
            text: 'f',
          },
          diagnostics: 'c',
        },
      ],
    });
  });
});
