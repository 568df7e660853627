/** Judgements about token and request line alone, and what explains them. */
/** @type {readonly import('./mutations.mjs').Mutation[]} */
export const decisionMutations = [
  {
    name: 'rows judged by index values that they may lack',
    file: 'src/fhir/storage/forms/require-indexed.ts',
    find: 'if (accesses.some(isUnsure)) throw',
    replace: 'if (accesses.length > 1000 && accesses.some(isUnsure)) throw',
    seenBy: 'refuses those that something limits',
  },
  {
    name: 'what scopes grant is kept for a type, whatever the permission',
    file: 'src/scope/access.ts',
    find: 'const key = `${type}.${permission}`;',
    replace: 'const key = type;',
    seenBy: 'is 403 with the scope that is missing',
  },
  {
    name: 'explanations: a forged token asks policies about others',
    file: 'src/fhir/operations/explain-request.ts',
    find: 'rules.withoutPolicies()',
    replace: 'rules',
    seenBy: 'asks no policy about a user',
  },
  {
    name: 'explanations: a token that does not count is explained as one that does',
    file: 'src/fhir/operations/explain-request.ts',
    find: 'caller: authentication ?? context!',
    replace: 'caller: context ?? authentication!',
    seenBy: 'names every failing check',
  },
  {
    name: 'explanations: without a limit',
    file: 'src/fhir/http/explain-throttle.ts',
    find: '  if (wait !== undefined) throw tooMany(whose, wait);\n',
    replace: '',
    seenBy: 'is slowed down by address',
  },
  {
    name: 'decision: conditional writes without s',
    file: 'src/scope/interaction-rules.ts',
    find: '[...needs, ...conditional]',
    replace: '[...needs]',
    seenBy: 'is 403 with the scope that is missing',
  },
  {
    name: 'decision: entries of bundles are not asked about',
    file: 'src/fhir/interactions/bundle-entry.ts',
    find: '  decide(rules.context, { interaction: line }).require();\n',
    replace: '',
    seenBy: 'each entry what it needs alone',
  },
];
