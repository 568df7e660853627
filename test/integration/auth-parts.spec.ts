// docs/adr/0065: replaced parts of authentication narrow or stop, whatever they do
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LocalIssuer } from '../../src/auth/accounts/local-issuer.js';
import type { Authenticator } from '../../src/auth/authenticator.js';
import { claimsContext, type SmartContextReader } from '../../src/auth/parts/smart-context.js';
import type { TokenFinding, TokenVerifier } from '../../src/auth/parts/token-verifier.js';
import { smartContextContract } from '../../src/testing/contracts/smart-context.contract.js';
import { tokenVerifierContract } from '../../src/testing/contracts/token-verifier.contract.js';
import { fhirBase } from '../support/auth-options.js';
import { answerFor, authenticatorFor, codesFor, principalFor } from '../support/authenticators.js';
import { IntrospectionEndpoint } from '../support/introspection-endpoint.js';
import { TestIssuer } from '../support/issuer.js';
import { SealedTokens, sealedToken } from '../support/sealed-tokens.js';

let issuer: TestIssuer;
beforeAll(async () => {
  issuer = await TestIssuer.start(fhirBase);
});
afterAll(() => issuer.close());

const now = (): number => Math.floor(Date.now() / 1000);
const claims = (changes: Readonly<Record<string, unknown>> = {}) => ({
  aud: fhirBase,
  sub: 'ana',
  client_id: 'app',
  scope: 'launch/patient patient/Observation.rs',
  patient: 'p1',
  exp: now() + 300,
  ...changes,
});
const saying = (finding: unknown, timeout?: number): TokenVerifier => ({
  name: 'saying',
  ...(timeout !== undefined && { timeout }),
  verify: async () => finding as TokenFinding,
});
const accepted = (changes: Readonly<Record<string, unknown>> = {}, of: string = issuer.url) =>
  saying({ kind: 'accepted', issuer: of, claims: claims(changes), cacheSeconds: 0 });
const server = (verifier: TokenVerifier): Authenticator =>
  authenticatorFor([issuer.trust()], {}, undefined, { verifier });
const never = () => new Promise<never>(() => undefined);

