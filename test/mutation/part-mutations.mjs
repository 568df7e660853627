/** Judgements about what replaced parts say. @type {readonly import('./mutations.mjs').Mutation[]} */
export const partMutations = [
  {
    name: 'parts: what a verifier vouches for is not judged',
    file: 'src/auth/judge-claims.ts',
    find: ', ...checkClaims(check)];',
    replace: ', ...checkClaims(check).slice(0, 0)];',
    seenBy: 'judge what the verifier vouches for',
  },
  {
    name: 'parts: a verifier that fails is passed over',
    file: 'src/auth/parts/foreign-tokens.ts',
    find: "return { kind: 'unavailable', cause: `the verifier ${name} failed` };",
    replace: "return { kind: 'not-mine' };",
    seenBy: 'judge what the verifier vouches for',
  },
  {
    name: 'parts: a context that fails is none',
    file: 'src/auth/parts/smart-contexts.ts',
    find: 'return { refusals: [refusals[0]!], checks: all, status: 503, retryAfterSeconds: partRetrySeconds };',
    replace: 'return { principal: principalOfToken(check, {}), checks: all };',
    seenBy: 'judge what the verifier vouches for',
  },
  {
    name: 'parts: a decision point that fails has no say',
    file: 'src/scope/decision-point/consulted-policy.ts',
    find: '      throw new DecisionsUnavailable(name);',
    replace: '      decisions = new Map(queries.map(({ type, permission }) => [keyOf(type, permission), abstain()]));',
    seenBy: 'throw: 503, nothing is permitted',
  },
  {
    name: 'parts: a decision point has no say',
    file: 'src/scope/decision-point/consulted-policy.ts',
    find: 'if (!this.types.has(type)) return abstain();',
    replace: 'if (this.types.size > 0) return abstain();',
    seenBy: 'a decision point that constrains',
  },
  {
    name: 'parts: what a decision point said counts for ever',
    file: 'src/scope/decision-point/consulted-policy.ts',
    find: 'known && performance.now() < known.until',
    replace: 'known',
    seenBy: 'count from the next request on',
  },
];
