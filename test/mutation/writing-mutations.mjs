// Judgements of deletes of nothing (docs/adr/0190), and of writes that have no transaction around them (docs/adr/0093).
const seen = 'src/fhir/storage/writing/seen-version.ts';
const stored = 'src/fhir/storage/writing/statements/replace-statement.ts';
const overwritten = 'src/fhir/storage/writing/statements/overwrite-statement.ts';
const overwriting = 'src/fhir/storage/writing/statements/overwrite.ts';
const repeated = 'src/fhir/storage/writing/statements/repeat-statement.ts';
const conditions = 'src/fhir/storage/writing/statements/condition-statements.ts';
const member = 'compartment: a member';

/** @type {readonly import('./mutations.mjs').Mutation[]} */
export const writingMutations = [
  {
    name: 'DELETE of an unknown id succeeds whatever the limits',
    file: 'src/scope/access.ts',
    find: 'this.isOpen ? undefined : false',
    replace: 'undefined',
    seenBy: member,
  },
  {
    name: '$validate tells everybody that an id is unknown',
    file: 'src/fhir/storage/writing/write-trial.ts',
    find: 'return access.deletesAbsent ??',
    replace: 'return true ??',
    spec: 'e2e/validate.',
    seenBy: 'judges a deletion without deleting',
  },
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
    name: 'overwritten: a Consent that denies does not count',
    file: overwritten,
    find: 'AND ${premise} FOR NO KEY UPDATE',
    replace: 'FOR NO KEY UPDATE',
    seenBy: 'replaces nothing that it withholds',
    spec: 'integration/storage-alone',
  },
  {
    name: 'overwritten: whoever is limited replaces any row',
    file: overwriting,
    find: /  change\.access\.withoutConsent[^]+=== true &&\n/,
    replace: '',
    seenBy: 'stores nothing, in the history neither',
    spec: 'integration/storage-alone',
  },
  {
    name: 'overwritten: what is masked is replaced',
    file: overwriting,
    find: '  access.maskOf(type).length === 0 && access.hiding?.appliesTo(type) !== true;',
    replace: '  access.permission !== type;',
    seenBy: 'mask',
  },
  {
    name: 'overwritten: labels are lost',
    file: overwritten,
    find: ' AND ${isPlain} AND',
    replace: ' AND',
    seenBy: 'keeps labels that the content does not name',
    spec: 'integration/storage-alone',
  },
  {
    name: 'repeated: a Consent that denies does not count',
    file: repeated,
    find: ' AND ${premise})`',
    replace: ')`',
    seenBy: 'nobody is told that what it withholds has the same content',
    spec: 'integration/storage-repeated',
  },
  {
    name: 'repeated: the tenant is not asked for',
    file: repeated,
    find: 'r.tenant = ${tenant} AND ',
    replace: '',
    seenBy: 'of another tenant nothing is seen',
    spec: 'integration/storage-repeated',
  },
  {
    name: 'alone: what is looked at first ignores Consents',
    file: seen,
    find: 'statementOf((judged = lifted(change, lift)))',
    replace: 'statementOf((judged = lifted(change, (access) => access.withoutConsent as typeof access)))',
    seenBy: 'replaces nothing that it withholds',
    spec: 'integration/storage-alone',
  },
  {
    name: 'alone: a condition finds what is out of reach',
    file: conditions,
    find: 'selectMatches({ ...group, source }',
    replace: 'selectMatches({ ...group, source, access: { unrestricted: true, grants: [] } as never }',
    seenBy: 'counts only what is within reach',
    spec: 'e2e/conditional.',
  },
  {
    name: 'answers of writes: a Consent that denies does not count',
    file: 'src/fhir/interactions/readable.ts',
    find: 'noneDenies ? access.withoutConsent : access',
    replace: 'access.withoutConsent',
    seenBy: 'does not stand against writing something new, which is not given back',
    spec: 'e2e/consent.',
  },
  {
    name: 'edits: what was made of an older version is stored',
    file: 'src/fhir/storage/writing/contents/made-contents.ts',
    find: 'if (last?.body === body)',
    replace: 'if (last)',
    seenBy: 'stores what was checked where the resource has changed meanwhile',
  },
];
