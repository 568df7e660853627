// Judgements of writes that have no transaction around them (docs/adr/0093).
const seen = 'src/fhir/storage/writing/seen-version.ts';
const stored = 'src/fhir/storage/writing/statements/replace-statement.ts';
const member = 'compartment: a member';

/** @type {readonly import('./mutations.mjs').Mutation[]} */
export const writingMutations = [
  {
    name: 'alone: old content not judged',
    file: seen,
    find: "    accessPredicate(access, 'r', parameters),\n",
    replace: '',
    seenBy: member,
  },
  {
    name: 'alone: a patch looks at what may not be read',
    file: seen,
    find: "...(also ? [accessPredicate(also, 'r', parameters)] : []),",
    replace: '',
    seenBy: 'looks at no version that may be changed',
  },
  {
    name: 'alone: what is unread is told of',
    file: seen,
    find: "accessPredicate(reading, 'r', parameters) : 'false'",
    replace: "'true' : 'true'",
    seenBy: 'looks at no version that may be changed',
  },
  {
    name: 'alone: what a condition has found is not judged for the change',
    file: seen,
    find: 'if (matched && reachesAll(change))',
    replace: 'if (matched)',
    seenBy: 'reaches what a condition has found',
  },
  {
    name: 'alone: new content not judged',
    file: stored,
    find: ' AND ${judged})`',
    replace: ' AND (true OR ${judged}))`',
    seenBy: member,
  },
  {
    name: 'alone: the tenant is not asked for',
    file: seen,
    find: '    `r.tenant = ${tenant}`,\n',
    replace: '',
    seenBy: 'another tenant',
  },
  {
    name: 'edits: what was made of an older version is stored',
    file: 'src/fhir/storage/writing/contents/made-contents.ts',
    find: 'if (last?.body === body)',
    replace: 'if (last)',
    seenBy: 'stores what was checked where the resource has changed meanwhile',
  },
];
