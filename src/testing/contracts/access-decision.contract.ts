import assert from 'node:assert/strict';
import type { Principal } from '../../auth/principal.js';
import { resourceTypes } from '../../r4/model/resource-types.js';
import { SearchParameters } from '../../r4/search/parameters/search-parameters.js';
import type { AccessDecisionPoint } from '../../scope/decision-point/access-decision-point.js';
import { readDecision } from '../../scope/decision-point/read-decision.js';
import { permissions } from '../../scope/grammar/permission.js';
import type { AccessQuery } from '../../scope/policies/policy.js';
import { PolicyExpressions } from '../../scope/policies/policy-expressions.js';
import type { ContractTools } from './contract-tools.js';

/** A decision point to try, and callers that it knows. */
export interface AccessDecisionUnderTest {
  readonly point: AccessDecisionPoint;
  readonly callers: readonly Principal[];
}

/** A caller of whom the token says nothing: no policy may be lax about that. */
const nobody: Principal = Object.freeze({
  issuer: 'https://nobody.example',
  local: false,
  subject: 'nobody-known',
  kind: 'user',
  scopes: [],
  userWithoutFhirUser: 'deny',
  expiresAt: 2_000_000_000,
  claims: Object.freeze({}),
});

const expressions = new PolicyExpressions(
  { base: 'https://fhir.example/fhir/r4', timeZone: 'UTC' },
  new SearchParameters(),
);

/** Contract of every {@link AccessDecisionPoint}; run it from a test file with your own point. */
export function accessDecisionContract(
  { describe, it }: ContractTools,
  make: () => Promise<AccessDecisionUnderTest>,
): void {
  describe('contract of a decision point', () => {
    it('answers every query in its order, with decisions that the server can read', async () => {
      const { point, callers } = await make();
      assert.ok(callers.length > 0, 'there are callers');
      for (const principal of callers) {
        const queries = queriesOf(point, principal);
        const answers = await point.decide(queries);
        assert.equal(answers.length, queries.length);
        queries.forEach((query, index) => readDecision(answers[index]!, query, expressions));
      }
    });

    it('answers the same, whatever it is asked beside', async () => {
      const { point, callers } = await make();
      for (const principal of callers) {
        const queries = queriesOf(point, principal);
        const all = await point.decide(queries);
        const some = queries.flatMap((query, index) => (index % 17 === 0 ? [{ query, answer: all[index] }] : []));
        const again = await Promise.all(some.map(async ({ query }) => point.decide([query])));
        assert.deepEqual(
          again.map(([answer]) => answer),
          some.map(({ answer }) => answer),
        );
      }
    });

    it('keeps callers apart who are asked about at once', async () => {
      const { point, callers } = await make();
      const alone: unknown[] = [];
      for (const principal of callers) alone.push(await point.decide(queriesOf(point, principal)));
      const together = await Promise.all(callers.map(async (principal) => point.decide(queriesOf(point, principal))));
      assert.deepEqual(together, alone);
    });

    it('has an answer about a caller of whom nothing is known', async () => {
      const { point } = await make();
      const queries = queriesOf(point, nobody);
      const answers = await point.decide(queries);
      queries.forEach((query, index) => readDecision(answers[index]!, query, expressions));
    });
  });
}

function queriesOf({ types }: AccessDecisionPoint, principal: Principal): readonly AccessQuery[] {
  return [...(types ?? resourceTypes)].flatMap((type) =>
    permissions.map((permission) => ({ principal, type, permission })),
  );
}
