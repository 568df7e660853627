/** Of what nobody changes whom it limits (docs/adr/0042). */
const dependencies = 'src/scope/policies/policy-dependencies.ts';
const withheld = 'src/fhir/storage/consent/withheld-predicate.ts';

/** @type {readonly import('./mutations.mjs').Mutation[]} */
export const guardMutations = [
  {
    name: 'guard: whom a policy limits writes what it goes by',
    file: 'src/scope/policies/guard-policies.ts',
    find: 'if (found.length === 0 ||',
    replace: 'if (found.length >= 0 ||',
    seenBy: 'a nurse makes herself no member of a team',
  },
  {
    name: 'guard: value sets that a policy goes by',
    file: dependencies,
    find: "[{ type: 'ValueSet' }, { type: 'CodeSystem' }]",
    replace: '[]',
    seenBy: 'nobody whom it limits edits the value set',
  },
  {
    name: 'guard: an app of a patient lets others in',
    file: 'src/scope/scope-grants.ts',
    find: 'const guarded = search.recordGuard(type);',
    replace: "const guarded = search.recordGuard(type === '' ? type : 'Observation');",
    seenBy: 'lets nobody in by a',
  },
  {
    name: 'guard: an app of a patient fills the Lists of policies',
    file: dependencies,
    find: "kind === 'has' && !saysWhose(type, parameter)",
    replace: "kind === 'has' && type === '' && !saysWhose(type, parameter)",
    seenBy: 'does not put p2 on a list that a policy goes by',
  },
  {
    name: 'guard: a user lifts the Consent that limits them',
    file: 'src/scope/consent/withheld.ts',
    find: "type === 'Consent' && (",
    replace: "type === 'consent' && (",
    seenBy: 'is not changed or deleted by a user whom it limits',
  },
  {
    name: 'guard: a user lifts a Consent under a broken glass',
    file: 'src/scope/consent/withheld.ts',
    find: "[undefined, 'break-glass'].includes(",
    replace: '[undefined].includes(',
    seenBy: 'is not changed under a broken glass either',
  },
  {
    name: 'guard: an exception for some data lets a user lift a Consent',
    file: withheld,
    find: ' = 0))`',
    replace: ' >= 0))`',
    seenBy: 'that excepts the user for some data',
  },
  {
    name: 'guard: a user writes what Consents go by',
    file: 'src/fhir/storage/writing/write-changes.ts',
    find: '  await guardConsents(session, changes);\n',
    replace: '',
    seenBy: 'is got round by nobody whom Consents limit',
  },
];