describe('a verifier of tokens', () => {
  tokenVerifierContract({ describe, it }, async () => ({
    verifier: new SealedTokens(issuer.url),
    trust: { resource: fhirBase, issuers: [issuer.trust()] },
    good: sealedToken(claims()),
    bad: [`${sealedToken(claims())}x`, 'acme.e30.'],
  }));

  it('lets a token of its format in, by the rules of the issuer that it names', async () => {
    const scopeMap = { staff: 'user/Patient.rs' };
    const found = await principalFor(
      authenticatorFor([issuer.trust({ scopeMap })], {}, undefined, { verifier: new SealedTokens(issuer.url) }),
      sealedToken(claims({ scope: 'staff admin/Client.cruds', fhirUser: 'Practitioner/d1' })),
    );
    expect(found).toMatchObject({ issuer: issuer.url, local: false, subject: 'ana', kind: 'user', patient: 'p1' });
    expect(found.scopes).toEqual(['user/Patient.rs', 'admin/Client.cruds']);
    expect(found.adminScopes).toBeUndefined();
  });

  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['for another server', { aud: 'https://other.example' }, 'aud-mismatch'],
    ['without an audience', { aud: undefined }, 'aud-missing'],
    ['that has expired', { exp: 1 }, 'token-expired'],
    ['without an expiry', { exp: undefined }, 'claim-malformed'],
    ['that names another issuer', { iss: 'https://other.example' }, 'iss-untrusted'],
    ['bound to a key', { cnf: { jkt: 'x' } }, 'cnf-unproven'],
    ['that is an ID token', { at_hash: 'x' }, 'typ-not-access-token'],
    ['with scopes of the wrong form', { scope: 7 }, 'claim-malformed'],
    ['with a patient that is no id', { patient: 'Patient/p1' }, 'claim-malformed'],
  ])('cannot let in a token %s', async (_, changes, code) => {
    expect(await codesFor(server(accepted(changes)), 'opaque')).toEqual([code]);
  });

  it('cannot vouch for an issuer that nobody trusts, nor for this server itself', async () => {
    expect(await codesFor(server(accepted({}, 'https://other.example')), 'opaque')).toEqual(['iss-untrusted']);
    const own = `${fhirBase}/own`;
    const answer = codesFor(
      authenticatorFor([issuer.trust()], {}, localIssuer(own), { verifier: accepted({ jti: 'j', iat: 1 }, own) }),
      'opaque',
    );
    expect(await answer).toEqual(['iss-untrusted']);
  });

  it('is not shown tokens of this server', async () => {
    const own = `${fhirBase}/own`;
    const verifier = new SealedTokens(issuer.url);
    const both = authenticatorFor([issuer.trust()], {}, localIssuer(own), { verifier });
    await codesFor(both, issuer.token({ iss: own }));
    expect(verifier.shown).toEqual([]);
  });

  it('leaves what is not its own to the server', async () => {
    const verifier = new SealedTokens(issuer.url);
    const token = issuer.token();
    expect(await codesFor(server(verifier), token)).toEqual([]);
    expect(verifier.shown).toEqual([token]);
    expect(await codesFor(server(verifier), 'opaque')).toEqual(['token-opaque-unsupported']);
  });

  it('is told in its own words, as data', async () => {
    const answer = await answerFor(
      server(saying({ kind: 'refused', fact: 'No "<b>" `x`', cure: 'y'.repeat(500) })),
      'o',
    );
    expect(answer).toMatchObject({ refusals: [{ code: 'verifier-refused', fact: 'No b x' }] });
    expect('refusals' in answer && answer.refusals[0].cure.length).toBeLessThanOrEqual(301);
  });

  it.each<[string, TokenVerifier]>([
    [
      'throws',
      {
        name: 'broken',
        verify: () => {
          throw new Error('secret detail');
        },
      },
    ],
    ['rejects', { name: 'broken', verify: () => Promise.reject(new Error('secret detail')) }],
    ['hangs', { name: 'broken', timeout: 30, verify: never }],
    ['says nothing', saying(undefined)],
    ['says something unknown', saying({ kind: 'welcome' })],
    ['names no issuer', saying({ kind: 'accepted', claims: {} })],
    ['has no claims', saying({ kind: 'accepted', issuer: 'x', claims: [] })],
    ['has claims that are no JSON', saying({ kind: 'accepted', issuer: 'x', claims: { n: 1n } })],
    ['counts for no time there is', saying({ kind: 'accepted', issuer: 'x', claims: {}, cacheSeconds: -1 })],
    ['refuses without a reason', saying({ kind: 'refused' })],
  ])('that %s lets nobody in: 503', async (_, verifier) => {
    for (const token of ['opaque', issuer.token()]) {
      const answer = await answerFor(server(verifier), token);
      expect(answer).toMatchObject({ status: 503, refusals: [{ code: 'verifier-unavailable' }] });
      expect(JSON.stringify(answer)).not.toContain('secret detail');
    }
  });

  it('is asked again as soon as what it said does not count any more', async () => {
    const verify = vi.fn<() => Promise<TokenFinding>>(async () => ({
      kind: 'accepted',
      issuer: issuer.url,
      claims: claims(),
    }));
    const remembering = server({ name: 'a', verify });
    for (const _ of [1, 2]) expect(await codesFor(remembering, 'opaque')).toEqual([]);
    expect(verify).toHaveBeenCalledTimes(1);
    const each = vi.fn<() => Promise<TokenFinding>>(async () => ({
      kind: 'accepted',
      issuer: issuer.url,
      claims: claims(),
      cacheSeconds: 0,
    }));
    const anew = server({ name: 'a', verify: each });
    for (const _ of [1, 2]) expect(await codesFor(anew, 'opaque')).toEqual([]);
    expect(each).toHaveBeenCalledTimes(2);
  });

  it('is asked about a bounded number of tokens at once', async () => {
    const verify = vi.fn<() => Promise<never>>(never);
    const flooded = server({ name: 'slow', timeout: 300, verify });
    const answers = await Promise.all(Array.from({ length: 100 }, async (_, i) => answerFor(flooded, `opaque-${i}`)));
    expect(verify.mock.calls.length).toBeLessThanOrEqual(64);
    expect(answers.every((one) => 'refusals' in one && one.status === 503)).toBe(true);
  });
});

describe('the tokens of the server itself', () => {
  let endpoint: IntrospectionEndpoint;
  beforeAll(async () => {
    endpoint = await IntrospectionEndpoint.start();
  });
  afterAll(() => endpoint.close());

  // The built-in way to opaque tokens, by the same contract.
  tokenVerifierContract({ describe, it }, async () => {
    endpoint.release();
    const good = 'mF_9B5f-4~1JqM';
    endpoint.known.set(good, claims());
    const introspection = {
      endpoint: endpoint.url,
      clientId: 'fhir server',
      clientSecret: 'top:secret+',
      clientAuthentication: 'client_secret_basic',
      jwt: false,
      cacheSeconds: 0,
    } as const;
    const trusted = issuer.trust({ introspection });
    const authenticator = authenticatorFor([trusted]);
    const verify = async (token: string): Promise<TokenFinding> => {
      const found = await authenticator.byToken(token);
      if (!('principal' in found))
        return { kind: 'refused', fact: found.refusals[0].fact, cure: found.refusals[0].cure };
      return { kind: 'accepted', issuer: found.principal.issuer, claims: found.principal.claims };
    };
    const trust = { resource: fhirBase, issuers: [trusted] };
    return { verifier: { name: 'introspection', verify }, trust, good, bad: ['unknown', 'another'] };
  });
});

