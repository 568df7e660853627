/** Of suppression rules: whose they are, who makes them, and what they never let pass (docs/adr/0113). */
const may = 'src/r4/validation/suppression/may-suppress.ts';

/** @type {readonly import('./mutations.mjs').Mutation[]} */
export const suppressionMutations = [
  {
    name: 'suppressions: those of any tenant',
    file: 'src/fhir/storage/suppressions/suppression-rows.ts',
    find: 'FROM suppression_rule WHERE tenant = ${tenant} ORDER BY',
    replace: 'FROM suppression_rule WHERE tenant <> 0 * ${tenant} ORDER BY',
    seenBy: 'are the same, byte for byte',
  },
  {
    name: 'suppressions: whoever has a token makes them',
    file: 'src/app/suppressions/suppressions.controller.ts',
    find: '@UseGuards(AdministratorGuard)\n',
    replace: '',
    seenBy: 'are made by administrators alone',
  },
  {
    name: 'suppressions: who may change rules makes new ones',
    file: 'src/app/suppressions/suppressions.controller.ts',
    find: "isNew ? 'c' : 'u'",
    replace: "'u'",
    seenBy: 'need the right to',
  },
  {
    name: 'suppressions: of a Consent',
    file: may,
    find: 'isOfBase(code) && !workedBy.has(type)',
    replace: 'isOfBase(code)',
    seenBy: 'leave a Consent held to R4',
  },
  {
    name: 'suppressions: of any rule of R4',
    file: may,
    find: 'isOfBase(code) && !workedBy.has(type)',
    replace: '!workedBy.has(type)',
    seenBy: 'an error, also one that somebody wrote into the table',
  },
  {
    name: 'suppressions: for ever',
    file: 'src/r4/validation/suppression/suppression-rule.ts',
    find: 'now < endOf(rule) && ',
    replace: '',
    seenBy: 'count until their time is over',
  },
];
