import { accessQuestionMutations } from './access-question-mutations.mjs';
import { administrationMutations } from './administration-mutations.mjs';
import { accountMutations } from './account-mutations.mjs';
import { auditMutations } from './audit-mutations.mjs';
import { consoleMutations } from './console-mutations.mjs';
import { dataMutations } from './data-mutations.mjs';
import { decisionMutations } from './decision-mutations.mjs';
import { exportMutations } from './export-mutations.mjs';
import { importMutations } from './import-mutations.mjs';
import { extensionMutations } from './extension-mutations.mjs';
import { operationMutations } from './operation-mutations.mjs';
import { oauth2Mutations } from './oauth2-mutations.mjs';
import { packageMutations } from './package-mutations.mjs';
import { suppressionMutations } from './suppression-mutations.mjs';
import { partMutations } from './part-mutations.mjs';
import { peopleMutations } from './people-mutations.mjs';
import { policyMutations } from './policy-mutations.mjs';
import { readingMutations } from './reading-mutations.mjs';
import { requestMutations } from './request-mutations.mjs';
import { tenantMutations } from './tenant-mutations.mjs';
import { tenantSettingsMutations } from './tenant-settings-mutations.mjs';
import { terminologyMutations } from './terminology-mutations.mjs';
import { withheldMutations } from './withheld-mutations.mjs';
import { writingMutations } from './writing-mutations.mjs';

// Each takes one judgement out of the server. `seenBy`: the tests, by a part of their names, of which one has to fail.
// `find` has to occur exactly `times` (default 1) in the file, so that a mutation cannot silently do nothing.
const member = 'compartment: a member';
const document = 'derived: Binary that a DocumentReference';

/**
 * `spec`: the beginning of the files' paths, where no file has the name of the test whole; `citus/NAME` is `test/citus/NAME.citus.ts`.
 *
 * @typedef {{ name: string, file: string, find: string | RegExp, replace: string, times?: number, seenBy: string, spec?: string }} Mutation
 * @type {readonly Mutation[]}
 */