/** Reads `urn:acme:person` as `<kind> <id>`, and departments as groups. */
const acmeContext: SmartContextReader = {
  name: 'acme-context',
  read({ person, departments }) {
    const [, kind, id] =
      (typeof person === 'string' ? /^(patient|staff) ([\w-]{1,64})$/.exec(person) : undefined) ?? [];
    return {
      ...(kind === 'patient' && id !== undefined && { patient: id, fhirUser: `Patient/${id}` }),
      ...(kind === 'staff' && id !== undefined && { fhirUser: `Practitioner/${id}` }),
      ...(Array.isArray(departments) && { groups: departments.filter((one) => typeof one === 'string') }),
    };
  },
};

describe('a reader of the SMART context', () => {
  smartContextContract({ describe, it }, async () => ({
    reader: acmeContext,
    issuer: issuer.trust(),
    samples: [
      { claims: { person: 'patient p7' }, context: { patient: 'p7', fhirUser: 'Patient/p7' } },
      {
        claims: { person: 'staff d1', departments: ['ward'] },
        context: { fhirUser: 'Practitioner/d1', groups: ['ward'] },
      },
    ],
  }));
  smartContextContract({ describe, it }, async () => ({
    reader: claimsContext,
    issuer: issuer.trust(),
    samples: [
      { claims: { patient: 'p1', fhirUser: 'Patient/p1' }, context: { patient: 'p1', fhirUser: 'Patient/p1' } },
    ],
  }));

  const reading = (context: SmartContextReader, local?: LocalIssuer) =>
    authenticatorFor([issuer.trust()], {}, local, { context });
  const answering = (context: unknown): SmartContextReader => ({ name: 'odd', read: async () => context as object });

  it('makes patient, user and groups out of claims of any form; the rest stays the token’s', async () => {
    const token = issuer.token({
      person: 'patient p7',
      patient: { id: 'other' },
      departments: ['a', 'b'],
      groups: 'x,y',
    });
    const found = await principalFor(reading(acmeContext), token);
    expect(found).toMatchObject({ patient: 'p7', fhirUser: { type: 'Patient', id: 'p7' }, subject: 'user-1' });
    expect(found.claims['groups']).toEqual(['a', 'b']);
  });

  it('leaves the groups claim as it is, and as it has to be, where it says nothing of groups', async () => {
    const [ward, odd] = [issuer.token({ groups: ['ward'] }), issuer.token({ groups: 'x,y' })];
    expect((await principalFor(reading(acmeContext), ward)).claims['groups']).toEqual(['ward']);
    expect(await codesFor(reading(acmeContext), odd)).toEqual(['claim-malformed']);
  });

  it('is not asked about tokens that do not count', async () => {
    const read = vi.fn<() => object>(() => ({}));
    expect(await codesFor(reading({ name: 'a', read }), issuer.token({ exp: 1 }))).toEqual(['token-expired']);
    expect(read).not.toHaveBeenCalled();
  });

  it.each<[string, SmartContextReader]>([
    [
      'throws',
      {
        name: 'odd',
        read: () => {
          throw new Error('secret detail');
        },
      },
    ],
    ['hangs', { name: 'odd', timeout: 30, read: never }],
    ['says nothing', answering(undefined)],
    ['says null', answering(null)],
    ['names a patient that is no id', answering({ patient: 'Patient/p1' })],
    ['names several patients', answering({ patient: ['p1', 'p2'] })],
    ['names a user that is no text', answering({ fhirUser: { type: 'Patient' } })],
    ['names groups that are no names', answering({ groups: 'ward' })],
  ])('that %s lets nobody in: 503', async (_, context) => {
    const answer = await answerFor(reading(context), issuer.token());
    expect(answer).toMatchObject({ status: 503, refusals: [{ code: 'context-unavailable' }] });
    expect(JSON.stringify(answer)).not.toContain('secret detail');
  });
});

const localIssuer = (name: string): LocalIssuer => ({
  issuer: name,
  publicKeys: async () => [],
  isRevoked: () => false,
  principalOfPassword: () => Promise.reject(new Error('has no passwords')),
});
