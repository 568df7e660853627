/**
 * Of terminology: whose closure tables are (docs/adr/0108), which supplements count for whom (docs/adr/0105), properties and versions in
 * expansions (docs/adr/0109), and what rests on other servers (docs/adr/0122).
 */
const closures = 'src/fhir/storage/concepts/closures.ts';
const closure = 'src/fhir/operations/terminology/closure.operation.ts';
const table = 'src/fhir/operations/terminology/closure-table.ts';
const supplements = 'src/r4/terminology/code-systems/supplements.ts';
const byVersion = 'src/r4/terminology/value-sets/codes-by-version.ts';
const properties = 'src/r4/terminology/questions/member-properties.ts';
const severalVersions = 'a value set with several versions of a code system';
const anothers = 'is another one than that of the same name of another';

/** @type {readonly import('./mutations.mjs').Mutation[]} */
export const terminologyMutations = [
  {
    name: 'closures: of a user, whichever the client',
    file: closure,
    find: 'JSON.stringify([issuer, subject, clientId])',
    replace: 'JSON.stringify([issuer, subject])',
    seenBy: anothers,
  },
  {
    name: 'closures: of a client, whoever the user',
    file: closure,
    find: 'JSON.stringify([issuer, subject, clientId])',
    replace: 'JSON.stringify([issuer, clientId])',
    seenBy: anothers,
  },
  {
    name: 'closures: of anybody who has one of the name',
    file: closures,
    find: 'const own = `tenant = ${tenant} AND caller = $1 AND name = $2`;',
    replace: 'const own = `tenant = ${tenant} AND $1::text IS NOT NULL AND name = $2`;',
    seenBy: anothers,
  },
  {
    name: 'closures: of any tenant',
    file: closures,
    find: 'const own = `tenant = ${tenant} AND caller = $1 AND name = $2`;',
    replace: 'const own = `tenant <> 0 * ${tenant} AND caller = $1 AND name = $2`;',
    seenBy: 'of a caller is none of the same caller at another tenant',
  },
  {
    name: 'closures: a code system that the token may not read is passed over',
    file: table,
    find: 'if (!system) throw new MustBeInitialized(name, `The CodeSystem ${canonical} is not known here any more.`);',
    replace: 'if (!system) continue;',
    seenBy: 'tells no relation again to a token that may not read',
  },
  {
    name: 'closures: a code system may have changed since',
    file: table,
    find: 'if (system.edition !== edition)',
    replace: "if (edition === '')",
    seenBy: 'has to be initialised anew when a code system has changed',
  },
  {
    name: 'supplements: any code system is one',
    file: supplements,
    find: "if (supplement.content !== 'supplement')",
    replace: "if (supplement.content === '')",
    seenBy: 'are refused: one that is none',
  },
  {
    name: 'supplements: of one code system count for all',
    file: supplements,
    find: 'if (url !== base.url) return false;',
    replace: '',
    seenBy: 'add nothing to other code systems than theirs',
  },
  {
    name: 'supplements: of one version count for all',
    file: supplements,
    find: 'return version === undefined || version === base.version ||',
    replace: 'return version === undefined || version !== undefined ||',
    seenBy: 'add nothing to other code systems than theirs',
  },
  {
    name: 'supplements: one is a code system of its own',
    file: 'src/fhir/operations/terminology/lookup.operation.ts',
    find: '      requireBase(system);\n',
    replace: '',
    seenBy: 'have no concepts of their own',
  },
  {
    name: 'supplements: one replaces a display',
    file: 'src/r4/terminology/code-systems/supplemented-concepts.ts',
    find: '    ...concept,\n    designations',
    replace: '    ...concept,\n    display: more[0]!.display ?? concept.display,\n    designations',
    seenBy: 'leave the display as it is',
  },
  {
    name: 'versions: excluded in one version is excluded in all',
    file: byVersion,
    find: 'if (only !== undefined && only !== version) continue;',
    replace: '',
    seenBy: severalVersions,
  },
  {
    name: 'versions: nothing is excluded',
    file: byVersion,
    find: 'for (const code of codesIn(part, systems.get(version)!, reading)) codes.delete(code);',
    replace: '',
    seenBy: 'has the codes of each for',
  },
  {
    name: 'versions: some codes of several versions come from tables by page',
    file: byVersion,
    find: 'if (!system.stored) return system;',
    replace: "if (system.url !== '') return system;",
    seenBy: 'whose concepts are in tables has all of each',
  },
  {
    name: 'versions: codes of all have the texts of one',
    file: 'src/r4/terminology/questions/list-concepts.ts',
    find: 'const name = canonicalText(url, version);',
    replace: 'const name = canonicalText(url, versions[0] ?? version);',
    seenBy: 'has all codes of each, with their versions',
  },
  {
    name: 'properties: all are told, whichever are asked for',
    file: properties,
    find: '!known.has(code) && isAsked(asked, code, uri)',
    replace: '!known.has(code)',
    seenBy: 'properties of an expansion',
  },
  {
    name: 'properties: one is not found by what it means',
    file: properties,
    find: ' || (uri !== undefined && asked.includes(uri));',
    replace: ';',
    seenBy: 'properties of an expansion',
  },
  {
    name: 'terminology: a binding that another server did not answer about passes',
    file: 'src/r4/validation/profiles/checks/check-binding.ts',
    find: "if (membership === 'unanswered')",
    replace: "if (membership === 'unanswered' && strength === '')",
    seenBy: 'nothing is written that rests on it: 503',
  },
  {
    name: 'terminology: an invariant without an answer counts as it comes out',
    file: 'src/r4/validation/profiles/invariants/profile-invariant.ts',
    find: "if (isUnanswered) return 'unanswered';",
    replace: '',
    seenBy: 'nothing is written that rests on it: 503',
  },
  {
    name: 'terminology: what was not checked is a warning whatever the setting',
    file: 'src/fhir/hooks/installed-profiles.ts',
    find: "this.#options.terminology?.away !== 'warning'",
    replace: "this.#options.terminology?.away === 'warning'",
    seenBy: 'nothing is written that rests on it: 503',
  },
  {
    name: 'terminology: a resource with too many questions passes',
    file: 'src/fhir/hooks/installed-profiles.ts',
    find: " || noAnswer.reason === 'limit'",
    replace: '',
    seenBy: 'at most 200 requests for one resource, and what was not asked does not pass',
  },
  {
    name: 'terminology: a resource asks other servers without end',
    file: 'src/fhir/terminology-servers/question-budget.ts',
    find: 'this.spent >= this.limits.requests || ',
    replace: '',
    seenBy: 'at most 200 requests for one resource, and what was not asked does not pass',
  },
  {
    name: 'terminology: a Bundle asks for each entry anew',
    file: 'src/fhir/terminology-servers/question-budget.ts',
    find: 'this.whole?.take();',
    replace: '',
    seenBy: 'at most 1000 requests for one Bundle',
  },
  {
    name: 'terminology: a server for everything is shown all codes of content',
    file: 'src/fhir/terminology-servers/terminology-servers.ts',
    find: 'if (!isBound && this.serverFor(url)?.claims(url) !== true) return undefined;',
    replace: '',
    seenBy: 'is shown to no server that is asked about everything',
  },
  {
    name: 'terminology: a server that lacks a code system refuses its codes',
    file: 'src/fhir/terminology-servers/terminology-servers.ts',
    find: '(head && !isPartial(head) ? false : undefined)',
    replace: 'false',
    seenBy: 'is looked for where the settings name its system',
  },
  {
    name: 'terminology: policies go by what other servers say',
    file: 'src/fhir/interactions/terminology/policy-terminology.ts',
    find: 'this.terminology.builtInFirst(context, this.resources)',
    replace: 'this.terminology.storedFirst(context, this.resources)',
    seenBy: 'no policy is decided by what another server says: what it names only there reaches nothing',
  },
  {
    name: 'terminology: MINUS of an ECL expression takes nothing away',
    file: 'src/r4/terminology/ecl/select-ecl.ts',
    find: 'both(select(ecl.of), not(select(ecl.without)))',
    replace: 'select(ecl.of)',
    seenBy: 'of concepts that were loaded',
  },
  {
    name: 'terminology: a criterion of many codes takes any code of the system',
    file: 'src/fhir/storage/predicates/filters/selection-predicate.ts',
    find: '(SELECT ${conditions.of(selection)} FROM terminology_concept',
    replace: '(SELECT true FROM terminology_concept',
    seenBy: 'a policy with more codes than a list takes',
    spec: 'leaks/leak-matrix-policies',
  },
  {
    name: 'terminology: a criterion of many codes takes them of any system',
    file: 'src/fhir/storage/predicates/filters/selection-predicate.ts',
    find: " AND ${part(3)} = ${parameters.add(system, 'text')}",
    replace: '',
    seenBy: 'goes by the system of each code',
  },
  {
    name: 'terminology: a release that is gone holds no code, so that :not-in is open',
    file: 'src/fhir/storage/predicates/filters/selection-predicate.ts',
    find: 'CASE WHEN ${isThere(conditions)} THEN ${entries} ELSE false END',
    replace: '${entries}',
    seenBy: 'is 503 while its concepts are gone',
  },
  {
    name: 'terminology: what is below a concept in ECL has the concept itself',
    file: 'src/r4/terminology/ecl/select-ecl.ts',
    find: "'<': (code) => ({ kind: 'below', code, strict: true }),",
    replace: "'<': (code) => ({ kind: 'below', code, strict: false }),",
    seenBy: 'of concepts that were loaded',
  },
];
