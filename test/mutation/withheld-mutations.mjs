const consent = 'src/fhir/storage/consent';
const rules = 'src/fhir/storage/migrations/1700000032000-consent-rules.ts';

/** @type {readonly import('./mutations.mjs').Mutation[]} */
export const withheldMutations = [
  {
    name: 'purpose: what a client is registered for counts for nothing',
    file: 'src/scope/withheld.ts',
    find: '  fixedPurpose ?? (',
    replace: '  (fixedPurpose && undefined) ?? (',
    seenBy: 'meets Consents by it',
  },
  {
    name: 'purpose: a header goes before what a client is registered for',
    file: 'src/scope/purpose-of-use.ts',
    find: 'if (fixedPurpose !== undefined && read.code !== fixedPurpose)',
    replace: "if (fixedPurpose === '' && read.code !== fixedPurpose)",
    seenBy: 'cannot say otherwise by a header',
  },
  {
    name: 'labels not looked at',
    file: `${consent}/label-predicate.ts`,
    find: 'return `NOT (${row}.tok && ${hashes} AND',
    replace: 'return `NOT (${row}.deleted IS NULL AND ${row}.tok && ${hashes} AND',
    seenBy: 'label above the clearance',
  },
  {
    name: 'labels: those of other code systems not looked at',
    file: `${consent}/label-predicate.ts`,
    find: "  'http://hl7.org/fhir/v3/Confidentiality',\n",
    replace: '',
    seenBy: 'label above the clearance',
  },
  {
    name: 'Consents not looked at',
    file: `${consent}/withheld-predicate.ts`,
    find: 'conditions.push(`(${noConsent} OR (${judged}))`);',
    replace: "conditions.push(`(${noConsent} OR ${judged === '' ? 'false' : 'true'})`);",
    seenBy: 'consent that denies',
  },
  {
    name: 'Consents: whether some deny is not asked where their conditions are left out',
    file: `${consent}/without-consents.ts`,
    find: ' AS found ON true WHERE ${noConsent}`',
    replace: ' AS found ON true WHERE true OR ${noConsent}`',
    seenBy: 'consent that denies',
  },
  {
    name: 'Consents: PUT to an unknown id creates although some are withheld',
    file: 'src/fhir/storage/write/write-changes.ts',
    find: ' || (await someConsentDenies(session)) ? free',
    replace: ' || (await someConsentDenies(session)) === undefined ? free',
    seenBy: 'consent that denies',
  },
  {
    name: 'Consents: what a Provenance points at not looked at',
    file: 'src/scope/withheld.ts',
    find: "Provenance: 'targets', ",
    replace: '',
    seenBy: 'consent about what a Provenance points at',
  },
  {
    name: 'Consents: what points at a Binary not looked at',
    file: `${consent}/withheld-predicate.ts`,
    find: 'seesAllOf(securityContextParameter, row, parameters, judge), seesReferrers(row, parameters, judge)]',
    replace: 'seesAllOf(securityContextParameter, row, parameters, judge)]',
    seenBy: 'consent about what a Binary belongs to',
  },
  {
    name: 'Consents: exceptions that may not hold permit',
    file: rules,
    find: 'lanyard_consent_rule_holds(exception, true,',
    replace: 'lanyard_consent_rule_holds(exception, false,',
    seenBy: 'all, where a permission cannot be judged',
  },
  {
    name: 'Consents: a denial within a permission not looked at',
    file: 'src/fhir/search/consent/read-consent.ts',
    find: 'if (this.rules.length < mostNodes) this.add(nested, where, rule);',
    replace: 'if (this.rules.length < mostNodes && rule.parent === null) this.add(nested, where, rule);',
    seenBy: 'consent with a nested permit',
  },
  {
    name: 'breaking the glass without the right',
    file: 'src/scope/purpose-of-use.ts',
    find: 'if (mayBreakGlass !== true) {',
    replace: 'if (mayBreakGlass === false) {',
    seenBy: 'refused to who may not',
  },
];
