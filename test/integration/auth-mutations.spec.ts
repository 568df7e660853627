import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Authenticator } from '../../src/auth/authenticator.js';
import { reasons } from '../../src/refusal/reasons.js';
import { fhirBase, requestWith } from '../support/auth-options.js';
import { answerFor, authenticatorFor } from '../support/authenticators.js';
import { newKey, signed, TestIssuer } from '../support/issuer.js';

let issuer: TestIssuer;
let authenticator: Authenticator;
let token: string;
beforeAll(async () => {
  issuer = await TestIssuer.start(fhirBase);
  authenticator = authenticatorFor([issuer.trust()]);
  token = issuer.token();
  await answerFor(authenticator, token);
});
afterAll(() => issuer.close());

async function refusedWithReasons(sent: string): Promise<void> {
  const answer = await answerFor(authenticator, sent);
  if ('principal' in answer) throw new Error(`authenticated: ${sent}`);
  expect(answer.refusals.length).toBeGreaterThan(0);
  for (const { code, fact, cure } of answer.refusals) {
    expect(reasons).toHaveProperty(code);
    expect(`${fact}${cure}`).not.toMatch(/\p{C}/u);
    expect(cure).not.toBe('');
  }
}

/** One character of the token replaced, removed or doubled. */
const edit = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom('replace', 'remove', 'double'),
  by: fc.string({ unit: 'binary', minLength: 1, maxLength: 2 }),
});

describe('tokens that were tampered with', () => {
  it('never authenticate, never throw, and always get a reason', async () => {
    await fc.assert(
      fc.asyncProperty(edit, async ({ at, kind, by }) => {
        const index = at % token.length;
        const middle = kind === 'remove' ? '' : kind === 'double' ? token[index]!.repeat(2) : by;
        const changed = token.slice(0, index) + middle + token.slice(index + 1);
        // The kid is left alone: looking up unknown kids is spaced by seconds, and has tests of its own.
        fc.pre(changed.trim() !== token && index > token.indexOf('.'));
        await refusedWithReasons(changed);
      }),
      { numRuns: 500 },
    );
  });

  it('signed by a stranger with any claims, never authenticate', async () => {
    const stranger = newKey('RS256', issuer.key.kid);
    const claim = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom(issuer.url, fhirBase, Date.now() / 1000 + 60),
    );
    const name = fc.oneof(
      fc.string(),
      fc.constantFrom('iss', 'aud', 'exp', 'sub', 'scope', 'patient', 'cnf', '__proto__', 'constructor'),
    );
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, claim), fc.dictionary(name, claim), async (header, claims) => {
        const sent = signed(
          { ...header, alg: 'RS256', kid: stranger.kid },
          { ...issuer.claims(), ...claims },
          stranger,
        );
        await refusedWithReasons(sent);
      }),
      { numRuns: 150 },
    );
  });

  it('rightly signed with any header and claims, never throw', async () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    const claims = fc.record(
      {
        iss: value,
        aud: value,
        exp: value,
        scope: value,
        patient: value,
        sub: value,
        client_id: value,
        fhirUser: value,
        roles: value,
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.record({ typ: value, crit: value, alg: value }, { requiredKeys: [] }),
        claims,
        async (header, changes) => {
          const answer = await answerFor(authenticator, issuer.token(changes, header));
          expect('principal' in answer || answer.refusals.length > 0).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('any header text gets an answer', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        const answer = await authenticator.authenticate(requestWith(['Authorization', text]));
        expect('refusals' in answer).toBe(true);
      }),
    );
  });
});