export const mutations = [
  ...extensionMutations,
  ...accessQuestionMutations,
  ...consoleMutations,
  ...exportMutations,
  ...dataMutations,
  ...peopleMutations,
  ...importMutations,
  ...readingMutations,
  ...operationMutations,
  ...packageMutations,
  ...suppressionMutations,
  ...tenantMutations,
  ...tenantSettingsMutations,
  ...terminologyMutations,
  ...writingMutations,
  {
    name: 'read without the predicate',
    file: 'src/fhir/storage/reading/version-statements.ts',
    find: "`WHERE ${key} AND ${accessPredicate(access, 'r', parameters)}`",
    replace: '`WHERE ${key}`',
    seenBy: member,
  },
  {
    name: 'search without the predicate',
    file: 'src/fhir/storage/searching/search-groups.ts',
    find: "      accessPredicate(access, 'r', parameters, judged),\n",
    replace: '',
    seenBy: member,
  },
  {
    name: 'search planned once without the predicate',
    file: 'src/fhir/storage/searching/search-groups.ts',
    find: '    judge(group, parameters, accessTo),\n',
    replace: "    source === undefined ? judge(group, parameters, accessTo) : 'true',\n",
    seenBy: member,
  },
  {
    name: 'walk along codes and dates without the predicate',
    file: 'src/fhir/storage/searching/leading-index.ts',
    find: 'const left = lead ? { ...group,',
    replace: 'const left = lead ? { ...group, access: { grants: [], unrestricted: true },',
    seenBy: 'granular: system and code',
  },
  {
    name: 'search of several types without the predicate',
    file: 'src/fhir/storage/searching/search-groups.ts',
    find: '    judge(group, parameters, accessTo),\n',
    replace: "    types.length > 1 ? 'true' : judge(group, parameters, accessTo),\n",
    seenBy: member,
  },
  {
    name: 'total without the predicate',
    file: 'src/fhir/storage/searching/search-statement.ts',
    find: "selectMatches(group, '1', { parameters, accessTo }, datesOf(group, parameters))",
    replace:
      "`SELECT 1 FROM resource AS r WHERE r.type = ANY (${parameters.add(group.types, 'text[]')}) AND NOT r.deleted`",
    seenBy: member,
  },
  {
    name: 'types judged by the access to others',
    file: 'src/fhir/storage/searching/search-groups.ts',
    find: 'JSON.stringify([judge(target, parameters, accessTo), parameters.values])',
    replace: "''",
    seenBy: 'judges rows of each type by the access to it',
  },
  {
    name: 'conditions resolved without the predicate',
    file: 'src/fhir/storage/writing/statements/condition-statements.ts',
    find: "    accessPredicate(access, 'r', parameters),\n",
    replace: '',
    seenBy: 'nothing by conditional',
    spec: 'leaks/leak-matrix-scopes',
  },
  {
    name: 'chain: targets without the predicate',
    file: 'src/fhir/storage/predicates/chain-predicate.ts',
    find: 'scope.reach(this.link.type, other)',
    replace: "this.link.kind === 'chain' ? 'true' : scope.reach(this.link.type, other)",
    seenBy: 'is not seen through chains',
  },
  {
    name: 'chain: patients that are walked along without the predicate',
    file: 'src/fhir/storage/searching/along-patients.ts',
    find: 'reach: reachPredicate(accessTo, parameters)',
    replace: "reach: () => 'true'",
    seenBy: 'is not walked along patient by patient',
  },
  {
    name: 'a chain tried along the order without the predicate',
    file: 'src/fhir/storage/searching/attempts/first-in-order.ts',
    find: 'const reach = reachPredicate(accessTo, parameters)',
    replace: "const reach = () => 'true'",
    seenBy: 'is not walked along patient by patient',
  },
  {
    name: '_has: referrers without the predicate',
    file: 'src/fhir/storage/predicates/chain-predicate.ts',
    find: 'scope.reach(this.link.type, other)',
    replace: "this.link.kind === 'has' ? 'true' : scope.reach(this.link.type, other)",
    seenBy: 'is not seen through _has',
  },
  {
    name: '_list without the predicate of the List',
    file: 'src/fhir/storage/predicates/chain-predicate.ts',
    find: 'scope.reach(this.link.type, other)',
    replace: "this.link.type === 'List' ? 'true' : scope.reach(this.link.type, other)",
    seenBy: 'nor through a hidden List',
  },
  {
    name: 'hierarchies walked without the predicate',
    file: 'src/fhir/storage/predicates/hierarchy-predicate.ts',
    find: '${reach(type, next)}',
    replace: 'true',
    seenBy: 'walked through by hierarchies',
  },
  {
    name: 'included rows without the predicate',
    file: 'src/fhir/storage/searching/include-statement.ts',
    find: ", accessPredicate(access, 'r', parameters)]",
    replace: ']',
    seenBy: 'is not included',
  },
  {
    name: 'search page links not bound to the access',
    file: 'src/fhir/interactions/search/read-search.ts',
    find: 'return fingerprintOf([...this.read.accesses, ...this.read.linked])',
    replace: "return ''",
    seenBy: 'is refused: Observation',
    spec: 'leaks/attacks',
  },
  {
    name: 'update and delete: old content not judged',
    file: 'src/fhir/storage/writing/write-changes.ts',
    find: 'nextVersion(change, current, isVisible || mayBeAbsent, now)',
    replace: 'nextVersion(change, current, true, now)',
    seenBy: member,
  },
  {
    name: 'tombstones not judged',
    file: 'src/fhir/storage/writing/write-changes.ts',
    find: 'nextVersion(change, current, isVisible || mayBeAbsent, now)',
    replace: 'nextVersion(change, current, isVisible || mayBeAbsent || current?.deleted === true, now)',
    seenBy: member,
  },
  {
    name: 'create and update: new content not judged',
    file: 'src/fhir/storage/writing/write-changes.ts',
    find: '!visible.has(keyOf(change)));',
    replace: 'visible.size < 0 && !visible.has(keyOf(change)));',
    seenBy: member,
  },
  {
    name: 'writes: what is absent takes one statement less than what is hidden',
    file: 'src/fhir/storage/writing/write-changes.ts',
    find: 'await reachable(session, addressed)',
    replace: 'await reachable(session, addressed.filter((change) => locked.has(keyOf(change))))',
    seenBy: 'takes the statements of what is absent',
  },
  {
    name: 'writes: what may be made is asked only where nothing is',
    file: 'src/fhir/storage/writing/write-changes.ts',
    find: 'changes.filter((change) => !visible.has(keyOf(change))),',
    replace: 'changes.filter((change) => !locked.has(keyOf(change))),',
    seenBy: 'takes the statements of what is absent',
  },
  {
    name: 'writes: what is hidden is read to be locked',
    file: 'src/fhir/storage/writing/lock-versions.ts',
    find: 'limited.length === 0',
    replace: 'limited.length >= 0',
    seenBy: 'reads no content of what is hidden',
  },
  {
    name: 'PUT to an unknown id creates whatever the limits',
    file: 'src/fhir/storage/writing/write-changes.ts',
    find: '=> isToldAbsent(change) !== false',
    replace: "=> isToldAbsent(change) !== false || (change.kind === 'update' && session.isTransaction)",
    seenBy: member,
  },
  {
    name: 'what may be pointed at not judged',
    file: 'src/fhir/storage/writing/write-changes.ts',
    find: '  await judgeAttachments(session, rows.indexer, content);\n',
    replace: '',
    seenBy: document,
  },
  {
    name: 'content of a write shown without r',
    file: 'src/fhir/interactions/readable.ts',
    find: 'const candidates = written.filter(',
    replace: 'if (written.length > 0) return new Set(written);\n  const candidates = written.filter(',
    seenBy: 'only .cud',
    spec: 'leaks/leak-matrix-scopes',
  },
  {
    name: 'hashes not confirmed',
    file: 'src/fhir/storage/predicates/filters/hashed-predicate.ts',
    find: ' AND ${isListed ? confirmation : confirmed(confirmation)})`',
    replace: ' AND (${confirmations.length} > 0 OR ${exact.length} = 0))`',
    seenBy: 'a forged collision',
  },
  {
    name: 'compartment of the target of a Provenance not asked for',
    file: 'src/fhir/storage/predicates/membership-predicate.ts',
    find: 'AND NOT target.deleted AND target.compartments && ${this.names}',
    replace: 'AND NOT target.deleted AND ${this.names} IS NOT NULL',
    seenBy: 'derived: Provenance of what a scope beside',
  },
  {
    name: 'access to the target of a Provenance not asked for',
    file: 'src/fhir/storage/predicates/membership-predicate.ts',
    find: "${this.isSource('target', this.sources)}",
    replace: "${this.isSource('target', undefined)}",
    seenBy: 'Provenance of what',
  },
  {
    name: 'record of a referrer of a Binary not asked for',
    file: 'src/fhir/storage/predicates/membership-predicate.ts',
    find: 'AND NOT referrer.deleted AND referrer.compartments && ${this.names} ',
    replace: 'AND NOT referrer.deleted AND ${this.names} IS NOT NULL ',
    seenBy: 'is of the record of that document, whatever',
  },
  {
    name: 'access to a referrer of a Binary not asked for',
    file: 'src/fhir/storage/predicates/membership-predicate.ts',
    find: "${this.isSource('referrer', sources)}",
    replace: "${this.isSource('referrer', undefined)}",
    seenBy: 'Binary by a document that the caller does not see',
  },
  {
    name: 'references to other hosts taken for ours',
    file: 'src/r4/model/reference.ts',
    find: 'const match = relative.exec(path);',
    replace: "const match = relative.exec(path.replace(/^https:.*\\/(?=Patient\\/)/, ''));",
    seenBy: member,
  },
  {
    name: 'Patient.link followed',
    file: 'src/r4/model/patient-compartment.ts',
    find: '  Patient: [],',
    replace: "  Patient: ['link'],",
    seenBy: 'whose links are not followed',
  },
  {
    name: 'Group not withheld',
    file: 'src/r4/model/patient-compartment.ts',
    find: "new Set(['Group', 'AuditEvent'])",
    replace: "new Set(['AuditEvent'])",
    seenBy: 'withheld: Group',
  },
  {
    name: 'shared types writable',
    file: 'src/scope/scope-grants.ts',
    find: "group === 'shared' && isReading",
    replace: "group === 'shared'",
    seenBy: 'shared: Practitioner',
  },
  {
    name: 'a RelatedPerson may write what makes them one',
    file: 'src/scope/scope-grants.ts',
    find: "type === 'RelatedPerson' && [owner.kind",
    replace: "type === 'Nobody' && [owner.kind",
    seenBy: 'writes what the operator lets it',
  },
  {
    name: 'constraints of a granular scope dropped',
    file: 'src/scope/scope-grants.ts',
    find: 'return { within: memberOf(owner, query), where };',
    replace: 'return { within: memberOf(owner, query), where: [] };',
    seenBy: 'granular: a code within the record',
  },
  {
    name: 'policies dropped',
    file: 'src/scope/access.ts',
    find: 'narrow(scopes.grants, policies.rules)',
    replace: 'scopes.grants',
    seenBy: 'a policy',
    spec: 'leaks/leak-matrix-policies',
  },
  {
    name: 'AuditEvent writable',
    file: 'src/scope/policies/audit-is-read-only.ts',
    find: "type === 'AuditEvent' && !isReading(permission)",
    replace: "type === 'Nothing' && !isReading(permission)",
    seenBy: 'is not written by',
  },
  {
    name: 'targets of references not judged',
    file: 'src/fhir/storage/writing/checks/check-references.ts',
    find: "AND ${grantsPredicate(grants, 'r', parameters)} ORDER",
    replace: 'AND ${grants.length} > 0 ORDER',
    seenBy: 'to who refers to it',
  },
  {
    name: 'targets of references told without r',
    file: 'src/scope/granted-rows.ts',
    find: '[...grantsOfScopes(reading, deciding).grants, ...namedGrants(principal, type)]',
    replace: '[{ where: [] }]',
    seenBy: 'to who refers to it',
  },
  {
    name: 'Binary content without a judgement of its row',
    file: 'src/fhir/storage/reading/version-statements.ts',
    find: "`WHERE ${key} AND ${accessPredicate(access, 'r', parameters)}`",
    replace: '`WHERE ${key}`',
    seenBy: 'of somebody else is as if it was not there',
  },
  {
    name: 'Binary content of another version than the one that was judged',
    file: 'src/fhir/storage/binary/binary-statements.ts',
    find: 'ON v.id = wanted.id AND v.version = wanted.version',
    replace: 'ON v.id = wanted.id AND v.version <= wanted.version',
    seenBy: 'that was not within reach stays hidden',
  },
  {
    name: 'content not validated',
    file: 'src/fhir/hooks/write-hooks.ts',
    find: 'const remarks = await this.validation.check(event.resource, event.context);',
    replace: 'const remarks = [] as const;',
    seenBy: 'names every finding with its place',
  },
  {
    name: 'labels taken away by who may not delete the row',
    file: 'src/fhir/interactions/change-meta.interaction.ts',
    find: "change.removes ? { alsoWithin: context.accessTo(type, 'd') } : {}",
    replace: '{}',
    seenBy: 'needs the permission to delete as well, on the row itself',
  },
  {
    name: 'a patch that looks at content without the permission to read',
    file: 'src/fhir/interactions/require-reading.ts',
    find: 'if (looking === undefined) return undefined;',
    replace: 'return undefined;',
    seenBy: 'needs the permission to read, wherever it is sent',
  },
  {
    name: 'failures of a patch told to who may not read',
    file: 'src/fhir/storage/writing/unread-versions.ts',
    find: 'if (unread.size === 0) return error;',
    replace: 'if (unread.size >= 0) return error;',
    seenBy: 'is a failure without a reason',
  },
  {
    name: 'that nothing changed told to who may not read',
    file: 'src/fhir/storage/writing/resource-row.ts',
    find: 'if (!tells || !previous',
    replace: 'if (!previous',
    seenBy: 'what was there already makes a version like everything else',
  },
  {
    name: 'labels taken away by a patch',
    file: 'src/fhir/interactions/patch.interaction.ts',
    find: 'requireLabels(current, resource);',
    replace: '',
    seenBy: 'cannot take a tag or security label away',
  },
  {
    name: 'value sets and code systems found by url without the predicate',
    file: 'src/fhir/storage/searching/canonical-statement.ts',
    find: "    accessPredicate(access, 'r', parameters),\n",
    replace: '',
    seenBy: 'terminology: what a granular scope hides changes no answer',
  },
  {
    name: 'terminology read under the right to search it',
    file: 'src/fhir/interactions/terminology/shelf.ts',
    find: "'r')",
    replace: "'s' as 'r')",
    times: 7,
    seenBy: 'terminology: what search without read hides changes no answer',
  },
  {
    name: 'searches explained to everybody',
    file: 'src/scope/request-decision.ts',
    find: "!query.has('_explain') || mayExplain(context)",
    replace: "!query.has('_explain') || mayExplain(context) || true",
    seenBy: 'refuses a user with user/*.cruds, whatever the setting',
    spec: 'e2e/search-explain',
  },
  {
    name: 'searches explained to users who do not administer',
    file: 'src/scope/request-decision.ts',
    find: "searchesAll(context, 'user') && administers(context, 'Job', 'r')",
    replace: "searchesAll(context, 'user')",
    seenBy: 'refuses a user with user/*.cruds, whatever the setting',
    spec: 'e2e/search-explain',
  },
  {
    name: 'searches explained to administrators who do not search all',
    file: 'src/scope/request-decision.ts',
    find: "kind === 'user' && searchesAll(context, 'user') &&",
    replace: "kind === 'user' &&",
    seenBy: 'refuses an administrator of one type, whatever the setting',
    spec: 'e2e/search-explain',
  },
  {
    name: 'searches explained while a Consent denies something',
    file: 'src/fhir/storage/searching/explain-statement.ts',
    find: 'return row?.holds !== true;',
    replace: 'return row === undefined;',
    seenBy: 'gives a user no plan once some Consent denies something',
    spec: 'e2e/search-explain',
  },
  {
    name: 'disabled accounts may see patients',
    file: 'src/auth/accounts/local-accounts.ts',
    find: 'canonicalName(name)) : null;\n    return account && !account.disabledAt ? account : undefined;',
    replace: 'canonicalName(name)) : null;\n    return account ?? undefined;',
    seenBy: 'knows no account that is disabled or not there',
  },
  {
    name: 'patients write a Person',
    file: 'src/scope/record-writes.ts',
    find: "  Person: 'A Person says",
    replace: "  Nobody: 'A Person says",
    seenBy: 'cannot be made wider by patients themselves',
  },
  {
    name: 'a password alone for accounts with a second factor',
    file: 'src/auth/accounts/local-accounts.ts',
    find: 'if (account.secondFactor) throw secondFactorNeeded();',
    replace: 'if (secondFactorNeeded.length > 0) throw secondFactorNeeded();',
    seenBy: 'cannot be skipped: not by other pages',
  },
  {
    name: 'reindex: started by who reaches some rows only',
    file: 'src/scope/request-decision.ts',
    find: '  if (limited === undefined) return [];\n',
    replace: '  if (limited === undefined || needs.length > 0) return [];\n',
    seenBy: 'has nothing indexed for somebody who reaches some rows only',
  },
  {
    name: 'custom parameters: replaced by who reaches some SearchParameters only',
    file: 'src/fhir/storage/indexing/register-parameters.ts',
    find: ' && !mayReplace)',
    replace: ' && !mayReplace && resourceId === "")',
    seenBy: 'is not ended through a resource of somebody',
  },
  {
    name: 'custom parameters: status without reading the resource',
    file: 'src/fhir/operations/indexing/search-parameter-status.operation.ts',
    find: '  target: true,\n',
    replace: '',
    seenBy: 'does not let its status tell',
  },
  {
    name: 'custom parameters: scopes count by a half-built index',
    file: 'src/fhir/storage/indexing/search-definitions.ts',
    find: "    if (state === 'building') return { parameter, state, progress: this.progressOf(job) };\n",
    replace: '',
    seenBy: 'grants nothing by a scope while its index is being built',
  },
  ...administrationMutations,
  ...auditMutations,
  ...decisionMutations,
  ...requestMutations,
  ...withheldMutations,
  ...accountMutations,
  ...oauth2Mutations,
  ...policyMutations,
  ...partMutations,
];
