import assert from 'node:assert/strict';
import type { AcceptedToken, TokenVerifier, Trust } from '../../auth/parts/token-verifier.js';
import { type ContractTools, hostileTexts } from './contract-tools.js';

/** A verifier to try, with tokens of its format. */
export interface TokenVerifierUnderTest {
  readonly verifier: TokenVerifier;
  readonly trust: Trust;
  /** A token that counts now. */
  readonly good: string;
  /** Tokens of the format that do not count: expired, revoked, forged. */
  readonly bad: readonly string[];
}

/** Contract of every {@link TokenVerifier}; run it from a test file with your own verifier. */
export function tokenVerifierContract(
  { describe, it }: ContractTools,
  make: () => Promise<TokenVerifierUnderTest>,
): void {
  describe('contract of a token verifier', () => {
    it('vouches for a token of its own, with claims that the server can judge', async () => {
      const { verifier, trust, good } = await make();
      const { issuer, claims } = accepted(await verifier.verify(good, trust));
      assert.ok(
        trust.issuers.some((one) => one.issuer === issuer),
        `${issuer} is an issuer that the server trusts`,
      );
      assert.ok(typeof claims['exp'] === 'number' && claims['exp'] * 1000 > Date.now(), 'exp is there and ahead');
      assert.ok(claims['aud'] !== undefined, 'aud says for whom the token is');
      assert.ok(claims['iss'] === undefined || claims['iss'] === issuer, 'iss is the issuer');
      assert.deepEqual(JSON.parse(JSON.stringify(claims)), claims, 'claims are plain JSON');
    });

    it('vouches for none that does not count', async () => {
      const { verifier, trust, bad } = await make();
      assert.ok(bad.length > 0, 'there is a token that does not count');
      for (const token of bad) assert.notEqual((await verifier.verify(token, trust)).kind, 'accepted');
    });

    it('vouches for no token that was changed', async () => {
      const { verifier, trust, good } = await make();
      for (const changed of changesOf(good)) assert.notEqual((await verifier.verify(changed, trust)).kind, 'accepted');
    });

    it('takes any text without an exception, and vouches for none', async () => {
      const { verifier, trust } = await make();
      for (const text of hostileTexts) assert.notEqual((await verifier.verify(text, trust)).kind, 'accepted');
    });

    it('answers parallel calls each about its own token', async () => {
      const { verifier, trust, good, bad } = await make();
      const tokens = [good, ...bad, good, ...bad];
      const kinds = await Promise.all(tokens.map(async (token) => (await verifier.verify(token, trust)).kind));
      assert.deepEqual(
        tokens.filter((_, index) => kinds[index] === 'accepted'),
        [good, good],
      );
    });
  });
}

function accepted(finding: { readonly kind: string }): AcceptedToken {
  assert.equal(finding.kind, 'accepted');
  return finding as AcceptedToken;
}

/** Cut, prolonged, and with another character at the start, in the middle and near the end. */
function changesOf(token: string): readonly string[] {
  const other = (at: number): string => token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
  return [
    token.slice(1),
    token.slice(0, -2),
    `${token}AA`,
    other(0),
    other(token.length >> 1),
    other(token.length - 3),
  ];
}
